"""A gzip encoder whose bytes are the same on every machine (RFC 1951, RFC 1952).

zlib's output differs between its builds, so digests of compressed layers cannot rest on it. This encoder writes real
content as stored blocks and a run of zeros as one block with the fixed Huffman codes: a literal zero, then matches of
258 bytes at distance 1. Eight such matches fill 13 bytes exactly, so a run of any length is three joined byte strings.
Any gzip reads the result. Invariant: equal input gives equal output, however the input is cut into reads.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from functools import lru_cache
from typing import BinaryIO

from dockkernel.oci.digest import CHUNK

_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
"""No name, no time, operating system unknown."""
_FINAL = b"\x01\x00\x00\xff\xff"
_STORED_MAX = 0xFFFF
_LONGEST = 258
_EVEN = 10
"""The longest match whose code has no extra bits, 258 aside."""
_PERIOD_MATCHES, _PERIOD_BYTES = 8, 13
_RUN_MAX = 1 << 26
_RUN = re.compile(rb"\x00{64,}")
_ZEROS = bytes(CHUNK)


def compress(stream: BinaryIO) -> Iterator[bytes]:
    """The gzip form of what is left in `stream`, in pieces; memory does not grow with the size."""
    yield _HEADER
    crc = size = run = 0
    while chunk := _full(stream, CHUNK):
        crc, size = zlib.crc32(chunk, crc), size + len(chunk)
        if chunk == _ZEROS:
            run += len(chunk)
            continue
        position = 0
        for match in _RUN.finditer(chunk):
            if match.start() > position:
                yield from _zeros(run)
                yield from _stored(chunk[position : match.start()])
                run = 0
            run += match.end() - match.start()
            position = match.end()
        if position < len(chunk):
            yield from _zeros(run)
            yield from _stored(chunk[position:])
            run = 0
    yield from _zeros(run)
    yield _FINAL + crc.to_bytes(4, "little") + (size & 0xFFFFFFFF).to_bytes(4, "little")


def _full(stream: BinaryIO, size: int) -> bytes:
    """Exactly `size` bytes unless the stream ends, so that the output does not depend on short reads."""
    first = stream.read(size)
    if len(first) in (0, size):
        return first
    pieces, got = [first], len(first)
    while got < size and (piece := stream.read(size - got)):
        pieces.append(piece)
        got += len(piece)
    return b"".join(pieces)


def _stored(data: bytes) -> Iterator[bytes]:
    for start in range(0, len(data), _STORED_MAX):
        block = data[start : start + _STORED_MAX]
        yield b"\x00" + len(block).to_bytes(2, "little") + (len(block) ^ 0xFFFF).to_bytes(2, "little")
        yield block


def _zeros(count: int) -> Iterator[bytes]:
    """Blocks for `count` zeros; an empty stored block after each brings the stream back to a byte border."""
    while count:
        part = min(count, _RUN_MAX)
        yield _run(part)
        count -= part


@lru_cache(maxsize=64)
def _run(count: int) -> bytes:
    matches, rest = divmod(count - 1, _LONGEST)
    periods, odd = divmod(matches, _PERIOD_MATCHES)
    if periods < 2:
        return _encode(matches, rest)
    short = _encode(2 * _PERIOD_MATCHES + odd, rest)
    # Byte 2 lies within the matches (block header and literal take 11 bits), so whole periods can be put in there.
    return short[:2] + short[2 : 2 + _PERIOD_BYTES] * (periods - 2) + short[2:]


def _encode(matches: int, rest: int) -> bytes:
    bits = _Bits()
    bits.put(0b010, 3)
    bits.code(0b00110000, 8)
    for _ in range(matches):
        bits.code(0b11000101, 8)
        bits.code(0, 5)
    evens, left = divmod(rest, _EVEN)
    for length in [_EVEN] * evens + ([left] if left > 2 else []):
        bits.code(length - 2, 7)
        bits.code(0, 5)
    for _ in range(left if left <= 2 else 0):
        bits.code(0b00110000, 8)
    bits.code(0, 7)
    bits.put(0, 3)
    return bits.value.to_bytes((bits.length + 7) // 8, "little") + b"\x00\x00\xff\xff"


class _Bits:
    """Bits in deflate's order: numbers from the low bit on, Huffman codes from the high bit on."""

    def __init__(self) -> None:
        self.value = 0
        self.length = 0

    def put(self, number: int, width: int) -> None:
        self.value |= number << self.length
        self.length += width

    def code(self, code: int, width: int) -> None:
        for position in reversed(range(width)):
            self.put(code >> position & 1, 1)
