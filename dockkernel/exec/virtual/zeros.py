"""Content that is held without being in memory: runs of zeros, the first bytes of another content."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import BinaryIO

from dockkernel.fs.content import Joined, SparseSlice, stream
from dockkernel.fs.node import Content, Inline


@dataclass(frozen=True, slots=True)
class Zeros:
    """So many zero bytes."""

    size: int
    """Bytes."""
    hole: bool = False
    """Whether nothing was ever written there, so that it takes no space on a disk."""

    def open(self) -> BinaryIO:
        """A fresh stream."""
        return stream(_ZeroReader(self.size))


@dataclass(frozen=True, slots=True)
class First:
    """The first bytes of another content."""

    whole: Content
    size: int
    """Bytes."""

    def open(self) -> BinaryIO:
        """A fresh stream."""
        return stream(_FirstReader(self.whole.open(), self.size))


class _ZeroReader(io.RawIOBase):
    def __init__(self, size: int) -> None:
        self._size = size
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = max(0, offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence])
        return self._at

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        count = max(0, min(len(view), self._size - self._at))
        view[:count] = bytes(count)
        self._at += count
        return count


class _FirstReader(io.RawIOBase):
    def __init__(self, source: BinaryIO, size: int) -> None:
        self._source = source
        self._left = size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        data = self._source.read(min(len(view), self._left))
        view[: len(data)] = data
        self._left -= len(data)
        return len(data)

    def close(self) -> None:
        self._source.close()
        super().close()


def allocated(content: Content) -> int:
    """Bytes that are no hole."""
    if isinstance(content, Zeros):
        return 0 if content.hole else content.size
    if isinstance(content, Joined):
        return sum(map(allocated, content.parts))
    if isinstance(content, SparseSlice):
        return sum(length for _, _, length in content.parts)
    return content.size


def resized(content: Content, size: int) -> Content:
    """The content cut or filled with zeros to this size."""
    if size == content.size:
        return content
    if size == 0:
        return Inline(b"")
    if size < content.size:
        return First(content, size)
    more = Zeros(size - content.size, hole=True)
    return more if content.size == 0 else Joined((content, more), size)
