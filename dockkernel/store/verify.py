"""A reader that hashes what passes through it, so that damage is an error and never a wrong answer.

Invariant: whoever reads a blob from its first byte to its last has read the bytes that its digest names. A reader that
was moved by `seek` cannot promise that any more; going back to the start begins anew.
"""

from __future__ import annotations

import hashlib
import io
from typing import BinaryIO, cast

from dockkernel.errors import IntegrityError
from dockkernel.oci.digest import Digest


class VerifyingReader(io.BufferedIOBase):
    """A stream over `raw` that raises `IntegrityError` with the last byte when the whole differs from `digest`.

    `size` is the number of bytes that are expected. The read that would complete damaged bytes raises, so a caller
    that asks for exactly `size` bytes is protected too.
    """

    def __init__(self, raw: BinaryIO, digest: Digest, size: int) -> None:
        self._raw = raw
        self._digest = digest
        self._size = size
        self._hasher = hashlib.new(digest.algorithm)
        self._hashed = 0
        self._position = 0

    def read(self, count: int | None = -1, /) -> bytes:
        """Up to `count` bytes, fewer only at the end."""
        data = self._raw.read(-1 if count is None else count)
        asked = count is None or count != 0
        if self._position == self._hashed:
            self._hash(data, ended=asked and not data)
        self._position += len(data)
        return data

    def read1(self, count: int = -1, /) -> bytes:
        """The same as `read`."""
        return self.read(count)

    def _hash(self, data: bytes, *, ended: bool) -> None:
        self._hasher.update(data)
        self._hashed += len(data)
        if self._hashed > self._size or (ended and self._hashed < self._size):
            raise IntegrityError(f"blob {self._digest} is damaged: {self._size} bytes expected, its size differs")
        if self._hashed == self._size and self._hasher.hexdigest() != self._digest.hex:
            raise IntegrityError(f"blob {self._digest} is damaged: its content does not match its digest")

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Moves; a move to the start begins the check anew."""
        self._position = self._raw.seek(offset, whence)
        if self._position == 0:
            self._hasher, self._hashed = hashlib.new(self._digest.algorithm), 0
        return self._position

    def tell(self) -> int:
        """Bytes from the start."""
        return self._position

    def readable(self) -> bool:
        """True."""
        return True

    def seekable(self) -> bool:
        """As the stream below."""
        return self._raw.seekable()

    def close(self) -> None:
        """Closes the stream below too."""
        self._raw.close()
        super().close()


def verified(raw: BinaryIO, digest: Digest, size: int) -> BinaryIO:
    """`raw`, checked against `digest` and `size` (bytes) while it is read; closing it closes `raw`."""
    return cast("BinaryIO", VerifyingReader(raw, digest, size))
