"""The layout on disk: what is in it, what damage and full disks do, several writers at once."""

from __future__ import annotations

import io
import json
import os
import sys
import threading
from pathlib import Path

import pytest

from dockkernel.errors import DockError, IntegrityError
from dockkernel.oci import mediatype
from dockkernel.oci.descriptor import Descriptor
from dockkernel.oci.digest import Digest
from dockkernel.store.layout import LayoutStore

MIB = 1 << 20


@pytest.fixture
def store(tmp_path: Path) -> LayoutStore:
    return LayoutStore(tmp_path / "store")


def test_the_directory_is_an_oci_layout(store: LayoutStore) -> None:
    digest, size = store.put(io.BytesIO(b"blob"))
    store.write_index([Descriptor(mediatype.OCI_MANIFEST, digest, size)])
    assert json.loads((store.root / "oci-layout").read_text()) == {"imageLayoutVersion": "1.0.0"}
    index = json.loads((store.root / "index.json").read_text())
    assert index["schemaVersion"] == 2
    assert index["manifests"][0]["digest"] == str(digest)
    assert (store.root / "blobs" / "sha256" / digest.hex).read_bytes() == b"blob"
    store.release()
    assert list((store.root / "tmp").iterdir()) == []


def test_a_blob_of_sha512_has_its_own_directory(store: LayoutStore) -> None:
    import hashlib

    digest = Digest("sha512", hashlib.sha512(b"long").hexdigest())
    assert store.put(io.BytesIO(b"long"), expect=digest) == (digest, 4)
    assert store.path(digest).parent.name == "sha512"
    with store.open(digest) as stream:
        assert stream.read() == b"long"
    assert list(store.list()) == [digest]


@pytest.mark.skipif(not hasattr(os.stat_result, "st_blocks"), reason="the platform does not tell blocks")
def test_runs_of_zeros_take_no_room_wherever_they_are(store: LayoutStore) -> None:
    data = bytes(4 * MIB) + b"x" * 70_000 + bytes(4 * MIB)
    digest, size = store.put(io.BytesIO(data))
    assert store.size(digest) == size == len(data)
    assert store.disk_bytes(digest) < MIB
    with store.open(digest) as stream:
        assert stream.read() == data


def test_changed_content_is_an_error_at_its_last_byte(store: LayoutStore) -> None:
    digest, size = store.put(io.BytesIO(b"a" * 1000))
    store.path(digest).write_bytes(b"a" * 999 + b"b")
    with store.open(digest) as stream, pytest.raises(IntegrityError, match="does not match its digest") as caught:
        stream.read(size)
    assert "\n" not in caught.value.message


def test_a_blob_shorter_than_recorded_is_damaged_and_counts_as_absent(tmp_path: Path) -> None:
    store = LayoutStore(tmp_path, recorded=lambda digest: 6)
    digest, _ = store.put(io.BytesIO(b"sliced"))
    store.path(digest).write_bytes(b"")
    for door in (store.open, store.open_raw):
        with pytest.raises(IntegrityError, match="6 bytes expected, 0 found"):
            door(digest)
    assert store.size(digest) is None
    assert not store.hold(digest)


def test_putting_a_damaged_blob_again_mends_it(store: LayoutStore) -> None:
    digest, _ = store.put(io.BytesIO(b"healthy"))
    store.path(digest).write_bytes(b"damaged")
    store.put(io.BytesIO(b"healthy"))
    with store.open(digest) as stream:
        assert stream.read() == b"healthy"


def test_strangers_among_the_blobs_are_passed_over(store: LayoutStore) -> None:
    digest, _ = store.put(io.BytesIO(b"blob"))
    (store.root / "blobs" / "sha256" / "README").write_text("not a blob")
    assert list(store.list()) == [digest]


def test_old_temporary_files_are_swept_and_young_ones_left(store: LayoutStore) -> None:
    now = store.now_ns()
    old, young = store.root / "tmp" / "old", store.root / "tmp" / "young"
    old.touch()
    young.touch()
    os.utime(old, ns=(now - 10**12, now - 10**12))
    store.sweep_temporary(now - 10**11)
    assert not old.exists()
    assert young.exists()


def test_what_somebody_holds_is_not_discarded(store: LayoutStore) -> None:
    other = LayoutStore(store.root)
    held, _ = store.put(io.BytesIO(b"held"))
    free, _ = store.put(io.BytesIO(b"free"))
    store.release()
    assert other.hold(held)
    assert not other.hold(Digest.of(b"absent"))
    assert store.discard([held, free, Digest.of(b"other")], 0) == (free, Digest.of(b"other"))
    assert list(store.list()) == [held]
    other.release()
    assert store.discard([held], 0) == (held,)
    assert list((store.root / "tmp").iterdir()) == []


def test_a_hold_ends_when_it_is_too_old(store: LayoutStore) -> None:
    digest, _ = store.put(io.BytesIO(b"held"))
    assert store.discard([digest], store.now_ns()) == (digest,)


def test_a_thread_does_not_end_the_holds_of_another(store: LayoutStore) -> None:
    digest, _ = store.put(io.BytesIO(b"held"))
    thread = threading.Thread(target=store.release)
    thread.start()
    thread.join()
    assert store.discard([digest], 0) == ()


def test_a_store_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DockError, match=r"^\w+ .*store.*: ") as caught:
        LayoutStore(tmp_path / "file" / "store").put(io.BytesIO(b"x"))
    assert "\n" not in caught.value.message


@pytest.mark.skipif(sys.platform == "win32", reason="limits of file sizes are POSIX's")
def test_a_full_disk_is_one_line_and_leaves_nothing(store: LayoutStore) -> None:
    import resource
    import signal

    store.put(io.BytesIO(b"before"))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (MIB, hard))
    try:
        with pytest.raises(DockError, match=r"^write .*: file too large$"):
            store.put(io.BytesIO(os.urandom(3 * MIB)))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, ignored)
    assert list(store.list()) == [Digest.of(b"before")]
    store.release()
    assert list((store.root / "tmp").iterdir()) == []


def test_an_index_is_replaced_whole_while_others_read_it(store: LayoutStore) -> None:
    digest = Digest.of(b"manifest")
    many = [Descriptor(mediatype.OCI_MANIFEST, digest, 8, annotations={"n": "x" * 5000})] * 50
    store.write_index([])
    done = threading.Event()

    def write() -> None:
        for turn in range(60):
            store.write_index(many if turn % 2 else [])
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    while not done.is_set():
        assert len(json.loads((store.root / "index.json").read_bytes())["manifests"]) in {0, 50}
    writer.join()


def test_stamps_tell_one_index_from_the_next(store: LayoutStore) -> None:
    assert store.index_stamp() == ""
    first = store.write_index([])
    assert first == store.index_stamp() != store.write_index([])


def test_many_threads_put_the_same_blobs(store: LayoutStore) -> None:
    blobs = [bytes([n]) * 300_000 for n in range(4)]
    failed: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(5):
                for data in blobs:
                    digest, _ = store.put(io.BytesIO(data))
                    with store.open(digest) as stream:
                        assert stream.read() == data
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert set(store.list()) == {Digest.of(data) for data in blobs}
    store.release()
    assert list((store.root / "tmp").iterdir()) == []
