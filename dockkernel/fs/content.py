"""Where a file's bytes can come from, beside memory: a part of a blob, a blob with holes, several parts."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, cast

from dockkernel.errors import IntegrityError
from dockkernel.fs.hostfile import HostFile
from dockkernel.fs.node import Content, Inline

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

OpenBlob = Callable[[], BinaryIO]
"""Gives a fresh stream over one blob."""


class Slice(NamedTuple):
    """A range of a blob. A tuple, since an image has 100,000 of them."""

    blob: OpenBlob
    offset: int
    size: int
    """Bytes."""

    def open(self) -> BinaryIO:
        """A fresh stream; `IntegrityError` while reading when the blob ends too early."""
        return stream(_Range(self.blob, self.offset, self.size))


class SparseSlice(NamedTuple):
    """A file with holes: parts of a blob at places in the file, zeros between them."""

    blob: OpenBlob
    parts: tuple[tuple[int, int, int], ...]
    """(place in the file, place in the blob, bytes), in file order, none overlapping."""
    size: int
    """Bytes, holes included."""

    def open(self) -> BinaryIO:
        """A fresh stream; holes read as zeros."""
        return stream(_Chain(self._pieces()))

    def _pieces(self) -> Iterator[io.RawIOBase]:
        at = 0
        for place, offset, length in self.parts:
            yield _Zeros(place - at)
            yield _Range(self.blob, offset, length)
            at = place + length
        yield _Zeros(self.size - at)


class Joined(NamedTuple):
    """Contents one after another."""

    parts: tuple[Content, ...]
    size: int
    """Bytes."""

    def open(self) -> BinaryIO:
        """A fresh stream over all of them."""
        return stream(_Chain(_Opened(part) for part in self.parts))


class LowerLink(NamedTuple):
    """Stands in a layer's file for a hard link to a name that only a lower layer has; `change.apply` resolves it."""

    target: str
    """The path, without a leading slash."""

    @property
    def size(self) -> int:
        """0: a link adds no bytes to its layer."""
        return 0

    def open(self) -> BinaryIO:
        """Nothing to read before the layers are put together: `IntegrityError`."""
        raise IntegrityError(f"a hard link to {self.target!r} in a lower layer has no content of its own")


CHUNK = 1 << 18
"""Bytes that readers of whole contents ask for at a time."""


def chunks(content: Content) -> Iterator[bytes]:
    """The bytes in pieces, of at most `CHUNK` when they are not in memory; `IntegrityError` when there are too few."""
    if isinstance(content, Inline):
        yield content.data
        return
    if isinstance(content, HostFile) and content.size <= CHUNK:
        yield content.read()
        return
    with content.open() as source:
        yield from _exactly(source, content.size)


def _exactly(source: BinaryIO, count: int) -> Iterator[bytes]:
    while count:
        data = source.read(min(CHUNK, count))
        if not data:
            raise IntegrityError(f"file content ended {count} bytes too early")
        count -= len(data)
        yield data


class SliceReader:
    """Reads many contents one after another; keeps a blob open as long as slices of it follow each other."""

    def __init__(self) -> None:
        self._blob: OpenBlob | None = None
        self._source: BinaryIO | None = None

    def chunks(self, content: Content) -> Iterator[bytes]:
        """As the function `chunks`."""
        if not isinstance(content, Slice):
            return chunks(content)
        if self._source is None or self._blob is not content.blob:
            self.close()
            self._blob, self._source = content.blob, content.blob()
        if not self._source.seekable():
            return chunks(content)
        self._source.seek(content.offset)
        return _exactly(self._source, content.size)

    def close(self) -> None:
        """Lets go of the blob."""
        if self._source is not None:
            self._source.close()
        self._blob = self._source = None


def stream(raw: io.RawIOBase) -> BinaryIO:
    """A raw reader as a buffered stream."""
    return cast("BinaryIO", io.BufferedReader(raw, 1 << 16))


class _Range(io.RawIOBase):
    """Part of a blob; opened at the first read."""

    def __init__(self, blob: OpenBlob, offset: int, size: int) -> None:
        self._blob = blob
        self._offset = offset
        self._size = size
        self._at = 0
        self._source: BinaryIO | None = None

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if base + offset != self._at:
            self._at = max(0, base + offset)
            self._drop()
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer).cast("B")
        want = min(len(view), self._size - self._at)
        if want <= 0:
            return 0
        if self._source is None:
            self._source = self._blob()
            _skip(self._source, self._offset + self._at)
        data = self._source.read(want)
        if not data:
            raise IntegrityError(f"blob ended {self._size - self._at} bytes too early")
        view[: len(data)] = data
        self._at += len(data)
        return len(data)

    def _drop(self) -> None:
        if self._source is not None:
            self._source.close()
            self._source = None

    def close(self) -> None:
        self._drop()
        super().close()


def _skip(source: BinaryIO, count: int) -> None:
    if source.seekable():
        source.seek(count)
        return
    while count:
        data = source.read(min(CHUNK, count))
        if not data:
            raise IntegrityError(f"blob ended {count} bytes too early")
        count -= len(data)


class _Zeros(io.RawIOBase):
    def __init__(self, size: int) -> None:
        self._left = size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer).cast("B")
        count = min(len(view), self._left)
        view[:count] = bytes(count)
        self._left -= count
        return count


class _Opened(io.RawIOBase):
    """A content, opened at the first read."""

    def __init__(self, content: Content) -> None:
        self._content = content
        self._source: BinaryIO | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        if self._source is None:
            self._source = self._content.open()
        view = memoryview(buffer).cast("B")
        data = self._source.read(len(view))
        view[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if self._source is not None:
            self._source.close()
        super().close()


class _Chain(io.RawIOBase):
    """Raw readers one after another, each closed when it is done."""

    def __init__(self, pieces: Iterator[io.RawIOBase]) -> None:
        self._pieces = pieces
        self._now: io.RawIOBase | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        if not memoryview(buffer).nbytes:
            return 0
        while True:
            if self._now is None:
                self._now = next(self._pieces, None)
                if self._now is None:
                    return 0
            count = self._now.readinto(buffer)
            if count:
                return int(count)
            self._now.close()
            self._now = None

    def close(self) -> None:
        if self._now is not None:
            self._now.close()
            self._now = None
        super().close()
