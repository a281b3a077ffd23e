"""What differs between two trees, and a tree with such differences applied (OCI image spec, layer.md "Changesets").

The law: `apply(a, diff(a, b))` has the content of `b`, but for the root directory's own mode, owner and time, which no
layer carries. Nodes are compared by identity: what was rebuilt counts as changed even when it looks the same, as a file
copied up by overlayfs does. So `lower` must be the very tree that `upper` was made from.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import NamedTuple

from dockkernel.errors import IntegrityError
from dockkernel.fs.content import LowerLink
from dockkernel.fs.node import Device, Dir, File, Link, Meta, Node, size_of
from dockkernel.fs.pause import collector_paused
from dockkernel.fs.tree import Tree, sorted_names, split


class ChangeKind(Enum):
    """What happened at a path."""

    ADDED = "added"
    MODIFIED = "modified"
    DELETED = "deleted"
    OPAQUE = "opaque"
    """A directory that hides all that the lower layers have in it."""


class Change(NamedTuple):
    """One path that differs. A tuple, since layers have 100,000 of them."""

    path: str
    """Without a leading slash; empty for the root."""
    kind: ChangeKind
    node: Node | None
    """What is there now; None for DELETED. A directory stands for itself: what is in it has its own changes."""


IMPLIED = Dir(Meta(0o755))
"""The node of an OPAQUE change whose directory has no entry of its own: the lower directory's mode and owner hold."""


@collector_paused()
def diff(lower: Tree, upper: Tree) -> tuple[Change, ...]:
    """The changes that lead from `lower` to `upper`, in the order of `Tree.walk`.

    A directory with a change below it is MODIFIED itself (as overlayfs has it); the root never is. The cost follows
    the directories on the way to changes.
    """
    changes: list[Change] = []
    stack: list[tuple[str, Node | None, Node | None]] = [("", lower.root, upper.root)]
    while stack:
        path, old, new = stack.pop()
        if old is new:
            continue
        if new is None:
            changes.append(Change(path, ChangeKind.DELETED, None))
            continue
        kind = _kind(old, new)
        if path or kind is ChangeKind.OPAQUE:
            changes.append(Change(path, kind, new))
        if isinstance(new, Dir):
            below = old if isinstance(old, Dir) and kind is not ChangeKind.OPAQUE else None
            stack += _pairs(path, below, new)
    return tuple(changes)


def _kind(old: Node | None, new: Node) -> ChangeKind:
    if old is None:
        return ChangeKind.ADDED
    if isinstance(old, Dir) and isinstance(new, Dir) and new.made is not None and new.made is not old.made:
        return ChangeKind.OPAQUE
    return ChangeKind.MODIFIED


def _pairs(path: str, old: Dir | None, new: Dir) -> list[tuple[str, Node | None, Node | None]]:
    """The children that are not the same object, as a stack: the first one last."""
    after = new.children
    before = old.children if old is not None else {}
    names = [name for name, node in after.items() if before.get(name) is not node]
    names += [name for name in before if name not in after]
    prefix = path + "/" if path else ""
    return [(prefix + name, before.get(name), after.get(name)) for name in reversed(sorted_names(names))]


def apply(lower: Tree, changes: Iterable[Change]) -> Tree:
    """`lower` with the changes of one layer over it; their order does not matter.

    DELETED and OPAQUE hide what `lower` has and never what the same layer brings. A directory over a directory takes
    the new mode, owner and time and keeps the children; any other node replaces all that was there. Directories that no
    change names are made (mode 0755). `IntegrityError` for a change below a node of the same layer that is no directory
    and for a hard link to a file that is not there.
    """
    with collector_paused():
        top = _Layer()
        spare = _IMPLIED_MOST
        for change in changes:
            spare -= _place(top, change) - 1
            if spare < 0:
                raise IntegrityError("invalid layer: too many directories that have no entry")
        root = _merge(lower.root, top, _Linker(lower))
    assert isinstance(root, Dir)
    return Tree(root)


_IMPLIED_MOST = 100_000
"""Directories without an entry of their own in one layer. A path of 4 KB can name 2000; each would cost memory."""


class _Layer:
    """A directory of the layer as a tree of its own: what is said of it, and of what is in it."""

    __slots__ = ("below", "change")

    def __init__(self) -> None:
        self.change: Change | None = None
        self.below: dict[str, _Layer] = {}


def _place(top: _Layer, change: Change) -> int:
    """Puts the change where it belongs; gives the number of places that were made for it."""
    at = top
    made = 0
    for name in split(change.path):
        found = at.below.get(name)
        if found is None:
            found = at.below[name] = _Layer()
            made += 1
        at = found
    at.change = change
    return made


class _Linker:
    """Turns hard links to names in lower layers into the nodes they mean, in one link group each."""

    def __init__(self, lower: Tree) -> None:
        self._lower = lower
        self._found: dict[str, File] = {}

    def node(self, node: Node) -> Node:
        if not (isinstance(node, File) and isinstance(node.content, LowerLink)):
            return node
        target = node.content.target
        if target not in self._found:
            below = self._lower.get(target)
            if not isinstance(below, File):
                raise IntegrityError(f"invalid layer: hard link to {target!r}, which is no file in the layers below")
            self._found[target] = File(below.meta, below.content, below.link or Link())
        return self._found[target]


