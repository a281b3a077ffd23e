"""Mounts of limited size: how much is in them, and ENOSPC for what does not fit (tmpfs(5), `size=`)."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping

from dockkernel.fs.builder import TreeBuilder
from dockkernel.fs.node import Dir, File
from dockkernel.fs.tree import Tree

_PAGE = 4096


class Room:
    """The room that is left in mounts, by mount point; sizes in bytes, kept in pages."""

    def __init__(self, capacities: Mapping[str, int]) -> None:
        self._capacities = capacities
        self._guess = dict(capacities)
        """At least what is in use: what was written since it was last measured; at first, all."""

    def take(self, builder: TreeBuilder, mount: str, path: str, size: int, more: int) -> None:
        """Takes room for the file at the path, that will have `size` bytes, `more` of them new.

        `OSError` (ENOSPC) when they do not fit.
        """
        if mount not in self._capacities or self.quickly(mount, more):
            return
        used = _used(builder, mount, path) + pages(size)
        if used > self._capacities[mount]:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)
        self._guess[mount] = used

    def quickly(self, mount: str, more: int) -> bool:
        """Takes room for so many new bytes if it is there for sure."""
        if mount not in self._capacities:
            return True
        need = self._guess[mount] + pages(more)
        if need > self._capacities[mount]:
            return False
        self._guess[mount] = need
        return True


def pages(size: int) -> int:
    """The bytes that whole pages take."""
    return -(-size // _PAGE) * _PAGE


def _used(builder: TreeBuilder, mount: str, but: str) -> int:
    """Bytes in use in the mount, without those of the file that is being written."""
    top = builder.lstat(mount)
    if not isinstance(top, Dir):
        return 0
    found = ((f"{mount}/{path}", node) for path, node in Tree(top).walk())
    return sum(pages(node.content.size) for path, node in found if isinstance(node, File) and path != but)
