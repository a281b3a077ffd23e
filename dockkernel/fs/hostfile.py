"""The content of a file on the host, read when it is needed and only if it is still the file that was seen."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from dockkernel.errors import IntegrityError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

# A link or FIFO may have come to the file's place: do not follow the one, do not wait for the other.
_CAREFUL = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
_BINARY = getattr(os, "O_BINARY", 0)


@dataclass(frozen=True, slots=True)
class HostFile:
    """A file on the host as it was when it was seen."""

    path: str
    """Absolute, as text: paths are slow to make and to compare, and a context has 50,000."""
    size: int
    """Bytes."""
    mtime_ns: int
    inode: tuple[int, int]
    """Device and inode number; zeros where the host does not tell."""

    def __hash__(self) -> int:
        # Without the path, whose hash costs more than all the rest.
        return hash((self.inode, self.mtime_ns, self.size))

    def open(self) -> BinaryIO:
        """A fresh stream; `IntegrityError`, at the latest with the last bytes, when the file has changed."""
        try:
            raw = _Reader(self)
        except OSError as error:
            raise _changed(self.path) from error
        return cast("BinaryIO", io.BufferedReader(raw, 1 << 17))

    def read(self) -> bytes:
        """All bytes in one go, for small files: in half the time of a stream. `IntegrityError` as with `open`."""
        try:
            descriptor = os.open(self.path, os.O_RDONLY | _BINARY | _CAREFUL)
            try:
                data = os.read(descriptor, self.size + 1)
                self.check(os.fstat(descriptor))
            finally:
                os.close(descriptor)
        except OSError as error:
            raise _changed(self.path) from error
        if len(data) == self.size:
            return data
        with self.open() as source:
            return source.read()

    def check(self, now: os.stat_result) -> None:
        """`IntegrityError` when that is another file, or the same one changed."""
        same_inode = self.inode in ((0, 0), (now.st_dev, now.st_ino))
        if now.st_size != self.size or now.st_mtime_ns != self.mtime_ns or not same_inode:
            raise _changed(self.path)


def _changed(path: str) -> IntegrityError:
    return IntegrityError(f"{Path(path).name}: the file changed while it was being read")


class _Reader(io.FileIO):
    """The file, with a look at its size and time before the first and after the last byte."""

    def __init__(self, file: HostFile) -> None:
        super().__init__(file.path, "r", opener=lambda path, flags: os.open(path, flags | _CAREFUL))
        self._file = file
        self._check()

    def _check(self) -> None:
        self._file.check(os.fstat(self.fileno()))

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        count = super().readinto(buffer) or 0
        if count == 0 or self.tell() >= self._file.size:
            self._check()
        return count

    def readall(self) -> bytes:
        data = super().readall() or b""
        self._check()
        return data
