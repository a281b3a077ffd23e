"""Layers on their way in: the bytes inside a gzip or zstd stream (OCI image spec, layer.md, "+gzip and +zstd").

Memory is bounded whatever the stream claims to hold. The compressed stream is read to its very end, so that a
verifying reader below has seen all of it.
"""

from __future__ import annotations

import io
import zlib
from typing import Any, BinaryIO, cast

from dockkernel.errors import IntegrityError, Unsupported

_INPUT = 1 << 17
_OUTPUT = 1 << 20
_INFLATED = 1 << 16
"""Bytes inflated at a time: small results stay clear of the allocator's big blocks, and take two thirds of the time."""
_PIECE = 2048
"""Bytes of zstd that are decoded at a time: four can stand for 128 KiB, so this bounds the output to 64 MiB."""
_ZSTD_WINDOW = 1 << 27
"""Bytes of history that a zstd frame may ask for at most, as the zstd tool's own default limit."""


def decompressor(stream: BinaryIO, compression: str | None) -> BinaryIO:
    """A stream of the uncompressed bytes of `stream`; `compression` is `"gzip"`, `"zstd"` or None.

    Not seekable unless nothing is compressed. `IntegrityError` while reading when the stream is damaged or cut off,
    `Unsupported` for another name.
    """
    if compression is None:
        return stream
    if compression == "gzip":
        return cast("BinaryIO", io.BufferedReader(_Gunzip(stream), _OUTPUT))
    if compression == "zstd":
        return cast("BinaryIO", io.BufferedReader(_Unzstd(stream), _OUTPUT))
    raise Unsupported(f"unsupported compression: {compression}")


class _Gunzip(io.RawIOBase):
    """All members of a gzip file, one after the other, with their checksums checked (RFC 1952)."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._inflate = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        self._fresh = True
        """No byte of the current member has been seen."""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]
        data = self._next(min(len(buffer), _INFLATED))
        buffer[: len(data)] = data
        return len(data)

    def _next(self, count: int) -> bytes:
        while True:
            if self._inflate.eof:
                pending = self._inflate.unused_data
                self._inflate, self._fresh = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16), True
            else:
                pending = self._inflate.unconsumed_tail
            if self._fresh:
                pending = pending.lstrip(b"\0")
            pending = pending or self._stream.read(_INPUT)
            if not pending:
                if not self._fresh:
                    raise IntegrityError("layer is damaged: unexpected end of its gzip stream")
                return b""
            self._fresh = False
            try:
                data = self._inflate.decompress(pending, count)
            except zlib.error as error:
                raise IntegrityError(f"layer is damaged: no gzip stream: {error}") from error
            if data:
                return data


class _Unzstd(io.RawIOBase):
    """All frames of a zstd stream, which must be whole (RFC 8878)."""

    def __init__(self, stream: BinaryIO) -> None:
        import zstandard

        self._stream = stream
        self._error = zstandard.ZstdError
        self._decoder = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
        self._frame: Any = None
        """The decoder of the frame that has begun, None between frames."""
        self._input = memoryview(b"")
        self._output = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]
        while not self._output:
            if not self._input:
                self._input = memoryview(self._stream.read(_INPUT))
            if not self._input:
                if self._frame is not None:
                    raise IntegrityError("layer is damaged: unexpected end of its zstd stream")
                return 0
            self._output = memoryview(self._step())
        count = min(len(buffer), len(self._output))
        buffer[:count] = self._output[:count]
        self._output = self._output[count:]
        return count

    def _step(self) -> bytes:
        """Decodes the next piece of the input."""
        if self._frame is None:
            self._frame = self._decoder.decompressobj()
        piece = self._input[:_PIECE]
        try:
            data = bytes(self._frame.decompress(piece))
        except self._error as error:
            raise IntegrityError(f"layer is damaged: no zstd stream: {error}") from error
        used = len(piece)
        if self._frame.eof:
            used -= len(self._frame.unused_data)
            self._frame = None
        self._input = self._input[used:]
        return data
