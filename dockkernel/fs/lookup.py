"""Following symbolic links inside a root (path_resolution(7)): the result never leaves it."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable

from dockkernel.fs.node import Node, Symlink
from dockkernel.fs.tree import Tree, split

MAX_LINKS = 40
"""Symbolic links followed in one resolution, as Linux has it."""

Lookup = Callable[[str], Node | None]
"""The node at exactly a path (no link followed), or None."""


def resolve(tree: Tree | Lookup, path: str, follow_last: bool = True) -> str:
    """The real path without a leading slash (the root is the empty text).

    What does not exist is taken as written, with `..` taken off by name; `..` at the root stays there. A path that ends
    in a slash follows its last link too. `OSError` (ELOOP) after 40 links.
    """
    lookup = tree.get if isinstance(tree, Tree) else tree
    todo = split(path)[::-1]
    follow_last = follow_last or path.endswith(("/", "/."))
    real: list[str] = []
    links = 0
    while todo:
        name = todo.pop()
        if name == "..":
            del real[-1:]
            continue
        real.append(name)
        if not todo and not follow_last:
            break
        node = lookup("/".join(real))
        if isinstance(node, Symlink):
            links += 1
            if links > MAX_LINKS:
                raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
            todo += split(node.target)[::-1]
            if node.target.startswith("/"):
                real.clear()
            else:
                real.pop()
    return "/".join(real)
