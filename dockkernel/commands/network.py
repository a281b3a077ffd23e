"""`docker network connect`, `create`, `disconnect`, `inspect`, `ls`, `prune`, `rm`."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Sequence
from typing import Any

from dockkernel.commands import prompts
from dockkernel.commands.events import Rows
from dockkernel.commands.filters import Filters
from dockkernel.commands.human import created_at, parse_moment
from dockkernel.commands.images_listed import boolean, check_known
from dockkernel.commands.inspect import network_found, write_inspected
from dockkernel.commands.label_column import LABEL_HEADING, label_field
from dockkernel.commands.labels import has_label, labels_text
from dockkernel.commands.listing import Column, Listing
from dockkernel.commands.request_volume import (
    NetworkConnect,
    NetworkCreate,
    NetworkDisconnect,
    NetworkInspect,
    NetworkLs,
    NetworkPrune,
    NetworkRm,
)
from dockkernel.commands.session import Session
from dockkernel.engine import networks
from dockkernel.engine.container_run import refresh
from dockkernel.engine.networks import BUILT_IN, Network, NetworkSpec
from dockkernel.errors import DockError, InvalidInput, NotFound
from dockkernel.oci import times

_COLUMNS = (
    Column("ID", "NETWORK ID"),
    Column("Name", "NAME"),
    Column("Driver", "DRIVER"),
    Column("Scope", "SCOPE"),
    Column("IPv4", "IPV4", default=False),
    Column("IPv6", "IPV6", default=False),
    Column("Internal", "INTERNAL", default=False),
    Column("Labels", "LABELS", default=False),
    Column("CreatedAt", "CREATED AT", default=False),
)
_FILTERS = frozenset({"dangling", "driver", "id", "label", "name", "scope", "type"})
_PRUNE_FILTERS = frozenset({"label", "label!", "until"})
_RAW = "network_id: {{.ID}}\nname: {{.Name}}\ndriver: {{.Driver}}\nscope: {{.Scope}}\n"


def network_create(session: Session, request: NetworkCreate) -> int:
    """`docker network create`: prints the id."""
    spec = NetworkSpec(
        request.name,
        request.driver,
        request.subnet,
        request.gateway,
        request.ip_range,
        dict(label.partition("=")[::2] for label in request.label),
        dict(request.opt),
        request.internal,
        request.attachable,
    )
    session.out(f"{networks.create(session.engine, spec)}\n")
    return 0


def network_connect(session: Session, request: NetworkConnect) -> int:
    """`docker network connect`: prints nothing when it works."""
    settings: dict[str, Any] = {"Aliases": list(request.alias)} if request.alias else {}
    if request.ip:
        settings["Wanted"] = request.ip
    networks.connect(session.engine, request.network, request.container, settings)
    return 0


def network_disconnect(session: Session, request: NetworkDisconnect) -> int:
    """`docker network disconnect`: prints nothing when it works."""
    networks.disconnect(session.engine, request.network, request.container)
    return 0


def network_json(session: Session, text: str) -> dict[str, Any]:
    """Docker's JSON object for the network; `NotFound`."""
    state = session.engine.state
    network = networks.find(state, text)
    on = {}
    for record in networks.members(state, network["Name"]):
        settings = networks.networks_of(record)[network["Name"]]
        if record.status not in ("running", "paused"):
            continue
        address = settings.get("IPAddress", "")
        length = _prefix(network)
        on[record.id] = {
            "Name": record.name,
            "EndpointID": settings.get("EndpointID", ""),
            "MacAddress": networks.mac_address(address),
            "IPv4Address": f"{address}/{length}" if address else "",
            "IPv6Address": "",
        }
    return {
        "Name": network["Name"],
        "Id": network["Id"],
        "Created": network["Created"],
        "Scope": "local",
        "Driver": network["Driver"],
        "EnableIPv6": False,
        "IPAM": {
            "Driver": "default",
            "Options": None if network["Name"] in BUILT_IN else {},
            "Config": _configs(network),
        },
        "Internal": network.get("Internal", False),
        "Attachable": network.get("Attachable", False),
        "Ingress": False,
        "ConfigFrom": {"Network": ""},
        "ConfigOnly": False,
        "Containers": on,
        "Options": dict(network["Options"]),
        "Labels": dict(network["Labels"]),
    }


