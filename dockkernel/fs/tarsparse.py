"""Where the bytes of a sparse file are, in the four forms of GNU tar (its manual, "Storing Sparse Files")."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from dockkernel.errors import IntegrityError
from dockkernel.fs.content import OpenBlob, SparseSlice
from dockkernel.fs.tarformat import BLOCK, decimal, number
from dockkernel.fs.window import Window

Regions = list[tuple[int, int]]
"""(place in the file, bytes), in file order."""

_REGION = 24


def old_gnu(window: Window, at: int, block: bytes) -> tuple[Regions, int, int]:
    """Type `S`: regions, the file's size, and the place after the extension blocks (which start at `at`)."""
    regions = list(_regions(block[386:482]))
    more = block[482]
    while more:
        extension = window.data(at, BLOCK)
        at += BLOCK
        regions += _regions(extension[:504])
        more = extension[504]
    return regions, number(block[483:495]), at


def _regions(table: bytes) -> Iterator[tuple[int, int]]:
    for start in range(0, len(table), _REGION):
        entry = table[start : start + _REGION]
        if not entry[0]:
            return
        yield number(entry[:12]), number(entry[12:])


def pax_0(records: Mapping[str, bytes], repeated: Sequence[tuple[str, bytes]]) -> Regions:
    """Forms 0.0 (repeated `GNU.sparse.offset` and `.numbytes`) and 0.1 (`GNU.sparse.map`)."""
    if "GNU.sparse.map" in records:
        values = records["GNU.sparse.map"].split(b",")
    else:
        values = [value for _, value in repeated]
    return _paired([decimal(value) for value in values])


def pax_1(window: Window, at: int, stored: int) -> tuple[Regions, int]:
    """Form 1.0: the map stands before the data, one decimal number a line; regions, and the map's padded length."""
    lines: list[bytes] = []
    rest = b""
    used = 0
    while not lines or len(lines) < 2 * decimal(lines[0]) + 1:
        if used + BLOCK > stored:
            raise IntegrityError("invalid layer: a sparse file's map is cut off")
        *whole, rest = (rest + window.data(at + used, BLOCK)).split(b"\n")
        lines += whole
        used += BLOCK
    return _paired([decimal(line) for line in lines[1 : 2 * decimal(lines[0]) + 1]]), used


def _paired(numbers: list[int]) -> Regions:
    if len(numbers) % 2:
        raise IntegrityError("invalid layer: a sparse file's map is odd")
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def sparse(blob: OpenBlob, regions: Regions, offset: int, stored: int, size: int) -> SparseSlice:
    """The content; `IntegrityError` unless the regions are in order, in the file, and as long as what is stored."""
    parts: list[tuple[int, int, int]] = []
    end = used = 0
    for place, length in regions:
        if length < 0 or place < end or place + length > size or used + length > stored:
            raise IntegrityError("invalid layer: a sparse file's map is wrong")
        if length:
            parts.append((place, offset + used, length))
        end, used = place + length, used + length
    if used != stored:
        raise IntegrityError("invalid layer: a sparse file's map does not fit its data")
    return SparseSlice(blob, tuple(parts), size)
