"""Trees of chains of layers, and what is remembered of them."""

from __future__ import annotations

import io
import threading
from typing import BinaryIO

import pytest
from support.houses import with_files

from dockkernel.errors import BlobNotFound, IntegrityError
from dockkernel.fs.change import diff
from dockkernel.fs.tree import Tree
from dockkernel.image.edit import append_layer
from dockkernel.image.flatten import TreeCache
from dockkernel.oci.digest import Digest
from dockkernel.store.memory import MemoryStore
from dockkernel.testing.trees import listing

_FIRST = with_files(Tree.empty(), {"a": b"1", "d/x": b"x", "d/y": b"y"})
_SECOND = with_files(_FIRST, {"a": b"2"})
STEPS = [_FIRST, _SECOND, with_files(_SECOND.without("d/y"), {"e/f/g": b"g"})]


class Counting(MemoryStore):
    """A store that counts how often a blob was opened."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[Digest] = []

    def open_raw(self, digest: Digest) -> BinaryIO:
        self.opened.append(digest)
        return super().open_raw(digest)


@pytest.fixture
def store() -> Counting:
    return Counting()


def _stack(store: MemoryStore) -> list[Digest]:
    below, diff_ids = Tree.empty(), []
    for above in STEPS:
        diff_ids.append(append_layer(store, diff(below, above))[0])
        below = above
    return diff_ids


def test_each_prefix_is_the_tree_it_was_made_of(store: Counting) -> None:
    diff_ids = _stack(store)
    cache = TreeCache(store)
    for height, expected in enumerate(STEPS, start=1):
        assert listing(cache.tree(diff_ids[:height])) == listing(expected)


def test_no_layers_make_the_empty_tree(store: Counting) -> None:
    assert list(TreeCache(store).tree([]).walk()) == []


def test_a_layer_is_read_once_however_often_it_is_asked_for(store: Counting) -> None:
    diff_ids = _stack(store)
    cache = TreeCache(store)
    first = cache.tree(diff_ids)
    assert cache.tree(diff_ids) is first
    assert cache.tree(diff_ids[:2]) is cache.tree(diff_ids[:2])
    assert cache.changes(diff_ids[0]) is cache.changes(diff_ids[0])
    assert sorted(store.opened) == sorted(diff_ids)


def test_a_child_shares_what_its_layer_did_not_touch(store: Counting) -> None:
    diff_ids = _stack(store)
    cache = TreeCache(store)
    assert cache.tree(diff_ids[:2]).get("d") is cache.tree(diff_ids[:1]).get("d")


def test_a_layer_twice_in_a_chain_is_two_steps(store: Counting) -> None:
    diff_ids = _stack(store)
    assert listing(TreeCache(store).tree([diff_ids[0], diff_ids[0]])) == listing(STEPS[0])


def test_a_small_limit_forgets_what_was_not_asked_for_longest(store: Counting) -> None:
    diff_ids = _stack(store)
    cache = TreeCache(store, limit=1)
    assert listing(cache.tree(diff_ids)) == listing(STEPS[-1])
    store.opened.clear()
    cache.tree(diff_ids)
    assert store.opened == []
    cache.tree(diff_ids[:1])
    assert store.opened == [diff_ids[0]]


def test_a_remembered_tree_is_not_made_again(store: Counting) -> None:
    diff_ids = _stack(store)
    cache = TreeCache(store)
    cache.remember(diff_ids, STEPS[-1], 3)
    assert cache.tree(diff_ids) is STEPS[-1]
    assert store.opened == []


def test_a_missing_layer_leaves_nothing_wrong_behind(store: Counting) -> None:
    diff_ids = _stack(store)
    cache = TreeCache(store)
    with store.open(diff_ids[1]) as stream:
        layer = stream.read()
    store.delete(diff_ids[1])
    with pytest.raises(BlobNotFound):
        cache.tree(diff_ids)
    store.put(io.BytesIO(layer))
    assert listing(cache.tree(diff_ids)) == listing(STEPS[-1])


def test_a_layer_that_is_no_tar_is_an_integrity_error(store: Counting) -> None:
    digest, _ = store.put(io.BytesIO(b"certainly no tar" * 100))
    with pytest.raises(IntegrityError):
        TreeCache(store).tree([digest])


def test_threads_get_one_and_the_same_tree(store: Counting) -> None:
    diff_ids = _stack(store)
    cache = TreeCache(store)
    found: list[Tree] = []
    threads = [threading.Thread(target=lambda: found.append(cache.tree(diff_ids))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert all(one is found[0] for one in found)
