"""Small streams around other streams, for bytes that pass through once."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import BinaryIO, cast


class Prefixed(io.RawIOBase):
    """Bytes that were read already, then the rest of the stream that they came from."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head = head
        self._rest = rest

    @classmethod
    def over(cls, head: bytes, rest: BinaryIO) -> BinaryIO:
        """The same, as what functions that read take."""
        return cast("BinaryIO", cls(head, rest))

    def read(self, size: int = -1, /) -> bytes:
        """Up to `size` bytes; fewer do not mean the end."""
        if size is None or size < 0:
            data, self._head = self._head, b""
            return data + self._rest.read()
        if self._head:
            data, self._head = self._head[:size], self._head[size:]
            return data
        return self._rest.read(size)

    def readable(self) -> bool:
        """True."""
        return True


class Counted(io.RawIOBase):
    """A stream that tells how many of its bytes have been read."""

    def __init__(self, stream: BinaryIO, tell_read: Callable[[int], None]) -> None:
        self._stream = stream
        self._tell_read = tell_read
        self._seen = 0

    @classmethod
    def over(cls, stream: BinaryIO, tell_read: Callable[[int], None]) -> BinaryIO:
        """The same, as what functions that read take."""
        return cast("BinaryIO", cls(stream, tell_read))

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes."""
        data = self._stream.read(size)
        self._seen += len(data)
        if data:
            self._tell_read(self._seen)
        return data

    def readable(self) -> bool:
        """True."""
        return True


def whole_read(stream: BinaryIO, size: int) -> bytes:
    """So many bytes of a stream that may give fewer at a time; fewer at its end only."""
    data = b""
    while len(data) < size and (more := stream.read(size - len(data))):
        data += more
    return data
