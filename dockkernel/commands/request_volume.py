"""What the `docker volume` and `docker network` commands ask for."""

from __future__ import annotations

from dataclasses import dataclass

from dockkernel.commands.filters import NO_FILTERS, Filters
from dockkernel.commands.request import Request


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeCreate(Request):
    """`docker volume create`."""

    name: str | None = None
    availability: str = "active"
    driver: str = "local"
    group: str = ""
    label: tuple[str, ...] = ()
    limit_bytes: int = 0
    opt: tuple[tuple[str, str], ...] = ()
    required_bytes: int = 0
    scope: str = "single"
    secret: tuple[tuple[str, str], ...] = ()
    sharing: str = "none"
    topology_preferred: tuple[str, ...] = ()
    topology_required: tuple[str, ...] = ()
    type: str = "block"


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeInspect(Request):
    """`docker volume inspect`."""

    volumes: tuple[str, ...] = ()
    format: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeLs(Request):
    """`docker volume ls`."""

    cluster: bool = False
    filter: Filters = NO_FILTERS
    format: str = ""
    quiet: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumePrune(Request):
    """`docker volume prune`."""

    all: bool = False
    filter: Filters = NO_FILTERS
    force: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeRm(Request):
    """`docker volume rm`."""

    volumes: tuple[str, ...] = ()
    force: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkCreate(Request):
    """`docker network create`."""

    name: str
    attachable: bool = False
    aux_address: tuple[tuple[str, str], ...] = ()
    config_from: str = ""
    config_only: bool = False
    driver: str = "bridge"
    gateway: tuple[str, ...] = ()
    ingress: bool = False
    internal: bool = False
    ip_range: tuple[str, ...] = ()
    ipam_driver: str = "default"
    ipam_opt: tuple[tuple[str, str], ...] = ()
    ipv4: bool = True
    ipv6: bool = False
    label: tuple[str, ...] = ()
    opt: tuple[tuple[str, str], ...] = ()
    scope: str = ""
    subnet: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkConnect(Request):
    """`docker network connect`."""

    network: str
    container: str
    alias: tuple[str, ...] = ()
    driver_opt: tuple[str, ...] = ()
    gw_priority: int = 0
    ip: str = ""
    ip6: str = ""
    link: tuple[str, ...] = ()
    link_local_ip: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkDisconnect(Request):
    """`docker network disconnect`."""

    network: str
    container: str
    force: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkInspect(Request):
    """`docker network inspect`."""

    networks: tuple[str, ...] = ()
    format: str = ""
    verbose: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkLs(Request):
    """`docker network ls`."""

    filter: Filters = NO_FILTERS
    format: str = ""
    no_trunc: bool = False
    quiet: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkPrune(Request):
    """`docker network prune`."""

    filter: Filters = NO_FILTERS
    force: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkRm(Request):
    """`docker network rm`."""

    networks: tuple[str, ...] = ()
    force: bool = False
