"""Volumes: named trees beside the images, and what a container mounts of them.

A volume's record in the state names a layer blob with its contents (`container_tree` puts them in and takes them out),
so that volumes are part of every revision as everything else is.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from dockkernel.engine import names
from dockkernel.engine.engine import Engine
from dockkernel.engine.state import State
from dockkernel.errors import Conflict, InvalidInput, NotFound

ANONYMOUS = "com.docker.volume.anonymous"
"""The label of a volume that was made without a name."""
Volume = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class MountSpec:
    """One mount that `docker run` asks for; a volume without a `source` gets a name of its own."""

    kind: Literal["volume", "bind", "tmpfs"]
    target: str
    source: str = ""
    read_only: bool = False
    mode: str = ""
    no_copy: bool = False
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)


def check_name(name: str) -> None:
    """`InvalidInput` in Docker's words for what cannot name a volume."""
    if not re.fullmatch(r"[a-zA-Z0-9][a-zA-Z0-9_.-]*", name):
        raise InvalidInput(
            f'create {name}: "{name}" includes invalid characters for a local volume name, only '
            '"[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute path'
        )
    if len(name) == 1:
        raise InvalidInput(
            f"create {name}: volume name is too short, names should be at least two alphanumeric characters"
        )


def with_volume(
    engine: Engine, state: State, name: str, labels: Mapping[str, str] | None = None, options: Any = None
) -> tuple[State, str]:
    """`state` with the volume, which is made if it is not there; an empty name makes an anonymous one."""
    if not name:
        name, labels = secrets.token_hex(32), {**(labels or {}), ANONYMOUS: ""}
    check_name(name)
    if name in state.volumes:
        return state, name
    volume = {
        "Name": name,
        "Driver": "local",
        "CreatedAt": engine.now(),
        "Labels": dict(labels) if labels else None,
        "Options": dict(options) if options else None,
        "Anonymous": ANONYMOUS in (labels or {}),
    }
    return replace(state, volumes={**state.volumes, name: volume}), name


def create(
    engine: Engine, name: str, driver: str = "local", labels: Mapping[str, str] | None = None, options: Any = None
) -> str:
    """Makes a volume; one that is there stays as it is. Gives its name."""
    if driver != "local":
        raise NotFound(f'create {name}: error looking up volume plugin {driver}: plugin "{driver}" not found')
    with engine.transaction(f"volume create {name}".rstrip()) as tx:
        tx.state, name = with_volume(engine, tx.state, name, labels, options)
    return name


def find(state: State, name: str) -> Volume:
    """The volume; `NotFound` in Docker's words."""
    if name not in state.volumes:
        raise NotFound(f"get {name}: no such volume")
    return state.volumes[name]


def users(state: State) -> dict[str, list[str]]:
    """Volume name → ids of the containers that mount it."""
    found: dict[str, list[str]] = {}
    for record in state.containers.values():
        for mount in record.host.get("Mounts", ()):
            if mount["Type"] == "volume" and record.id not in found.setdefault(mount["Name"], []):
                found[mount["Name"]].append(record.id)
    return found


def remove(engine: Engine, name: str, *, force: bool = False) -> None:
    """Removes a volume that no container mounts; with `force` a missing one is no error."""
    with engine.transaction(f"volume rm {name}") as tx:
        if name not in tx.state.volumes and force:
            return
        find(tx.state, name)
        in_use = users(tx.state).get(name)
        if in_use:
            raise Conflict(f"remove {name}: volume is in use - [{', '.join(in_use)}]")
        tx.state = replace(tx.state, volumes=_without(tx.state, {name}))


def _without(state: State, gone: set[str]) -> dict[str, Volume]:
    return {name: volume for name, volume in state.volumes.items() if name not in gone}


def prune(engine: Engine, chosen: Any) -> tuple[Volume, ...]:
    """Removes the volumes that no container mounts and that `chosen` lets through; gives them by name."""
    with engine.transaction("volume prune") as tx:
        in_use = users(tx.state)
        gone = [volume for name, volume in sorted(tx.state.volumes.items()) if name not in in_use and chosen(volume)]
        if gone:
            tx.state = replace(tx.state, volumes=_without(tx.state, {volume["Name"] for volume in gone}))
    return tuple(gone)


def mountpoint(engine: Engine, name: str) -> str:
    """The path that `docker volume inspect` tells. The contents are in the store's blobs, not there."""
    return str(engine.settings.home / "volumes" / name / "_data")


def mounted(
    engine: Engine, state: State, specs: Sequence[MountSpec], volumes_from: Sequence[str], image_volumes: Sequence[str]
) -> tuple[State, list[dict[str, Any]]]:
    """`state` with the volumes that a new container needs, and its mounts as `docker inspect` shows them.

    What is asked for wins over `--volumes-from`, both over the VOLUMEs of the image.
    """
    mounts: dict[str, dict[str, Any]] = {}
    for entry in volumes_from:
        text, _, mode = entry.partition(":")
        if mode not in ("", "ro", "rw", "z", "Z"):
            raise InvalidInput(f"invalid mode for volumes-from: {mode}")
        for mount in names.find_container(state, text).host.get("Mounts", ()):
            mounts[mount["Destination"]] = {**mount, **({"Mode": mode, "RW": False} if mode == "ro" else {})}
    asked: set[str] = set()
    for spec in specs:
        if spec.target in asked:
            raise InvalidInput(f"Duplicate mount point: {spec.target}")
        asked.add(spec.target)
        state, mounts[spec.target] = _mount(engine, state, spec)
    for target in image_volumes:
        if target not in mounts:
            state, mounts[target] = _mount(engine, state, MountSpec("volume", target))
    return state, list(mounts.values())


def _mount(engine: Engine, state: State, spec: MountSpec) -> tuple[State, dict[str, Any]]:
    common: dict[str, Any] = {"Destination": spec.target, "Mode": spec.mode, "RW": not spec.read_only}
    if spec.kind == "tmpfs":
        return state, {"Type": "tmpfs", "Source": "", **common, "Propagation": ""}
    if spec.kind == "bind":
        return state, {"Type": "bind", "Source": spec.source, **common, "Propagation": "rprivate"}
    state, name = with_volume(engine, state, spec.source, spec.labels)
    place = {"Source": mountpoint(engine, name), "Destination": spec.target, "Driver": "local"}
    mount: dict[str, Any] = {"Type": "volume", "Name": name, **place, "Mode": spec.mode, "RW": not spec.read_only}
    mount["Propagation"] = ""
    return state, mount | ({"NoCopy": True} if spec.no_copy else {})
