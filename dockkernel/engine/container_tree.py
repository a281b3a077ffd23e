"""A container's files: its image with its own changes, its volumes on top, and how changes come back into the state.

The state is the truth: `hold` takes the files out of it, `keep` puts what a process changed back. Several processes may
hold the files of one container at a time (its own, `exec`, `cp`): what one changed is laid over what the others did.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dockkernel.engine import names
from dockkernel.engine.engine import Engine
from dockkernel.engine.state import ContainerRecord, State, put_container
from dockkernel.fs.builder import TreeBuilder
from dockkernel.fs.change import apply, diff
from dockkernel.fs.hostdir import host_file, read_dir, update
from dockkernel.fs.node import Dir, File, Meta, Node
from dockkernel.fs.tree import Tree, split
from dockkernel.image.edit import append_layer
from dockkernel.oci.digest import Digest

Mount = Mapping[str, Any]
"""One of `Mounts` as `docker inspect` shows it."""


@dataclass(frozen=True, slots=True)
class Held:
    """A container's files as a process got them."""

    record: ContainerRecord
    tree: Tree
    """With the volumes in their places."""
    own: Tree
    """Without them: empty directories stand there."""
    mounts: tuple[Mount, ...] = ()
    volumes: Mapping[str, str] | None = None
    """Volume name → digest of its contents, as they were taken."""


def image_tree(engine: Engine, record: ContainerRecord) -> Tree:
    """The file system of the container's image."""
    return engine.trees.tree([Digest.parse(layer.diff_id) for layer in record.layers])


def own_tree(engine: Engine, record: ContainerRecord) -> Tree:
    """The container's own file system: its image with its changes, without volumes."""
    tree = image_tree(engine, record)
    return apply(tree, engine.trees.changes(Digest.parse(record.diff))) if record.diff else tree


def volume_tree(engine: Engine, volume: Mapping[str, Any]) -> Tree:
    """What is in a volume."""
    digest = volume.get("Diff", "")
    return apply(Tree.empty(), engine.trees.changes(Digest.parse(digest))) if digest else Tree.empty()


def mounts_of(record: ContainerRecord) -> tuple[Mount, ...]:
    """The container's mounts, outer ones first."""
    return tuple(sorted(record.host.get("Mounts", ()), key=lambda mount: len(split(mount["Destination"]))))


def hold(engine: Engine, record: ContainerRecord) -> Held:
    """The container's files as they are in the state now; mount points that are missing are made."""
    own = own_tree(engine, record)
    mounts = mounts_of(record)
    if not mounts:
        return Held(record, own, own)
    own = _with_places(engine, own, mounts)
    volumes = engine.state.volumes
    tree = own
    taken: dict[str, str] = {}
    for mount in mounts:
        volume = volumes.get(mount.get("Name", ""), {})
        taken[mount["Destination"]] = volume.get("Diff", "")
        root = _mounted(engine, mount, volume, own)
        tree = tree.with_node(mount["Destination"], root)
    return Held(record, tree, own, mounts, taken)


def _mounted(engine: Engine, mount: Mount, volume: Mapping[str, Any], own: Tree) -> Node:
    if mount["Type"] == "bind":
        source = Path(mount["Source"])
        return read_dir(source).root if source.is_dir() else host_file(source)
    if mount["Type"] != "volume":
        return Dir(Meta(0o1777 if mount["Type"] == "tmpfs" else 0o755))
    place = own.get(mount["Destination"])
    if not volume.get("Diff"):
        # An empty volume takes what the image has at its place (Docker's copy-up).
        copies = isinstance(place, Dir) and not mount.get("NoCopy")
        return place if copies and isinstance(place, Dir) else Dir(Meta(0o755))
    meta = place.meta if isinstance(place, Dir) else Meta(0o755)
    return Dir(meta, volume_tree(engine, volume).root.children)


def _with_places(engine: Engine, tree: Tree, mounts: tuple[Mount, ...]) -> Tree:
    missing = [mount for mount in mounts if tree.get(mount["Destination"]) is None]
    if not missing:
        return tree
    builder = TreeBuilder(tree, engine.clock.now_ns)
    for mount in missing:
        path = mount["Destination"]
        if builder.exists(path):
            continue
        if mount["Type"] == "bind" and not Path(mount["Source"]).is_dir():
            builder.mkdir(posixpath.dirname(path), parents=True)
            builder.write(path, b"", mode=0o755)
        else:
            builder.mkdir(path, parents=True)
    return builder.build()


