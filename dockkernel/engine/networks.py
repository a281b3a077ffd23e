"""Networks as records: which there are, who is on them, with which addresses. No packet is sent over any of them.

`bridge`, `host` and `none` are in every store; the ones that users make are in the state. Addresses are given as
Docker's default address pools give them (docs.docker.com, "Networking overview").
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from dockkernel.engine import names
from dockkernel.engine.engine import Engine
from dockkernel.engine.state import ContainerRecord, State, put_container
from dockkernel.errors import Conflict, InvalidInput, NotFound

Network = Mapping[str, Any]
_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]*")
_DRIVERS = ("bridge", "host", "null", "none")
_RUNNING = ("running", "paused")


def _built_in(name: str, driver: str, subnet: str = "", gateway: str = "") -> Network:
    config = [{"Subnet": subnet, "Gateway": gateway}] if subnet else None
    return {
        "Id": hashlib.sha256(f"network {name}".encode()).hexdigest(),
        "Name": name,
        "Driver": driver,
        "Created": "2024-01-01T00:00:00Z",
        "Config": config,
        "Options": {"com.docker.network.bridge.name": "docker0"} if name == "bridge" else {},
        "Labels": {},
    }


BUILT_IN: Mapping[str, Network] = {
    "bridge": _built_in("bridge", "bridge", "172.17.0.0/16", "172.17.0.1"),
    "host": _built_in("host", "host"),
    "none": _built_in("none", "null"),
}


@dataclass(frozen=True, slots=True)
class NetworkSpec:
    """What `docker network create` asks for."""

    name: str
    driver: str = "bridge"
    subnets: tuple[str, ...] = ()
    gateways: tuple[str, ...] = ()
    ranges: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)
    options: Mapping[str, str] = field(default_factory=dict, hash=False)
    internal: bool = False
    attachable: bool = False


def every(state: State) -> dict[str, Network]:
    """All networks by name."""
    return {**BUILT_IN, **state.networks}


def find(state: State, text: str) -> Network:
    """The network of that name, id or unique beginning of an id; `NotFound` in Docker's words."""
    known = every(state)
    if text in known:
        return known[text]
    found = [network for network in known.values() if text and network["Id"].startswith(text)]
    if len(found) > 1:
        raise InvalidInput(f"network {text} is ambiguous ({len(found)} matches found on ID prefix)")
    if not found:
        raise NotFound(f"network {text} not found")
    return found[0]


def create(engine: Engine, spec: NetworkSpec) -> str:
    """Makes a network; its id. `Conflict` for a taken name or an overlapping subnet."""
    if not spec.name.strip() or not _NAME.fullmatch(spec.name):
        raise InvalidInput(f"invalid network name {spec.name}: only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed")
    with engine.transaction(f"network create {spec.name}") as tx:
        if spec.name in BUILT_IN:
            raise Conflict(f"operation is not permitted on predefined {spec.name} network")
        if spec.name in tx.state.networks:
            raise Conflict(f"network with name {spec.name} already exists")
        if spec.driver not in _DRIVERS:
            raise NotFound(
                f'could not find plugin {spec.driver} in v2 plugin registry: plugin "{spec.driver}" not found'
            )
        if spec.driver != "bridge":
            raise Conflict(f'only one instance of "{spec.driver}" network is allowed')
        network = {
            "Id": secrets.token_hex(32),
            "Name": spec.name,
            "Driver": spec.driver,
            "Created": engine.now(),
            "Config": _addresses(tx.state, spec),
            "Options": dict(spec.options),
            "Labels": dict(spec.labels),
            "Internal": spec.internal,
            "Attachable": spec.attachable,
        }
        tx.state = replace(tx.state, networks={**tx.state.networks, spec.name: network})
    return str(network["Id"])


def _taken(state: State) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    return [
        ipaddress.ip_network(config["Subnet"], strict=False)
        for network in every(state).values()
        for config in network["Config"] or ()
    ]


def _pools() -> Iterable[ipaddress.IPv4Network]:
    """Docker's default pools: 172.17 to 172.31 by /16, then 192.168 by /20."""
    yield from (ipaddress.IPv4Network(f"172.{number}.0.0/16") for number in range(17, 32))
    yield from ipaddress.IPv4Network("192.168.0.0/16").subnets(new_prefix=20)


def _addresses(state: State, spec: NetworkSpec) -> list[dict[str, str]]:
    taken = _taken(state)
    if not spec.subnets:
        free = next((pool for pool in _pools() if not any(pool.overlaps(one) for one in taken)), None)
        if free is None:
            raise Conflict("all predefined address pools have been fully subnetted")
        return [{"Subnet": str(free), "Gateway": spec.gateways[0] if spec.gateways else str(free[1])}]
    found = []
    for index, text in enumerate(spec.subnets):
        try:
            subnet = ipaddress.ip_network(text, strict=True)
        except ValueError as error:
            raise InvalidInput(f"invalid subnet {text}: {error}") from error
        if any(subnet.version == one.version and subnet.overlaps(one) for one in taken):
            raise Conflict("Pool overlaps with other one on this address space")
        config = {"Subnet": str(subnet)}
        if index < len(spec.ranges):
            config["IPRange"] = spec.ranges[index]
        config["Gateway"] = spec.gateways[index] if index < len(spec.gateways) else str(subnet[1])
        found.append(config)
    return found


def remove(engine: Engine, text: str) -> None:
    """Removes a network that no running container is on."""
    with engine.transaction(f"network rm {text}") as tx:
        network = find(tx.state, text)
        name = network["Name"]
        if name in BUILT_IN:
            raise Conflict(f"{name} is a pre-defined network and cannot be removed")
        if any(record.status in _RUNNING for record in members(tx.state, name)):
            raise Conflict(f"error while removing network: network {name} id {network['Id']} has active endpoints")
        tx.state = replace(tx.state, networks=_without(tx.state, {name}))


