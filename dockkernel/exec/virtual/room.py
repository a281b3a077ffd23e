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
        self._guess = dict.fromkeys(capacities, 0)
        """At least what is in use: what was ever written since it was last measured."""

    def take(self, builder: TreeBuilder, mount: str, size: int, path: str) -> None:
        """Takes room for a file's bytes at the path; `OSError` (ENOSPC) when they do not fit."""
        if mount not in self._capacities:
            return
        need = pages(size)
        if self._guess[mount] + need > self._capacities[mount]:
            self._guess[mount] = _used(builder, mount, path)
            if self._guess[mount] + need > self._capacities[mount]:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)
        self._guess[mount] += need


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