def keep(engine: Engine, held: Held, after: Tree, command: str, **facts: Any) -> Held:
    """Puts what changed between `held` and `after` into the state; gives the files as they are then.

    `facts` are fields of the record to set along with it. What others changed in the meantime stays; of a path that
    both changed, this one's change counts. `ContainerNotFound` when the container has been removed.
    """
    while True:
        record = names.find_container(engine.state, held.record.id)
        own_after = _without_mounts(held, after)
        merged, layer = _merged(engine, held, record, own_after)
        _write_binds(held, after)
        volumes = _volume_changes(engine, held, after)
        if layer is None and not volumes and not facts:
            break
        with engine.transaction(command) as tx:
            current = names.find_container(tx.state, record.id)
            if current.diff != record.diff:
                continue
            tx.state = put_container(tx.state, replace(current, **(layer or {}), **facts))
            tx.state = _with_volumes(tx.state, volumes)
        break
    newest = names.find_container(engine.state, held.record.id)
    if not held.mounts:
        return Held(newest, merged, merged)
    again = hold(engine, newest)
    return replace(again, record=newest)


def _merged(engine: Engine, held: Held, record: ContainerRecord, own_after: Tree) -> tuple[Tree, dict[str, Any] | None]:
    """The container's own tree with both sides' changes, and the record's new facts when there are any."""
    if record.diff == held.record.diff:
        merged = own_after
        if own_after.root is held.own.root and not held.mounts:
            return merged, None
    else:
        changes = diff(held.own, own_after)
        theirs = own_tree(engine, record)
        if not changes:
            return theirs, None
        merged = apply(theirs, changes)
    changes = diff(image_tree(engine, record), merged)
    if not changes:
        return merged, {"diff": "", "size_rw": 0} if record.diff else None
    diff_id, size, _ = append_layer(engine.blobs, changes)
    return merged, None if str(diff_id) == record.diff else {"diff": str(diff_id), "size_rw": size}


def _without_mounts(held: Held, after: Tree) -> Tree:
    """The container's own tree in what a process left."""
    for mount in reversed(held.mounts):
        path = mount["Destination"]
        place = held.own.get(path)
        if place is not None:
            after = _put_back(after, split(path), place, held.own)
    return after


def _put_back(after: Tree, path: list[str], place: Node, before: Tree) -> Tree:
    """`after` with the old node at the path; directories that are then as before become the very same ones."""
    lower: list[Dir] = [before.root]
    upper: list[Dir] = [after.root]
    for name in path[:-1]:
        old, new = lower[-1].children.get(name), upper[-1].children.get(name)
        if not isinstance(new, Dir):
            return after
        lower.append(old if isinstance(old, Dir) else Dir(Meta()))
        upper.append(new)
    node = place
    for old, new, name in zip(reversed(lower), reversed(upper), reversed(path), strict=True):
        children = {**new.children, name: node}
        same = new.meta == old.meta and new.made is old.made and len(children) == len(old.children)
        if same and all(old.children.get(key) is child for key, child in children.items()):
            node = old
        else:
            node = Dir(new.meta, children, new.made)
    assert isinstance(node, Dir)
    return Tree(node)


def _volume_changes(engine: Engine, held: Held, after: Tree) -> dict[str, tuple[str, int]]:
    """Volume name → digest and bytes of its contents, for those that changed or were filled from the image."""
    found: dict[str, tuple[str, int]] = {}
    volumes = engine.state.volumes
    for mount in held.mounts:
        path = mount["Destination"]
        name = mount.get("Name", "")
        if mount["Type"] != "volume" or not mount.get("RW", True) or name not in volumes:
            continue
        old, new = held.tree.get(path), after.get(path)
        taken = (held.volumes or {}).get(path, "")
        current = volumes[name].get("Diff", "")
        if not isinstance(new, Dir) or not isinstance(old, Dir):
            continue
        if new is old and (taken or not new.children):
            continue
        whole = Tree(new)
        if current != taken:
            whole = apply(volume_tree(engine, volumes[name]), diff(Tree(old), Tree(new)))
        contents = diff(Tree.empty(), whole)
        if not contents:
            found[name] = ("", 0)
            continue
        digest, size, _ = append_layer(engine.blobs, contents)
        found[name] = (str(digest), size)
    return found


def _write_binds(held: Held, after: Tree) -> None:
    """Brings what was changed in folders of this machine to them."""
    for mount in held.mounts:
        if mount["Type"] != "bind" or not mount.get("RW", True):
            continue
        old, new = held.tree.get(mount["Destination"]), after.get(mount["Destination"])
        if new is old or new is None:
            continue
        target = Path(mount["Source"])
        if isinstance(old, Dir) and isinstance(new, Dir):
            update(target, diff(Tree(old), Tree(new)))
        elif isinstance(new, File):
            with new.content.open() as source:
                data = source.read()
            target.write_bytes(data)


def _with_volumes(state: State, changes: Mapping[str, tuple[str, int]]) -> State:
    if not changes:
        return state
    volumes = dict(state.volumes)
    for name, (digest, size) in changes.items():
        if name in volumes:
            volumes[name] = {**volumes[name], "Diff": digest, "Size": size}
    return replace(state, volumes=volumes)