def _without(state: State, gone: set[str]) -> dict[str, Network]:
    return {name: network for name, network in state.networks.items() if name not in gone}


def prune(engine: Engine, chosen: Callable[[Network], bool]) -> tuple[Network, ...]:
    """Removes the networks that no container is on and that `chosen` lets through."""
    with engine.transaction("network prune") as tx:
        gone = [
            network
            for name, network in sorted(tx.state.networks.items())
            if not members(tx.state, name) and chosen(network)
        ]
        if gone:
            tx.state = replace(tx.state, networks=_without(tx.state, {network["Name"] for network in gone}))
    return tuple(gone)


def networks_of(record: ContainerRecord) -> dict[str, dict[str, Any]]:
    """The networks of a container, each with its settings there."""
    found: Mapping[str, Any] | None = record.host.get("Networks")
    return {"bridge": {}} if found is None else {name: dict(settings) for name, settings in found.items()}


def members(state: State, name: str) -> list[ContainerRecord]:
    """The containers that are on the network, whether they run or not."""
    return [record for record in state.containers.values() if name in networks_of(record)]


def connect(engine: Engine, text: str, container: str, settings: Mapping[str, Any]) -> None:
    """Puts a container on a network."""
    with engine.transaction(f"network connect {text} {container}") as tx:
        record = names.find_container(tx.state, container)
        name = find(tx.state, text)["Name"]
        on = networks_of(record)
        if name in on:
            raise Conflict(f"endpoint with name {record.name} already exists in network {name}")
        if name in ("host", "none") or "host" in on:
            raise Conflict("container cannot be connected to host network or disconnected from it")
        on.pop("none", None)
        record = replace(record, host={**record.host, "Networks": {**on, name: dict(settings)}})
        tx.state = put_container(tx.state, addressed(tx.state, record) if record.status in _RUNNING else record)


def disconnect(engine: Engine, text: str, container: str) -> None:
    """Takes a container off a network."""
    with engine.transaction(f"network disconnect {text} {container}") as tx:
        name = find(tx.state, text)["Name"]
        record = names.find_container(tx.state, container)
        on = networks_of(record)
        if name not in on:
            raise Conflict(f"container {record.id} is not connected to network {name}")
        if name == "host":
            raise Conflict("container cannot be disconnected from host network")
        del on[name]
        tx.state = put_container(tx.state, replace(record, host={**record.host, "Networks": on}))


def addressed(state: State, record: ContainerRecord) -> ContainerRecord:
    """The record with an address on each of its networks: the lowest that no running container has."""
    on = networks_of(record)
    for name, settings in on.items():
        network = every(state).get(name)
        if network is None:
            raise NotFound(f"network {name} not found")
        if settings.get("IPAddress") or not network["Config"]:
            continue
        config = network["Config"][0]
        subnet = ipaddress.ip_network(config["Subnet"])
        used = {config["Gateway"]} | {
            networks_of(other)[name].get("IPAddress")
            for other in members(state, name)
            if other.id != record.id and other.status in _RUNNING
        }
        wanted = settings.get("Wanted")
        free = (str(address) for address in subnet.hosts() if str(address) not in used)
        settings["IPAddress"] = wanted or next(free, "")
        settings["EndpointID"] = secrets.token_hex(32)
    return replace(record, host={**record.host, "Networks": on})


_FIRST_PORT, _LAST_PORT = 32768, 60999
"""The ports that Docker gives out, as Linux has it (ip_local_port_range)."""


def with_ports(state: State, record: ContainerRecord) -> ContainerRecord:
    """The record with a host port for every published port that names none, or a range."""
    bindings: Mapping[str, list[dict[str, str]]] = record.host.get("PortBindings") or {}
    wanted = {port: [dict(binding) for binding in listed] for port, listed in bindings.items()}
    if record.host.get("PublishAllPorts"):
        for port in record.config.get("ExposedPorts") or ():
            wanted.setdefault(port, [{"HostIp": "", "HostPort": ""}])
    used = {
        binding["HostPort"]
        for other in state.containers.values()
        if other.id != record.id and other.status in _RUNNING
        for listed in (other.host.get("Ports") or {}).values()
        for binding in listed
    }
    for listed in wanted.values():
        for binding in listed:
            first, dash, last = binding["HostPort"].partition("-")
            if first and not dash:
                continue
            low, high = (int(first), int(last)) if dash else (_FIRST_PORT, _LAST_PORT)
            free = next((str(number) for number in range(low, high + 1) if str(number) not in used), "")
            if not free:
                raise Conflict("failed to set up container networking: all ports are allocated")
            binding["HostPort"] = free
            used.add(free)
    return replace(record, host={**record.host, "Ports": wanted}) if wanted else record


def released(host: Mapping[str, Any]) -> dict[str, Any]:
    """The host settings of a container that has ended: its addresses and ports are free again."""
    host = {key: value for key, value in host.items() if key != "Ports"}
    on = host.get("Networks")
    if not on:
        return dict(host)
    kept = {
        name: {key: value for key, value in settings.items() if key not in ("IPAddress", "EndpointID")}
        for name, settings in on.items()
    }
    return {**host, "Networks": kept}


def mac_address(address: str) -> str:
    """The hardware address that Docker derives from an IPv4 address."""
    return "02:42:" + ":".join(f"{int(part):02x}" for part in address.split(".")) if "." in address else ""
