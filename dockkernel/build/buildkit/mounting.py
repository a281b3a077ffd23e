"""Trees mounted in a tree for one process, and the tree without them afterwards. Nothing is copied, nodes are shared.

Rules are the runtime's (runc) and BuildKit's: outer mounts come first, targets are resolved inside the root file system
as it is by then, a missing one is made in whatever file system it lies in. What was made in the root file system for
that is taken away after the process, with the directories above, where it is still empty; `Mounted.without` gives back
the very same nodes where the process changed nothing.
"""

from __future__ import annotations

import errno
import os
import posixpath
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from dockkernel.fs.lookup import resolve
from dockkernel.fs.node import Dir, File, Inline, Meta, Node
from dockkernel.fs.tree import Tree, split


@dataclass(frozen=True, slots=True)
class Attachment:
    """Something to be mounted."""

    target: str
    """Absolute; links in it are followed inside the root file system."""
    node: Node
    read_only: bool = False
    source: str = "tmpfs"
    """How the runtime's messages call it."""
    capacity: int = 0
    """Bytes that fit into it; 0 for no limit."""
    name: str = ""
    """By which its content is found after the process; empty where it is lost."""


class CannotMount(Exception):
    """A mount cannot be made; the message is the runtime's."""


@dataclass(frozen=True, slots=True)
class _Place:
    """An attachment where it came to be: its real path, and the tree without it."""

    path: str
    what: Attachment
    below: Tree


@dataclass(frozen=True, slots=True)
class Mounted:
    """A tree with others mounted in it."""

    own: Tree
    """The root file system."""
    tree: Tree
    """With the mounts, as the process sees it."""
    places: tuple[_Place, ...]
    made: tuple[str, ...]
    """What had to be made in the root file system, in the order in which it is to go."""

    @property
    def points(self) -> tuple[tuple[str, bool], ...]:
        """Mount points as real paths; True for a read-only one."""
        return tuple((place.path, place.what.read_only) for place in self.places)

    @property
    def capacities(self) -> Mapping[str, int]:
        """Bytes that fit, by real path, for mounts of limited size."""
        return {place.path: place.what.capacity for place in self.places if place.what.capacity}

    def without(self, after: Tree) -> tuple[Tree, list[tuple[str, Node]]]:
        """The root file system in what a process left, and what the named attachments hold then."""
        contents: list[tuple[str, Node]] = []
        for place in reversed(self.places):
            found = after.get(place.path)
            if place.what.name and found is not None:
                contents.append((place.what.name, found))
            after = _put_back(after, place.below, place.path, place.below.get(place.path))
        for path in self.made:
            if _is_empty(after.get(path)):
                after = _put_back(after, self.own, path, None)
        return self.own if after.root is self.own.root else after, contents[::-1]


def mount(own: Tree, attachments: Iterable[Attachment], now_ns: int) -> Mounted:
    """Mounts them; `CannotMount` where that is impossible. Of several with one target the last one counts."""
    by_target = {one.target: one for one in attachments}
    tree, places, made = own, list[_Place](), list[str]()
    for _, what in sorted(by_target.items()):
        path = _real(tree, what)
        found = tree.get(path)
        if found is None:
            outer = _containing(places, path)
            new = _missing(tree, path, what)
            if outer is not None and outer.what.read_only:
                raise _failed(what, f"mkdir {new[0]}: {os.strerror(errno.EROFS).lower()}")
            tree = _with_stubs(tree, new, what, now_ns)
            made += [] if outer is not None else new
        elif isinstance(found, Dir) != isinstance(what.node, Dir):
            flags = f"mount {what.source}:{what.target} (via /proc/self/fd/6), flags: 0x5000"
            raise _failed(what, f"{flags}: {os.strerror(errno.ENOTDIR).lower()}")
        places.append(_Place(path, what, tree))
        tree = tree.with_node(path, what.node)
    return Mounted(own, tree, tuple(places), tuple(sorted(made, key=lambda path: -len(split(path)))))


def _failed(what: Attachment, reason: str) -> CannotMount:
    return CannotMount(
        f'error during container init: error mounting "{what.source}" to rootfs at "{what.target}": {reason}'
    )


def _real(tree: Tree, what: Attachment) -> str:
    """The target's real path. Nothing may be mounted in /proc."""
    try:
        path = "/" + resolve(tree, what.target)
    except OSError as error:
        raise _failed(what, (error.strerror or str(error)).lower()) from error
    if path == "/proc" or path.startswith("/proc/"):
        raise _failed(
            what, f'check proc-safety of {what.target} mount: "{path}" cannot be mounted because it is inside /proc'
        )
    return path


def _containing(places: Sequence[_Place], path: str) -> _Place | None:
    """The innermost mount that holds the path."""
    held = [place for place in places if path.startswith(place.path + "/")]
    return max(held, key=lambda place: len(place.path), default=None)


def _missing(tree: Tree, path: str, what: Attachment) -> list[str]:
    """The path and those above it that are not there, the outermost first."""
    names = split(path)
    paths = ["/" + "/".join(names[: count + 1]) for count in range(len(names))]
    new = [at for at in paths if tree.get(at) is None]
    above = tree.get(posixpath.dirname(new[0]))
    if not isinstance(above, Dir):
        raise _failed(what, f"mkdir {new[0]}: {os.strerror(errno.ENOTDIR).lower()}")
    return new


def _with_stubs(tree: Tree, new: Sequence[str], what: Attachment, now_ns: int) -> Tree:
    *above, last = new
    for path in above:
        tree = tree.with_node(path, Dir(Meta(0o755, mtime_ns=now_ns)))
    meta = Meta(0o755, mtime_ns=now_ns)
    return tree.with_node(last, Dir(meta) if isinstance(what.node, Dir) else File(meta, Inline(b"")))


def _is_empty(node: Node | None) -> bool:
    if isinstance(node, Dir):
        return not node.children
    return isinstance(node, File) and not node.content.size


def _put_back(after: Tree, before: Tree, path: str, node: Node | None) -> Tree:
    """`after` with `node` at the path; directories that are then as in `before` are the very same ones."""
    return Tree(_replaced(after.root, before.root, split(path), node))


def _replaced(new: Dir, old: Node | None, names: Sequence[str], node: Node | None) -> Dir:
    name = names[0]
    before = old if isinstance(old, Dir) else None
    if len(names) > 1:
        child = new.children.get(name)
        if not isinstance(child, Dir):
            return new
        node = _replaced(child, before.children.get(name) if before else None, names[1:], node)
    children = dict(new.children)
    children.pop(name, None)
    if node is not None:
        children[name] = node
    if before is not None and before.meta == new.meta and before.made is new.made and _same(children, before.children):
        return before
    return Dir(new.meta, children, new.made)


def _same(one: Mapping[str, Node], other: Mapping[str, Node]) -> bool:
    return len(one) == len(other) and all(other.get(name) is child for name, child in one.items())
