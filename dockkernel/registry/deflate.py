"""A gzip encoder whose bytes are the same on every machine (RFC 1951, RFC 1952).

zlib's output differs between its builds, so digests of compressed layers cannot rest on it. This encoder writes real
content as stored blocks and a run of zeros as one block with the fixed Huffman codes: a literal zero, then matches of
258 bytes at distance 1. Eight such matches fill 13 bytes exactly, so a run of any length is three joined byte strings.
Two fifths of a long run are stored as they are: then a layer is about as much smaller than its content as layers of
real programs are, and what a registry counts and what a disk counts differ as they do in real life.
Any gzip reads the result. Invariant: equal input gives equal output, however the input is cut into reads.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from functools import lru_cache
from typing import BinaryIO

from dockkernel.oci.digest import CHUNK

_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
"""No name, no time, operating system unknown."""
_FINAL = b"\x01\x00\x00\xff\xff"
_STORED_MAX = 0xFFFF
_STORED_ZEROS = b"\x00\xff\xff\x00\x00" + bytes(_STORED_MAX)
_LONGEST = 258
_EVEN = 10
"""The longest match whose code has no extra bits, 258 aside."""
_PERIOD_MATCHES, _PERIOD_BYTES = 8, 13
_RUN_MAX = 1 << 26
_RUN = bytes(64)
"""Shorter runs of zeros are written as they are."""
_RUNS = [*(bytes(1 << power) for power in range(0, 20, 2)), bytes(CHUNK)]


def compress(stream: BinaryIO) -> Iterator[bytes]:
    """The gzip form of what is left in `stream`, in pieces; memory does not grow with the size."""
    yield _HEADER
    crc = size = run = 0
    while chunk := _full(stream, CHUNK):
        crc, size = zlib.crc32(chunk, crc), size + len(chunk)
        position = 0
        while position < len(chunk):
            start = chunk.find(_RUN, position)
            start = len(chunk) if start < 0 else start
            if start > position:
                yield from _zeros(run)
                yield from _stored(chunk[position:start])
                run = 0
            position = _end_of_zeros(chunk, start)
            run += position - start
    yield from _zeros(run)
    yield _FINAL + crc.to_bytes(4, "little") + (size & 0xFFFFFFFF).to_bytes(4, "little")


def _end_of_zeros(chunk: bytes, start: int) -> int:
    """Where the zeros that begin at `start` end, found by comparing with ever longer, then ever shorter runs."""
    level = 0
    while level >= 0:
        if chunk.startswith(_RUNS[level], start):
            start += len(_RUNS[level])
            level = min(level + 1, len(_RUNS) - 1)
        else:
            level -= 1
    return start


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
    for _ in range(count * 2 // 5 // _STORED_MAX):
        yield _STORED_ZEROS
        count -= _STORED_MAX
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
    """A block of one literal zero, `matches` matches of the longest length and `rest` zeros more."""
    evens, left = divmod(rest, _EVEN)
    literals, short = (left, 0) if left < 3 else (0, left)
    value, length = 0b010, 3
    for pattern, width, times in (
        (_code(0b00110000, 8), 8, 1),
        (_code(0b11000101, 8), 13, matches),
        (_code(_EVEN - 2, 7), 12, evens),
        (_code(short - 2, 7) if short else 0, 12, 1 if short else 0),
        (_code(0b00110000, 8), 8, literals),
        (0, 7 + 3, 1),
    ):
        # (2^(width * times) - 1) / (2^width - 1) has a one at the start of each repetition.
        value |= pattern * (((1 << width * times) - 1) // ((1 << width) - 1)) << length
        length += width * times
    return value.to_bytes((length + 7) // 8, "little") + b"\x00\x00\xff\xff"


def _code(code: int, width: int) -> int:
    """A Huffman code in deflate's bit order: its high bit comes first. The five bits of distance 1 are zeros."""
    return int(f"{code:0{width}b}"[::-1], 2)
