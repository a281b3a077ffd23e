"""A file that grows by many appends: kept apart until somebody looks, so that an append costs what it adds."""

from __future__ import annotations

from dockkernel.exec.virtual.zeros import Zeros
from dockkernel.fs.content import Joined
from dockkernel.fs.node import Content, File, Inline, Meta

BULK = 2048
"""Bytes of an append from which on a file is thought to grow by many of them."""
_PART = 1 << 20


class Growing:
    """One such file: what it was and what was added. Runs of zeros are counted, not kept."""

    def __init__(self, path: str, node: File) -> None:
        self.path = path
        self.size = node.content.size
        self._meta = node.meta
        old = node.content
        self._parts: list[Content] = list(old.parts) if isinstance(old, Joined) else [old] if old.size else []
        self._tail = bytearray()
        self._zeros = 0

    def add(self, data: bytes) -> None:
        """More bytes at the end."""
        self.size += len(data)
        if data.count(0) == len(data):
            self._close_tail()
            self._zeros += len(data)
            return
        self._close_zeros()
        self._tail += data
        if len(self._tail) >= _PART:
            self._close_tail()

    def shape(self, mtime_ns: int) -> File:
        """A node with the file's present size and permissions; not its bytes."""
        old = self._meta
        return File(Meta(old.mode, old.uid, old.gid, mtime_ns), Zeros(self.size))

    def content(self) -> Content:
        """All bytes."""
        self._close_tail()
        self._close_zeros()
        if len(self._parts) == 1:
            return self._parts[0]
        return Joined(tuple(self._parts), self.size)

    def _close_tail(self) -> None:
        if self._tail:
            self._parts.append(Inline(bytes(self._tail)))
            self._tail.clear()

    def _close_zeros(self) -> None:
        if self._zeros:
            self._parts.append(Zeros(self._zeros))
            self._zeros = 0
