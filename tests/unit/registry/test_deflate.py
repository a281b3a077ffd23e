"""The gzip encoder: any gzip reads it, and its bytes are fixed for ever."""

from __future__ import annotations

import gzip
import hashlib
import io
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockkernel.registry.deflate import compress


class Dribble(io.RawIOBase):
    """A stream that gives its bytes in pieces of odd sizes."""

    def __init__(self, data: bytes, sizes: Iterator[int]) -> None:
        self._source = io.BytesIO(data)
        self._sizes = sizes

    def read(self, size: int = -1, /) -> bytes:
        return self._source.read(min(size, next(self._sizes)))


def encoded(data: bytes) -> bytes:
    return b"".join(compress(io.BytesIO(data)))


@pytest.mark.parametrize("around", [(b"", b""), (b"head", b""), (b"", b"tail"), (b"a" * 70_000, b"b" * 70_000)])
@pytest.mark.parametrize(
    "zeros", [0, 1, 63, 64, 65, 258, 259, 322, 2064, 2065, 4129, 65_536, (1 << 20) - 1, (1 << 20) + 7]
)
def test_zero_runs_of_any_length_come_back(zeros: int, around: tuple[bytes, bytes]) -> None:
    data = around[0] + bytes(zeros) + around[1]
    assert gzip.decompress(encoded(data)) == data


def test_every_remainder_of_a_run_comes_back() -> None:
    for zeros in range(64, 64 + 2 * 258 * 8):
        assert gzip.decompress(encoded(bytes(zeros))) == bytes(zeros)


@given(st.lists(st.one_of(st.binary(max_size=200), st.integers(0, 5000).map(bytes)), max_size=8))
def test_any_content_comes_back(parts: list[bytes]) -> None:
    data = b"".join(parts)
    assert gzip.decompress(encoded(data)) == data


def test_the_bytes_do_not_depend_on_how_they_are_read() -> None:
    data = b"x" * 1000 + bytes(3_000_000) + b"y" * 5000 + bytes(100)
    sizes = iter(range(1, 10_000_000, 997))
    assert b"".join(compress(Dribble(data, sizes))) == encoded(data)  # type: ignore[arg-type]


def test_the_bytes_are_the_same_on_every_machine() -> None:
    data = b"real content, " * 40 + bytes(5_000_000) + b"end"
    assert (
        hashlib.sha256(encoded(data)).hexdigest() == "256d21b430906376663587a6997b3f387250879a2dadb3d6a6150256045b0fff"
    )


def test_a_big_hole_shrinks_as_much_as_real_programs_do() -> None:
    assert 0.3 < len(encoded(bytes(50_000_000))) / 50_000_000 < 0.45


def test_small_holes_take_little_room() -> None:
    assert len(encoded(bytes(150_000))) < 1500
