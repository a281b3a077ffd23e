"""Blobs in memory: the store of tests and of sources that are generated."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from typing import BinaryIO

from dockkernel.errors import BlobNotFound, IntegrityError
from dockkernel.oci.digest import CHUNK, Digest
from dockkernel.store.verify import verified


class MemoryStore:
    """A `BlobStore` and `BlobSweeper` that lives as long as the object; safe to use from several threads."""

    def __init__(self) -> None:
        self._blobs: dict[Digest, bytes] = {}
        self._lock = threading.Lock()

    def _get(self, digest: Digest) -> bytes:
        with self._lock:
            data = self._blobs.get(digest)
        if data is None:
            raise BlobNotFound(f"blob {digest} not found")
        return data

    def open(self, digest: Digest) -> BinaryIO:
        """A verified, seekable stream of the blob; `BlobNotFound` when it is not here."""
        data = self._get(digest)
        return verified(io.BytesIO(data), digest, len(data))

    def open_raw(self, digest: Digest) -> BinaryIO:
        """A seekable stream for slices, not hashed; `BlobNotFound` when it is not here."""
        return io.BytesIO(self._get(digest))

    def size(self, digest: Digest) -> int | None:
        """Bytes, or None when it is not here."""
        with self._lock:
            data = self._blobs.get(digest)
        return None if data is None else len(data)

    def put(self, data: BinaryIO, expect: Digest | None = None) -> tuple[Digest, int]:
        """Stores what is left in `data`; see `BlobStore.put`."""
        content = b"".join(iter(lambda: data.read(CHUNK), b""))
        digest = Digest.of(content)
        if expect is not None and digest != expect:
            raise IntegrityError(f"blob {expect} is damaged: the content received is {digest}")
        with self._lock:
            self._blobs[digest] = content
        return digest, len(content)

    def list(self) -> Iterator[Digest]:
        """Every blob, as of the call."""
        with self._lock:
            return iter(tuple(self._blobs))

    def delete(self, digest: Digest) -> None:
        """Removes the blob; no error when it is not here."""
        with self._lock:
            self._blobs.pop(digest, None)