def _merge(old: Node | None, layer: _Layer, linker: _Linker) -> Node | None:
    """The node that comes of `old` under what the layer says; children first, without recursion (paths may be deep)."""
    # Each frame: the old node, the layer, the children made so far, the layer's children still to do.
    result: Node | None = None
    frames = [_Frame(old, layer, "")]
    while frames:
        frame = frames[-1]
        if frame.todo:
            name, child = frame.todo.pop()
            before = frame.children.get(name)
            if not child.below:
                _set(frame.children, name, _own(before, child, linker))
            else:
                frames.append(_Frame(before, child, name))
            continue
        frames.pop()
        result = frame.finish()
        if frames:
            _set(frames[-1].children, frame.name, result)
    return result


def _own(old: Node | None, layer: _Layer, linker: _Linker) -> Node | None:
    """The node for a change with nothing below it."""
    change = layer.change
    if change is None or change.node is None:
        return None
    if isinstance(change.node, Dir):
        return _Frame(old, layer, "").finish()
    return linker.node(change.node)


class _Frame:
    """One directory being merged."""

    __slots__ = ("children", "layer", "made", "merged", "meta", "name", "todo")

    def __init__(self, old: Node | None, layer: _Layer, name: str) -> None:
        change = layer.change
        node = change.node if change is not None else None
        if node is not None and not isinstance(node, Dir):
            raise IntegrityError(f"invalid layer: {change.path if change else name!r} is no directory, but has entries")
        hides = change is not None and change.kind in (ChangeKind.OPAQUE, ChangeKind.DELETED)
        kept = old if isinstance(old, Dir) else None
        self.name = name
        self.layer = layer
        self.meta = node.meta if node is not None and node is not IMPLIED else kept.meta if kept else IMPLIED.meta
        self.children: dict[str, Node] = dict(kept.children) if kept is not None and not hides else {}
        # What hides its lower self is another directory; to `diff` it must look like one.
        self.made = Link() if kept is not None and hides else kept.made if kept is not None else None
        self.merged = kept is not None and not hides
        self.todo = list(layer.below.items())

    def finish(self) -> Dir | None:
        change = self.layer.change
        if change is not None and change.kind is ChangeKind.DELETED and not self.children:
            return None
        return Dir(self.meta, self.children, self.made, self.merged)


def _set(children: dict[str, Node], name: str, node: Node | None) -> None:
    if node is None:
        children.pop(name, None)
    else:
        children[name] = node


DOCKER_MOUNTS = ("proc", "dev", "sys")
"""Directories that are mounts in every container."""
DOCKER_FILES = frozenset({"etc/hosts", "etc/hostname", "etc/resolv.conf", ".dockerenv"})
"""Files that the engine itself puts into every container."""


def docker_diff(lower: Tree, upper: Tree, volumes: Iterable[str] = ()) -> tuple[tuple[str, str], ...]:
    """What `docker diff` lists: (`A`, `C` or `D`; absolute path), parents before children.

    Unlike a layer, the list leaves out what looks the same as before (mode, owner, size, time; directories without
    time), and shows a directory above a listed path as `C`. What is in mounts, and the engine's own files, never shows.
    """
    hidden = tuple(f"{'/'.join(split(path))}/" for path in (*DOCKER_MOUNTS, *volumes))
    shown: dict[str, str] = {}
    above: list[str] = []
    for change in diff(lower, upper):
        path = change.path
        if not path or path in DOCKER_MOUNTS or path in DOCKER_FILES or path.startswith(hidden):
            continue
        above = [parent for parent in above if path.startswith(parent + "/")]
        letter = _letter(change, lower)
        if letter:
            for parent in above:
                shown.setdefault(parent, "C")
            shown[path] = letter
        if isinstance(change.node, Dir):
            above.append(path)
    return tuple((letter, "/" + path) for path, letter in shown.items())


def _letter(change: Change, lower: Tree) -> str:
    """How the change is listed; empty when it is not listed for itself."""
    if change.node is None:
        return "D"
    old = lower.get(change.path)
    if old is None:
        return "A"
    return "C" if change.kind is ChangeKind.OPAQUE or _differ(old, change.node) else ""


def _differ(old: Node, new: Node) -> bool:
    """Whether two nodes at one path look different to `docker diff`."""
    if _known(old) != _known(new):
        return True
    return not isinstance(new, Dir) and (size_of(old) != size_of(new) or not _same_time(old.meta, new.meta))


def _known(node: Node) -> tuple[object, ...]:
    meta = node.meta
    numbers = (node.kind, node.major, node.minor) if isinstance(node, Device) else ()
    return (type(node), meta.mode, meta.uid, meta.gid, meta.xattrs.get("security.capability"), *numbers)


def _same_time(old: Meta, new: Meta) -> bool:
    """Equal times, or times of one second of which one has been through a tar and lost its fraction."""
    (first, rest), (second, other) = divmod(old.mtime_ns, 10**9), divmod(new.mtime_ns, 10**9)
    return first == second and (rest == other or not rest or not other)
