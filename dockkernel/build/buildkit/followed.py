"""What of the client's files a graph takes: only that is sent, with the links that lead to it (FollowPaths)."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping

from dockkernel.build.buildkit.ops import CopyGroup, CopyOp, ExecOp, LocalSource
from dockkernel.build.buildkit.selecting import matches, requests
from dockkernel.build.buildkit.vertex import Vertex
from dockkernel.errors import DockError
from dockkernel.fs.node import Dir, Node, Symlink
from dockkernel.fs.tree import Tree, split

_LINKS = 40
"""How many links Linux follows in one path."""
_WILD = set("*?[\\")


def followed(vertices: Iterable[Vertex]) -> Mapping[str, frozenset[str]]:
    """Absolute paths, some with wildcards, that are taken of each of the client's trees; `/` is all of one."""
    found: dict[str, set[str]] = {}
    for vertex in vertices:
        for source, path in _taken(vertex):
            found.setdefault(source, set()).add(path)
    return {name: frozenset(paths) for name, paths in found.items()}


def _taken(vertex: Vertex) -> Iterable[tuple[str, str]]:
    op = vertex.op
    if isinstance(op, CopyGroup):
        for part, source in zip(op.parts, vertex.inputs[1:], strict=True):
            if source is not None and isinstance(source.op, LocalSource):
                yield from ((source.op.name, path) for path in _paths(part))
    elif isinstance(op, ExecOp):
        for mount in op.mounts:
            source = vertex.inputs[mount.input] if mount.input else None
            if source is not None and isinstance(source.op, LocalSource):
                yield source.op.name, posixpath.normpath(posixpath.join("/", mount.mount.source))


def _paths(part: CopyOp) -> list[str]:
    try:
        return [request.path for request in requests(part)]
    except DockError:
        return ["/"]


def restrict(tree: Tree, paths: Iterable[str]) -> Tree:
    """The tree with only what is at the paths, and what leads there."""
    kept = _Kept(tree)
    for path in paths:
        kept.follow(path)
    return kept.tree()


class _Kept:
    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._whole: set[str] = set()
        """Paths that are kept with all below them."""

    def follow(self, path: str) -> None:
        """Keeps what is at a path, or at all that a pattern finds."""
        if _WILD & set(path):
            try:
                base, found = matches(self._tree, path)
            except (DockError, StopIteration):
                return
            names = split(path)
            plain = next(at for at, name in enumerate(names) if _WILD & set(name))
            self._links("/".join(names[:plain]))
            for one in found:
                self._whole.add(self._links(f"{base}/{one}"))
            return
        self._whole.add(self._links(path))

    def _links(self, path: str) -> str:
        """Keeps the links that a path leads over; gives where it ends."""
        todo, at, left = split(path)[::-1], "", _LINKS
        while todo:
            name = todo.pop()
            if name == "..":
                at = posixpath.dirname(at)
                continue
            here = f"{at}/{name}" if at else name
            node = self._tree.get(here)
            if isinstance(node, Symlink) and left:
                left -= 1
                self._whole.add(here)
                todo += split(node.target)[::-1]
                at = "" if node.target.startswith("/") else at
            else:
                at = here
        return at

    def tree(self) -> Tree:
        """The tree of what is kept; the same object when that is all."""
        if "" in self._whole:
            return self._tree
        kept = [path for path in self._whole if self._tree.get(path) is not None]
        below: dict[str, dict[str, Node]] = {"": {}}
        for path in kept:
            node = self._tree.get(path)
            assert node is not None
            below.setdefault(posixpath.dirname(path), {})[posixpath.basename(path)] = node
        for folder in list(below):
            while folder:
                folder = posixpath.dirname(folder)
                below.setdefault(folder, {})
        for folder in sorted(below, key=lambda one: one.count("/") if one else -1, reverse=True):
            node = self._tree.get(folder)
            assert isinstance(node, Dir)
            made = Dir(node.meta, below[folder], node.made)
            if not folder:
                return Tree(made)
            below[posixpath.dirname(folder)].setdefault(posixpath.basename(folder), made)
        return Tree.empty()
