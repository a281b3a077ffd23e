"""Where blobs live: three small protocols. Their semantics are here; `store.layout` and `store.memory` keep them.

A blob is written once under its digest and never changed. A reader checks size and digest while it reads, so damage is
an `IntegrityError` and never a wrong answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, Protocol

from dockkernel.oci.digest import Digest


class BlobReader(Protocol):
    """Something blobs can be read from."""

    def open(self, digest: Digest) -> BinaryIO:
        """A stream of the blob's bytes; seekable where the place allows it. `BlobNotFound` when it is not here."""
        ...

    def size(self, digest: Digest) -> int | None:
        """The blob's size in bytes, or None when it is not here."""
        ...


class BlobStore(BlobReader, Protocol):
    """A reader that takes blobs too."""

    def put(self, data: BinaryIO, expect: Digest | None = None) -> tuple[Digest, int]:
        """Stores what is left in `data`; gives its digest and size.

        Atomic and idempotent: after a normal return the blob is whole and durable, whoever stored it; after an error
        or a kill nothing of it can be seen. `IntegrityError` when `expect` is given and differs. Runs of zeros are
        stored sparsely where the file system can.
        """
        ...


class BlobSweeper(Protocol):
    """The other half of garbage collection."""

    def list(self) -> Iterator[Digest]:
        """Every blob that is here, in no order."""
        ...

    def delete(self, digest: Digest) -> None:
        """Removes the blob; no error when it is not here."""
        ...
