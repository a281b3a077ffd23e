"""State, blobs and `index.json` together: what a command leaves on disk."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from support.houses import (
    add,
    blob_names,
    canonical,
    container,
    house,
    index_names,
    make_image,
    problems,
    remove,
    with_image,
    without_image,
)

from dockkernel.engine import journal
from dockkernel.engine.records import blobs_of
from dockkernel.engine.state import State
from dockkernel.errors import BlobNotFound, Conflict, DockError, IntegrityError
from dockkernel.image.image import Image
from dockkernel.oci.digest import Digest

BASE = {"etc/os-release": b"ID=test\n"}


def test_a_new_store_is_a_valid_empty_layout_at_once(tmp_path: Path) -> None:
    store = house(tmp_path / "home")
    assert store.state() == State()
    assert json.loads((tmp_path / "home" / "oci-layout").read_text()) == {"imageLayoutVersion": "1.0.0"}
    assert json.loads((tmp_path / "home" / "index.json").read_text())["manifests"] == []
    assert problems(store) == []


def test_index_follows_every_command(tmp_path: Path) -> None:
    store = house(tmp_path)
    first = add(store, "web", BASE, {"app": b"1"})
    assert index_names(tmp_path) == [("web:latest", first.manifest)]
    with store.transaction("docker tag web reg.example.com:5000/team/web:v1") as tx:
        tx.state = with_image(tx.state, first, "reg.example.com:5000/team/web:v1")
    assert index_names(tmp_path) == [
        ("reg.example.com:5000/team/web:v1", first.manifest),
        ("web:latest", first.manifest),
    ]
    remove(store, first)
    assert index_names(tmp_path) == []
    assert problems(store) == []


def test_an_image_without_a_name_is_in_the_index_too(tmp_path: Path) -> None:
    store = house(tmp_path)
    record = add(store, "web", BASE)
    with store.transaction("docker untag") as tx:
        tx.state = replace(tx.state, tags={})
    (entry,) = json.loads((tmp_path / "index.json").read_text())["manifests"]
    assert entry["digest"] == record.manifest
    assert "annotations" not in entry


def test_what_one_process_does_the_next_sees(tmp_path: Path) -> None:
    mine, other = house(tmp_path), house(tmp_path)
    before = mine.state()
    record = add(other, "web", BASE)
    assert mine.state().tags == {canonical("web"): record.id}
    assert mine.state() is mine.state()
    assert before.tags == {}


def test_a_record_without_its_blobs_is_refused(tmp_path: Path) -> None:
    store = house(tmp_path)
    record = make_image(store, BASE)
    layer = Digest.parse(record.layers[0].diff_id)
    store.blobs.delete(layer)
    with pytest.raises(BlobNotFound, match=f"blob {layer} not found"), store.transaction("docker pull web") as tx:
        tx.state = with_image(tx.state, record, "web")
    assert store.state() == State()
    assert problems(store) == []


def test_a_failed_command_leaves_state_and_index(tmp_path: Path) -> None:
    store = house(tmp_path)
    add(store, "web", BASE)
    state, index = store.state(), (tmp_path / "index.json").read_bytes()
    with pytest.raises(KeyboardInterrupt), store.transaction("docker rmi web") as tx:
        tx.state = State(revision=tx.state.revision)
        raise KeyboardInterrupt
    assert store.state() is state
    assert (tmp_path / "index.json").read_bytes() == index


def test_an_index_that_is_out_of_step_is_mended_at_the_next_start(tmp_path: Path) -> None:
    store = house(tmp_path)
    record = add(store, "web", BASE)
    store.close()
    (tmp_path / "index.json").write_text('{"schemaVersion": 2, "manifests": []}')
    again = house(tmp_path)
    again.state()
    assert index_names(tmp_path) == [("web:latest", record.manifest)]
    (tmp_path / "index.json").unlink()
    assert problems(house(tmp_path) if house(tmp_path).state() else again) == []


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_store_that_may_not_be_written_is_one_line(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    with pytest.raises(DockError, match="permission denied"):
        house(tmp_path / "home").state()


def test_a_damaged_blob_is_an_error_and_the_store_still_opens(tmp_path: Path) -> None:
    store = house(tmp_path)
    record = add(store, "web", BASE)
    healthy = add(store, "db", {"data": b"d"})
    store.blobs.path(Digest.parse(record.layers[0].diff_id)).write_bytes(b"")
    store.blobs.path(Digest.parse(record.id)).write_bytes(b"{}")
    again = house(tmp_path)
    assert set(again.state().images) == {record.id, healthy.id}
    with pytest.raises(IntegrityError, match=f"blob {record.id} is damaged"):
        Image.load(again.blobs, Digest.parse(record.manifest))
    with pytest.raises(IntegrityError, match="is damaged"):
        again.trees.tree([Digest.parse(layer.diff_id) for layer in record.layers])
    remove(again, record)
    assert problems(again) == []


def test_pulling_again_mends_what_was_damaged(tmp_path: Path) -> None:
    store = house(tmp_path)
    record = add(store, "web", BASE)
    store.blobs.path(Digest.parse(record.layers[0].diff_id)).write_bytes(b"")
    assert problems(store) != []
    make_image(store, BASE, label="web")
    assert problems(store) == []


def test_removed_blobs_stay_while_history_may_keep_them(tmp_path: Path) -> None:
    store = house(tmp_path)
    record = add(store, "web", BASE)
    revision = store.state().revision
    remove(store, record)
    assert record.manifest in blob_names(store)
    restored = journal.restore(store, revision)
    assert restored.images == {record.id: record}
    assert [r.command for r in journal.revisions(store.db)][-1] == f"restore {revision}"
    assert problems(store) == []


def test_gc_frees_what_only_the_past_needs_and_says_so(tmp_path: Path) -> None:
    store = house(tmp_path)
    record = add(store, "web", BASE, {"app": b"1"})
    kept = add(store, "db", BASE, {"data": b"2"})
    revision = store.state().revision
    remove(store, record)
    assert store.gc(keep_bytes=0) > 0
    named = {kept.id, kept.manifest, *(layer.diff_id for layer in kept.layers)}
    assert blob_names(store) == named
    assert [r.restorable for r in journal.revisions(store.db)] == [False, False, True]
    assert set(journal.state_at(store.db, revision).images) == {record.id, kept.id}
    with pytest.raises(Conflict, match=f"cannot restore revision {revision}: no longer in the store: web:latest"):
        journal.restore(store, revision)
    assert store.state().tags == {canonical("db"): kept.id}
    assert problems(store) == []


def test_a_removal_beyond_the_limit_gives_up_the_oldest_first(tmp_path: Path) -> None:
    size = 300_000
    store = house(tmp_path, keep_bytes=size * 3 // 2)
    records = [add(store, f"web:{n}", {"blob": bytes([n + 1]) * size}) for n in range(3)]
    for record in records:
        remove(store, record)
    held = [record.manifest in blob_names(store) for record in records]
    assert held == [False, False, True]
    assert [r.restorable for r in journal.revisions(store.db)] == [False] * 4 + [True] * 2
    assert set(journal.restore(store, 5).images) == {records[2].id}


def test_blobs_of_a_running_command_are_left_alone(tmp_path: Path) -> None:
    store = house(tmp_path)
    record = make_image(store, BASE)
    store.gc(keep_bytes=0)
    with store.transaction("docker pull web") as tx:
        tx.state = with_image(tx.state, record, "web")
    assert problems(store) == []


@pytest.mark.parametrize("put_first", [True, False])
def test_a_blob_that_one_process_removes_while_another_puts_it_stays(tmp_path: Path, put_first: bool) -> None:
    pulling, removing = house(tmp_path), house(tmp_path)
    record = add(removing, "web", BASE)
    if put_first:
        make_image(pulling, BASE, label="web")
    remove(removing, record)
    if not put_first:
        assert all(pulling.blobs.hold(digest) for digest in blobs_of(record))
    removing.gc(keep_bytes=0)
    with pulling.transaction("docker pull web") as tx:
        tx.state = with_image(tx.state, record, "web")
    assert problems(removing) == []
    remove(removing, record)
    removing.gc(keep_bytes=0)
    assert blob_names(removing) == set()


def test_what_a_dead_process_left_goes_after_an_hour(tmp_path: Path) -> None:
    dead, store = house(tmp_path), house(tmp_path)
    make_image(dead, BASE)
    kept = add(store, "db", {"data": b"2"})
    old = store.blobs.now_ns() - 2 * 3600 * 10**9
    (tmp_path / "tmp" / "half").write_bytes(b"half a blob")
    for path in (*(tmp_path / "tmp").iterdir(), *(store.blobs.path(digest) for digest in store.blobs.list())):
        os.utime(path, ns=(old, old))
    store.gc()
    assert blob_names(store) == {kept.id, kept.manifest, kept.layers[0].diff_id}
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_container_holds_its_layers_when_its_image_is_removed(tmp_path: Path) -> None:
    store = house(tmp_path)
    record = add(store, "web", BASE)
    held = container(record, "box")
    with store.transaction("docker create web") as tx:
        tx.state = replace(tx.state, containers={held.id: held})
    with store.transaction("docker rmi -f web") as tx:
        tx.state = without_image(tx.state, record.id)
    store.gc(keep_bytes=0)
    assert blob_names(store) == {record.layers[0].diff_id}
    assert house(tmp_path).state().containers == {held.id: held}
    with store.transaction("docker rm box") as tx:
        tx.state = replace(tx.state, containers={})
    store.gc(keep_bytes=0)
    assert blob_names(store) == set()


def test_reset_leaves_an_empty_store_for_everybody(tmp_path: Path) -> None:
    store, other = house(tmp_path), house(tmp_path)
    add(store, "web", BASE)
    make_image(store, {"orphan": b"o"})
    assert len(other.state().images) == 1
    store.reset()
    assert other.state() == State(revision=2)
    assert blob_names(store) == set()
    assert problems(other) == []
    add(other, "web", BASE)
    assert problems(store) == []


def test_reset_is_the_way_out_of_a_damaged_database(tmp_path: Path) -> None:
    store = house(tmp_path)
    add(store, "web", BASE)
    store.close()
    for path in tmp_path.glob("state.db-*"):
        path.unlink()
    (tmp_path / "state.db").write_bytes(b"no database at all " * 300)
    with pytest.raises(IntegrityError, match="is damaged: file is not a database"):
        house(tmp_path).state()
    store = house(tmp_path)
    store.reset()
    assert store.state() == State()
    assert blob_names(store) == set()
    add(store, "web", BASE)
    assert problems(house(tmp_path)) == []


def test_a_full_disk_undoes_the_command(tmp_path: Path) -> None:
    store = house(tmp_path)
    record = make_image(store, BASE)
    before = store.state()
    with store.db.writing() as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
    store.db._connection().execute(f"PRAGMA max_page_count={pages}")
    with pytest.raises(DockError, match=r"^write .*: no space left on device$"), store.transaction("docker tag") as tx:
        tags = {canonical(f"web:{n}"): record.id for n in range(2000)}
        tx.state = replace(with_image(tx.state, record), tags=tags)
    assert store.state() == before
    assert problems(house(tmp_path)) == []
