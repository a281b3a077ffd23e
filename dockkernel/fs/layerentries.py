"""The entries of one layer while its tar is read, and the changes that they amount to.

Entries come in any order (OCI image spec, layer.md): a whiteout hides lower layers only, wherever it stands; the last
of several entries for one path holds.
"""

from __future__ import annotations

from dockkernel.errors import IntegrityError
from dockkernel.fs.change import IMPLIED, Change, ChangeKind
from dockkernel.fs.content import LowerLink
from dockkernel.fs.node import Device, Dir, File, Link, Meta, Node
from dockkernel.fs.tree import path_order

_DEEP = 64
"""Directories above an entry, from which on their paths are not looked up one by one."""


class LayerEntries:
    """What the entries said so far."""

    def __init__(self) -> None:
        self.nodes: dict[str, Node] = {}
        self.hidden: set[str] = set()
        """Paths that have a whiteout."""
        self.opaque: set[str] = set()
        """Directories that have the opaque mark."""
        self._pending: list[tuple[str, str]] = []
        self._places: dict[str, int] = {}

    def add(self, path: str, node: Node) -> None:
        """The node at a path; what was said of the path before is forgotten."""
        # A second entry has to stand at the end: whether it is above or below others depends on the order.
        self.nodes.pop(path, None)
        self.nodes[path] = node

    def link(self, path: str, target: str, meta: Meta) -> None:
        """A hard link; its target may come later or be in a lower layer. A link to itself changes nothing."""
        node = self.nodes.get(target)
        if node is None:
            self._pending.append((path, target))
            self.add(path, File(meta, LowerLink(target)))
        elif isinstance(node, Dir):
            raise IntegrityError(f"invalid layer: hard link {path!r} to the directory {target!r}")
        elif path != target:
            self.nodes[target] = linked = _linked(node)
            self.add(path, linked)

    def changes(self) -> tuple[Change, ...]:
        """The changes, once all entries are in, in the order of `Tree.walk`."""
        self._link_forward()
        nodes, marks = self.nodes, self.hidden | self.opaque
        if not marks and not self._below_files():
            added, tuple_of = ChangeKind.ADDED, tuple.__new__
            return tuple([tuple_of(Change, (path, added, nodes[path])) for path in sorted(nodes, key=path_order)])
        return self._resolved(sorted(nodes.keys() | marks, key=path_order))

    def _below_files(self) -> bool:
        """Whether something may stand below what is no directory."""
        nodes = self.nodes
        for path in {path.rpartition("/")[0] for path in nodes}:
            if path.count("/") > _DEEP:
                return True
            while path and path not in nodes:
                path = path.rpartition("/")[0]
            if path and not isinstance(nodes[path], Dir):
                return True
        return False

    def _resolved(self, order: list[str]) -> tuple[Change, ...]:
        """The changes when marks or replaced directories are among the entries; `order` is all paths, sorted."""
        nodes = self.nodes
        changes: list[Change] = []
        deleted: dict[str, int] = {}
        above: list[str] = []
        for path in order:
            while above and not path.startswith(above[-1]):
                above.pop()
            node = nodes.get(path)
            if above:
                parent = above[-1][:-1]
                if parent in nodes and not isinstance(nodes[parent], Dir):
                    self._check_replaced(path, parent)
                    continue
                if parent in deleted:
                    # A removed directory that was made again: what is in it is new, whiteouts in it say nothing more.
                    if node is None:
                        continue
                    changes[deleted.pop(parent)] = Change(parent, ChangeKind.OPAQUE, IMPLIED)
            if node is None and path not in self.opaque:
                deleted[path] = len(changes)
            changes.append(self._change(path, node))
            if path:
                above.append(path + "/")
        return tuple(changes)

    def _link_forward(self) -> None:
        """Hard links whose target came after them; the last ones first, as a target may be such a link itself."""
        for path, target in reversed(self._pending):
            node, now = self.nodes.get(target), self.nodes.get(path)
            if path == target or not (isinstance(now, File) and isinstance(now.content, LowerLink)):
                continue
            if node is not None and not isinstance(node, Dir):
                self.nodes[target] = self.nodes[path] = _linked(node)

    def _change(self, path: str, node: Node | None) -> Change:
        if path in self.opaque and (node is None or isinstance(node, Dir)):
            return Change(path, ChangeKind.OPAQUE, node or IMPLIED)
        if node is None:
            return Change(path, ChangeKind.DELETED, None)
        remade = path in self.hidden and isinstance(node, Dir)
        return Change(path, ChangeKind.OPAQUE if remade else ChangeKind.ADDED, node)

    def _check_replaced(self, path: str, parent: str) -> None:
        """`IntegrityError` when the entry came after the one that is no directory and stands above it."""
        if not self._places:
            self._places = {name: place for place, name in enumerate(self.nodes)}
        if self._places.get(path, len(self.nodes)) > self._places[parent]:
            raise IntegrityError(f"invalid layer: {parent!r} is no directory, but {path!r} is below it")


def _linked(node: Node) -> Node:
    """The node as a member of a link group; a symbolic link has none."""
    if isinstance(node, File) and node.link is None:
        return File(node.meta, node.content, Link())
    if isinstance(node, Device) and node.link is None:
        return Device(node.meta, node.kind, node.major, node.minor, Link())
    return node
