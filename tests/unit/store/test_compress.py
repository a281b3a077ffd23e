from __future__ import annotations

import gzip
import io
import os
import tracemalloc

import pytest
import zstandard

from dockkernel.errors import IntegrityError, Unsupported
from dockkernel.store.compress import decompressor

NOISE = os.urandom(300_000)
DATA = NOISE + bytes(5 << 20) + NOISE


def _gzip(data: bytes) -> bytes:
    return gzip.compress(data, 1)


def _zstd(data: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(data)


PACKERS = {"gzip": _gzip, "zstd": _zstd}


@pytest.mark.parametrize("name", PACKERS)
def test_what_was_packed_comes_out(name: str) -> None:
    stream = decompressor(io.BytesIO(PACKERS[name](DATA)), name)
    assert stream.read(10) == DATA[:10]
    assert stream.read() == DATA[10:]


@pytest.mark.parametrize("name", PACKERS)
def test_several_members_follow_one_another(name: str) -> None:
    pack = PACKERS[name]
    assert decompressor(io.BytesIO(pack(b"one") + pack(b"") + pack(b"two")), name).read() == b"onetwo"


@pytest.mark.parametrize("name", PACKERS)
def test_the_packed_stream_is_read_to_its_end(name: str) -> None:
    source = io.BytesIO(PACKERS[name](DATA))
    decompressor(source, name).read()
    assert source.read() == b""


def test_zeros_behind_a_gzip_member_are_padding() -> None:
    assert decompressor(io.BytesIO(_gzip(b"x") + bytes(1000)), "gzip").read() == b"x"


@pytest.mark.parametrize(
    "packed",
    [b"", _gzip(DATA)[:-5], _gzip(DATA)[:1000], b"plain text", _gzip(b"x") + b"garbage", _gzip(NOISE)[:-8] + bytes(8)],
    ids=["empty", "no end", "half", "no gzip", "tail", "wrong sum"],
)
def test_damaged_gzip_is_an_integrity_error(packed: bytes) -> None:
    if not packed:
        assert decompressor(io.BytesIO(packed), "gzip").read() == b""
        return
    with pytest.raises(IntegrityError, match="layer is damaged"):
        decompressor(io.BytesIO(packed), "gzip").read()


def test_damaged_zstd_is_an_integrity_error() -> None:
    for packed in (
        b"plain text",
        _zstd(NOISE)[:100] + bytes(100),
        _zstd(DATA)[:-3],
        _zstd(DATA)[:2],
        _zstd(b"x") + b"y",
    ):
        with pytest.raises(IntegrityError, match="layer is damaged"):
            decompressor(io.BytesIO(packed), "zstd").read()


def test_nothing_to_unpack_is_the_stream_itself() -> None:
    source = io.BytesIO(b"tar")
    assert decompressor(source, None) is source


def test_an_unknown_compression_is_refused() -> None:
    with pytest.raises(Unsupported, match="xz"):
        decompressor(io.BytesIO(b""), "xz")


@pytest.mark.parametrize("name", PACKERS)
def test_a_bomb_is_unpacked_in_small_pieces(name: str) -> None:
    stream = decompressor(io.BytesIO(PACKERS[name](bytes(300 << 20))), name)
    tracemalloc.start()
    try:
        assert stream.read(1 << 20) == bytes(1 << 20)
        assert tracemalloc.get_traced_memory()[1] < 100 << 20
    finally:
        tracemalloc.stop()
