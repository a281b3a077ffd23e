"""What `BlobStore` and `BlobSweeper` promise, asked of both stores."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from dockkernel.errors import BlobNotFound, IntegrityError
from dockkernel.oci.digest import Digest
from dockkernel.store.layout import LayoutStore
from dockkernel.store.memory import MemoryStore

Store = LayoutStore | MemoryStore
BIG = bytes(200_000) + b"x" + bytes(3 << 20) + b"tail" * 100 + bytes(1 << 20)


@pytest.fixture(params=["layout", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return LayoutStore(tmp_path / "store") if request.param == "layout" else MemoryStore()


@pytest.mark.parametrize("data", [b"", b"a", bytes(1 << 16), bytes((1 << 16) - 1), bytes((1 << 20) + 1), BIG])
def test_what_was_put_is_read_back(store: Store, data: bytes) -> None:
    digest, size = store.put(io.BytesIO(data))
    assert (digest, size) == (Digest.of(data), len(data))
    assert store.size(digest) == len(data)
    with store.open(digest) as stream:
        assert stream.read() == data
    with store.open_raw(digest) as stream:
        stream.seek(len(data) // 2)
        assert stream.read(10) == data[len(data) // 2 :][:10]


def test_put_takes_what_is_left_of_the_stream(store: Store) -> None:
    source = io.BytesIO(b"headbody")
    source.seek(4)
    assert store.put(source)[0] == Digest.of(b"body")


def test_put_twice_is_put_once(store: Store) -> None:
    first = store.put(io.BytesIO(b"same"))
    assert store.put(io.BytesIO(b"same")) == first
    assert list(store.list()) == [first[0]]


def test_unexpected_content_is_refused_and_leaves_nothing(store: Store) -> None:
    expected = Digest.of(b"good")
    with pytest.raises(IntegrityError, match=str(expected)):
        store.put(io.BytesIO(b"evil"), expect=expected)
    assert list(store.list()) == []


def test_a_source_that_breaks_leaves_nothing(store: Store) -> None:
    class Broken(io.BytesIO):
        def read(self, count: int | None = -1, /) -> bytes:
            data = super().read(100)
            if not data:
                raise ConnectionResetError
            return data

    with pytest.raises(ConnectionResetError):
        store.put(Broken(b"x" * 1000))
    assert list(store.list()) == []


def test_an_absent_blob_is_not_found_by_any_door(store: Store) -> None:
    absent = Digest.of(b"absent")
    assert store.size(absent) is None
    for door in (store.open, store.open_raw):
        with pytest.raises(BlobNotFound, match=f"blob {absent} not found"):
            door(absent)
    store.delete(absent)


def test_a_deleted_blob_is_gone(store: Store) -> None:
    digest, _ = store.put(io.BytesIO(b"short-lived"))
    store.delete(digest)
    assert store.size(digest) is None
    assert list(store.list()) == []


def test_a_reader_goes_on_after_deletion(store: Store) -> None:
    digest, _ = store.put(io.BytesIO(b"still read"))
    with store.open(digest) as stream:
        store.delete(digest)
        assert stream.read() == b"still read"
