"""Which containers `docker ps` lists and prune takes (docs.docker.com, `docker ps`, Filtering)."""

from __future__ import annotations

import re
from collections.abc import Callable

from dockkernel.commands.filters import Filters
from dockkernel.commands.human import parse_moment
from dockkernel.commands.images_listed import check_known
from dockkernel.commands.labels import has_label
from dockkernel.commands.request_container import ContainerLs
from dockkernel.engine import names, networks, usage
from dockkernel.engine.state import ContainerRecord, State
from dockkernel.errors import DockError, InvalidInput
from dockkernel.oci import times

_KNOWN = frozenset(
    "ancestor before exited expose health id is-task isolation label name network publish since status volume".split()
)
_PRUNE_KNOWN = frozenset({"label", "label!", "until"})
_STATUSES = ("created", "running", "paused", "restarting", "removing", "exited", "dead")


def _descends(state: State, record: ContainerRecord, ancestor: str) -> bool:
    """True when the container's image is the ancestor or stands on all of its layers."""
    try:
        wanted = names.find_image(state, ancestor)
    except DockError:
        return False
    own = state.images.get(record.image)
    while own is not None:
        if own.id == wanted.id:
            return True
        own = state.images.get(own.parent)
    chain = [layer.chain_id for layer in wanted.layers]
    return bool(chain) and [layer.chain_id for layer in record.layers[: len(chain)]] == chain


def _passes(state: State, record: ContainerRecord, filters: Filters) -> bool:
    """True when each kind of filter has a value that the container fits; labels must all fit."""
    ids = {name: network["Id"] for name, network in networks.every(state).items()}
    on = [name for name in networks.networks_of(record) if name in ids]
    places = {mount.get(key) for mount in record.host.get("Mounts", ()) for key in ("Name", "Source", "Destination")}
    tests: dict[str, Callable[[str], bool]] = {
        "id": lambda value: record.id.startswith(value),
        "name": lambda value: re.search(value, f"/{record.name}") is not None or value.lstrip("/") in record.name,
        "status": lambda value: record.status == value,
        "exited": lambda value: record.status == "exited" and record.exit_code == int(value),
        "ancestor": lambda value: _descends(state, record, value),
        "network": lambda value: any(known == value or ids[known].startswith(value) for known in on),
        "is-task": lambda value: value in ("0", "false"),
        "health": lambda value: value == "none",
        "volume": lambda value: value in places,
        "isolation": lambda value: value in ("", "default"),
    }
    for key, test in tests.items():
        values = filters.get(key)
        if values and not any(test(value) for value in values):
            return False
    ports = [*record.host.get("PortBindings", {}), *(record.config.get("ExposedPorts") or {})]
    for key in ("publish", "expose"):
        values = filters.get(key)
        if values and not any(port.partition("/")[0] == value.partition("/")[0] for value in values for port in ports):
            return False
    return all(has_label(record.config.get("Labels"), wanted) for wanted in filters.get("label"))


def _check(filters: Filters) -> None:
    check_known(filters, _KNOWN)
    for value in filters.get("status"):
        if value not in _STATUSES:
            raise InvalidInput(f"invalid filter 'status={value}'")
    for value in filters.get("exited"):
        if not re.fullmatch(r"[+-]?\d+", value):
            raise InvalidInput(f'strconv.Atoi: parsing "{value}": invalid syntax')
    for value in filters.get("name"):
        try:
            re.compile(value)
        except re.error as error:
            raise InvalidInput(f"error parsing regexp: {error}") from error


def listed_containers(state: State, request: ContainerLs) -> list[ContainerRecord]:
    """The containers that `docker ps` shows, newest first; `InvalidInput` for a bad filter."""
    filters = request.filter
    _check(filters)
    last = 1 if request.latest else request.last
    every = request.all or last > 0 or any(filters.get(key) for key in ("status", "exited"))
    bounds = {key: [names.find_container(state, value) for value in filters.get(key)] for key in ("before", "since")}
    end = min((times.to_ns(record.created) for record in bounds["before"]), default=None)
    start = max((times.to_ns(record.created) for record in bounds["since"]), default=None)
    found = [
        record
        for record in sorted(state.containers.values(), key=usage.newest_first)
        if (every or record.status in ("running", "paused"))
        and (end is None or times.to_ns(record.created) < end)
        and (start is None or times.to_ns(record.created) > start)
        and _passes(state, record, filters)
    ]
    return found[:last] if last > 0 else found


def chosen_containers(filters: Filters, now_ns: int) -> Callable[[ContainerRecord], bool]:
    """Tells whether prune's filters let a container through; `InvalidInput` for a bad filter or time."""
    check_known(filters, _PRUNE_KNOWN)
    try:
        limits = [parse_moment(value, now_ns) for value in filters.get("until")]
    except ValueError as error:
        raise InvalidInput(str(error)) from error

    def through(record: ContainerRecord) -> bool:
        return (
            all(times.to_ns(record.created) <= limit for limit in limits)
            and all(has_label(record.config.get("Labels"), wanted) for wanted in filters.get("label"))
            and not any(has_label(record.config.get("Labels"), unwanted) for unwanted in filters.get("label!"))
        )

    return through
