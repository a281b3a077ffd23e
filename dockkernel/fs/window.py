"""Blocks of a blob by their place, read in as few and as small pieces as the gaps between them allow."""

from __future__ import annotations

from typing import BinaryIO

from dockkernel.errors import IntegrityError
from dockkernel.fs.tarformat import BLOCK

_SMALLEST = 1 << 12
_LARGEST = 1 << 16


class Window:
    """The part of a stream that was read last. Places must not go down."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self._base = 0
        self._buffer = b""
        self._ask = _LARGEST
        self._size = source.seek(0, 2) if source.seekable() else None
        if self._size is not None:
            source.seek(0)

    def block(self, at: int) -> bytes | None:
        """The 512 bytes at this place, or None when the stream ends exactly there (`IntegrityError`: before)."""
        start = at - self._base
        block = self._buffer[start : start + BLOCK]
        if len(block) == BLOCK:
            return block
        return self.data(at, BLOCK) if self._load(at, BLOCK) else None

    def data(self, at: int, count: int) -> bytes:
        """So many bytes; `IntegrityError` when the stream ends before."""
        if at + count > self._base + len(self._buffer):
            self._load(at, count)
        start = at - self._base
        found = self._buffer[start : start + count]
        if len(found) < count:
            raise IntegrityError("invalid layer: the tar is cut off")
        return found

    def _load(self, at: int, count: int) -> bool:
        """Moves the window; False when nothing is left at the place."""
        end = self._base + len(self._buffer)
        if at <= end:
            kept = self._buffer[at - self._base :]
            self._ask = min(self._ask * 2, _LARGEST)
        else:
            kept = b""
            # Large files: each header is far from the next one, and what lies between is not wanted.
            self._ask = max(self._ask // 2, _SMALLEST)
            self._forward(at, at - end)
        self._base = at
        self._buffer = kept + self._read(max(self._ask, count) - len(kept))
        return bool(self._buffer)

    def _forward(self, at: int, gap: int) -> None:
        if self._size is not None:
            if at > self._size:
                raise IntegrityError("invalid layer: the tar is cut off")
            self._source.seek(at)
            return
        while gap:
            data = self._source.read(min(gap, 1 << 20))
            if not data:
                raise IntegrityError("invalid layer: the tar is cut off")
            gap -= len(data)

    def _read(self, count: int) -> bytes:
        parts = []
        while count > 0:
            data = self._source.read(count)
            if not data:
                break
            parts.append(data)
            count -= len(data)
        return b"".join(parts)
