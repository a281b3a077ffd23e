from __future__ import annotations

import io

import pytest

from dockkernel.errors import IntegrityError
from dockkernel.oci.digest import Digest
from dockkernel.store.verify import verified

DATA = b"0123456789" * 1000


@pytest.mark.parametrize("step", [1, 7, 4096, len(DATA), len(DATA) + 1, -1])
def test_good_bytes_pass_in_steps_of_any_size(step: int) -> None:
    stream = verified(io.BytesIO(DATA), Digest.of(DATA), len(DATA))
    found = b""
    while chunk := stream.read(step):
        found += chunk
    assert found == DATA


@pytest.mark.parametrize(
    ("actual", "reason"),
    [
        (DATA[:-1] + b"x", "its content does not match"),
        (DATA[:-1], "its size differs"),
        (DATA + b"x", "its size differs"),
    ],
)
def test_bad_bytes_never_pass_whole(actual: bytes, reason: str) -> None:
    for step in (100, len(DATA), -1):
        stream = verified(io.BytesIO(actual), Digest.of(DATA), len(DATA))
        with pytest.raises(IntegrityError, match=reason):
            while stream.read(step):
                pass


def test_the_very_read_that_completes_damage_raises() -> None:
    stream = verified(io.BytesIO(DATA[:-1] + b"x"), Digest.of(DATA), len(DATA))
    stream.read(len(DATA) - 1)
    with pytest.raises(IntegrityError):
        stream.read(1)


def test_reads_elsewhere_are_let_through_and_a_new_start_is_checked_anew() -> None:
    stream = verified(io.BytesIO(DATA[:-1] + b"x"), Digest.of(DATA), len(DATA))
    stream.read(10)
    assert stream.seek(20) == 20
    assert stream.read(5) == DATA[20:25]
    assert stream.tell() == 25
    stream.seek(0)
    with pytest.raises(IntegrityError):
        stream.read()


def test_reading_nothing_says_nothing_about_the_end() -> None:
    stream = verified(io.BytesIO(DATA), Digest.of(DATA), len(DATA))
    assert stream.read(0) == b""
    assert stream.read() == DATA


def test_it_reads_into_buffers() -> None:
    stream = io.BufferedReader(verified(io.BytesIO(DATA), Digest.of(DATA), len(DATA)))  # type: ignore[type-var]
    assert stream.read() == DATA
