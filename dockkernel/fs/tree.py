"""The tree: one immutable value for a whole file system (the invariant: no method changes a node).

A changed tree shares every untouched subtree with the tree it came from, as the same objects. Edits of more than a few
nodes go through `builder.TreeBuilder`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dockkernel.fs.node import Dir, Meta, Node


def split(path: str) -> list[str]:
    """The names in a path, without empty ones and `.`; `..` is kept."""
    return [name for name in path.split("/") if name and name != "."]


def byte_order(name: str) -> bytes:
    """The sort key of names: their bytes."""
    return name.encode("utf-8", "surrogateescape")


def path_order(path: str) -> bytes:
    """The sort key of paths: a directory stands directly before what is in it, as in `Tree.walk`."""
    return path.encode("utf-8", "surrogateescape").replace(b"/", b"\0")


def sorted_names(names: Iterable[str]) -> list[str]:
    """Names in byte order."""
    # Code points sort like their UTF-8 bytes but for surrogates, which only non-ASCII text can hold.
    listed = list(names)
    listed.sort(key=None if all(map(str.isascii, listed)) else byte_order)
    return listed


@dataclass(frozen=True, slots=True, eq=False)
class Tree:
    """A file tree; paths are `/`-separated, a leading slash is optional, the empty path is the root."""

    root: Dir

    @staticmethod
    def empty() -> Tree:
        """A tree with nothing in it."""
        return Tree(Dir(Meta()))

    def get(self, path: str) -> Node | None:
        """The node at exactly this path, or None. Follows no symbolic links; `..` is not a name."""
        node: Node = self.root
        for name in split(path):
            if not isinstance(node, Dir):
                return None
            found = node.children.get(name)
            if found is None:
                return None
            node = found
        return node

    def walk(self) -> Iterator[tuple[str, Node]]:
        """Every node but the root, depth first, names in byte order, paths without a leading slash."""
        stack = _below("", self.root)
        while stack:
            path, node = stack.pop()
            yield path, node
            if isinstance(node, Dir):
                stack += _below(path + "/", node)

    def with_node(self, path: str, node: Node) -> Tree:
        """The tree with `node` at the path, in place of what was there; directories on the way are made if missing.

        `NotADirectoryError` when something else is in the way.
        """
        names = split(path)
        if not names:
            if not isinstance(node, Dir):
                raise NotADirectoryError(path)
            return Tree(node)
        parents = [self.root]
        for name in names[:-1]:
            child = parents[-1].children.get(name, _NEW)
            if not isinstance(child, Dir):
                raise NotADirectoryError(path)
            parents.append(child)
        new = node
        for parent, name in zip(reversed(parents), reversed(names), strict=True):
            new = Dir(parent.meta, {**parent.children, name: new}, parent.made)
        assert isinstance(new, Dir)
        return Tree(new)

    def without(self, path: str) -> Tree:
        """The tree without the node and all below it; the same tree when it is not there."""
        names = split(path)
        if not names or self.get(path) is None:
            return self
        above = "/".join(names[:-1])
        parent = self.get(above)
        assert isinstance(parent, Dir)
        children = dict(parent.children)
        del children[names[-1]]
        return self.with_node(above, Dir(parent.meta, children, parent.made))


_NEW = Dir(Meta())


def _below(prefix: str, node: Dir) -> list[tuple[str, Node]]:
    """The children as a stack: the first one last."""
    children = node.children
    return [(prefix + name, children[name]) for name in reversed(sorted_names(children))]