def _configs(network: Network) -> list[dict[str, str]] | None:
    if not network["Config"]:
        return None
    order = ("Subnet", "IPRange", "Gateway")
    return [{key: config[key] for key in order if key in config} for config in network["Config"]]


def _prefix(network: Network) -> int:
    return ipaddress.ip_network(network["Config"][0]["Subnet"]).prefixlen if network["Config"] else 0


def network_inspect(session: Session, request: NetworkInspect) -> int:
    """`docker network inspect`."""
    refresh(session.engine)
    return write_inspected(session, request.networks, request.format, lambda text: network_found(session, text))


def _chosen(session: Session, filters: Filters) -> list[Network]:
    check_known(filters, _FILTERS)
    state = session.engine.state
    dangling = boolean(filters, "dangling")
    for value in filters.get("type"):
        if value not in ("builtin", "custom"):
            raise InvalidInput(f"invalid filter: 'type'='{value}'")

    def fits(network: Network) -> bool:
        name = network["Name"]
        tests: dict[str, Callable[[str], bool]] = {
            "driver": lambda value: network["Driver"] == value,
            "id": lambda value: network["Id"].startswith(value),
            "name": lambda value: value in name,
            "scope": lambda value: value == "local",
            "type": lambda value: (name in BUILT_IN) is (value == "builtin"),
        }
        unused = name not in BUILT_IN and not networks.members(state, name)
        return (
            all(not filters.get(key) or any(test(value) for value in filters.get(key)) for key, test in tests.items())
            and (dangling is None or dangling is unused)
            and all(has_label(network["Labels"], wanted) for wanted in filters.get("label"))
        )

    return [network for _, network in sorted(networks.every(state).items()) if fits(network)]


def _cells(network: Network, *, whole: bool) -> dict[str, object]:
    return {
        "CreatedAt": created_at(network["Created"]),
        "Driver": network["Driver"],
        "ID": network["Id"] if whole else network["Id"][:12],
        "IPv4": "true",
        "IPv6": "false",
        "Internal": str(network.get("Internal", False)).lower(),
        "Label": label_field(network["Labels"]),
        "Labels": labels_text(network["Labels"]),
        "Name": network["Name"],
        "Scope": "local",
    }


def network_ls(session: Session, request: NetworkLs) -> int:
    """`docker network ls`."""
    found = _chosen(session, request.filter)
    listing = Listing(
        _COLUMNS,
        "*network.networkContext",
        quiet="ID",
        raw=_RAW,
        quiet_raw="network_id: {{.ID}}",
        methods=(("Label", LABEL_HEADING),),
    )
    listing.write(session, request.format, request.quiet, (_cells(one, whole=request.no_trunc) for one in found))
    rows = tuple((network["Id"], network["Name"], network["Driver"], "local") for network in found)
    session.emit(Rows(("id", "name", "driver", "scope"), rows))
    return 0


def network_rm(session: Session, request: NetworkRm) -> int:
    """`docker network rm`: prints each name that went; with -f a missing one is no error."""
    refresh(session.engine)
    failed: Sequence[str] = []
    for text in request.networks:
        try:
            networks.remove(session.engine, text)
            session.out(f"{text}\n")
        except DockError as error:
            if not (request.force and isinstance(error, NotFound)):
                failed = [*failed, f"Error response from daemon: {error.message}\n"]
    session.err("".join(failed))
    return 1 if failed else 0


def prune_networks(session: Session, filters: Filters) -> str:
    """Prunes networks; gives the lines to print."""
    check_known(filters, _PRUNE_FILTERS)
    now_ns = session.engine.clock.now_ns()
    limits = [parse_moment(value, now_ns) for value in filters.get("until")]

    def through(network: Network) -> bool:
        return (
            all(times.to_ns(network["Created"]) <= limit for limit in limits)
            and all(has_label(network["Labels"], wanted) for wanted in filters.get("label"))
            and not any(has_label(network["Labels"], unwanted) for unwanted in filters.get("label!"))
        )

    gone = networks.prune(session.engine, through)
    return "Deleted Networks:\n" + "".join(f"{network['Name']}\n" for network in gone) + "\n" if gone else ""


def network_prune(session: Session, request: NetworkPrune) -> int:
    """`docker network prune`."""
    warning = "WARNING! This will remove all custom networks not used by at least one container."
    if not request.force and not prompts.agreed(session, warning):
        return 0
    session.out(prune_networks(session, request.filter))
    return 0
