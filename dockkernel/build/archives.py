"""Which files are tar archives, and what is inside their compression.

What is an archive is decided by its content, never by its name: nothing, gzip, bzip2, xz or zstd around a tar with at
least one entry.
"""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, cast

from dockkernel.errors import IntegrityError, InvalidInput
from dockkernel.fs.node import Content
from dockkernel.store.compress import decompressor

BLOCK = tarfile.BLOCKSIZE
HEAD = 16
"""Bytes that are enough to see a compression."""
PROCESSING = "Error processing tar file(exit status 1): "
"""How the classic builder's words for a damaged archive begin."""
_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x1f\x8b\x08", "gzip"), (b"BZh", "bzip2"), (b"\xfd7zXZ\0", "xz"), (b"\x28\xb5\x2f\xfd", "zstd"),
)  # fmt: skip


def compression(head: bytes) -> str | None:
    """The compression of a stream that begins so, None for none that is known."""
    return next((name for magic, name in _MAGIC if head.startswith(magic)), None)


def uncompressed(stream: BinaryIO, kind: str | None) -> BinaryIO:
    """The bytes inside a stream of that compression; reading it needs `damage` around it."""
    if kind == "bzip2":
        import bz2

        return cast("BinaryIO", bz2.BZ2File(stream))
    if kind == "xz":
        import lzma

        return cast("BinaryIO", lzma.LZMAFile(stream))
    return decompressor(stream, kind)


def begins_archive(head: bytes) -> bool:
    """Whether the first bytes of an uncompressed stream are a tar's first header."""
    block = head[:BLOCK]
    if len(block) < BLOCK or not any(block):
        return False
    try:
        tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except tarfile.HeaderError:
        return False
    return True


def is_archive(content: Content) -> bool:
    """Whether a file is a tar archive, compressed or not."""
    with content.open() as stream:
        kind = compression(stream.read(HEAD))
    try:
        with content.open() as stream, damage():
            return begins_archive(uncompressed(stream, kind).read(BLOCK))
    except InvalidInput:
        return False


@contextmanager
def damage() -> Iterator[None]:
    """Turns what decompressors and the tar reader raise for damaged input into one line."""
    import lzma
    import zlib

    try:
        yield
    except (tarfile.TarError, EOFError, zlib.error, lzma.LZMAError, IntegrityError) as error:
        ended = isinstance(error, EOFError) or "unexpected end" in str(error)
        raise InvalidInput(f"{PROCESSING}{'unexpected EOF' if ended else error}") from error
