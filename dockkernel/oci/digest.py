"""Digests: content addresses as the OCI image spec defines them (descriptor.md, "Digests").

Invariant: a `Digest` is always well formed; `Digest.of` hashes the very bytes it is given.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import BinaryIO

from dockkernel.errors import ParseError

CHUNK = 1 << 20
"""Bytes read at a time when a stream is hashed or copied."""

_PATTERN = re.compile(r"(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})\Z")


@dataclass(frozen=True, slots=True, order=True)
class Digest:
    """`algorithm:hex`; `str(digest)` is that form again.

    >>> Digest.of(b"").hex[:12]
    'e3b0c44298fc'
    """

    algorithm: str
    hex: str

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.hex}"

    @property
    def short(self) -> str:
        """The first 12 hexadecimal digits, as Docker shows ids."""
        return self.hex[:12]

    @classmethod
    def parse(cls, text: str) -> Digest:
        """The digest that `text` spells; `ParseError` when it spells none."""
        if not _PATTERN.match(text):
            raise ParseError("invalid checksum digest format")
        algorithm, _, digits = text.partition(":")
        return cls(algorithm, digits)

    @classmethod
    def of(cls, data: bytes) -> Digest:
        """The sha256 digest of `data`."""
        return cls("sha256", hashlib.sha256(data).hexdigest())

    @classmethod
    def of_stream(cls, stream: BinaryIO) -> tuple[Digest, int]:
        """The sha256 digest of what is left in `stream`, and its size in bytes."""
        hasher, size = hashlib.sha256(), 0
        while chunk := stream.read(CHUNK):
            hasher.update(chunk)
            size += len(chunk)
        return cls("sha256", hasher.hexdigest()), size
