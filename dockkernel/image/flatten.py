"""Layers into trees: the changes of each layer and the tree of each chain, remembered.

A tree is cached by chain ID, so images that share layers share the work and the nodes: the tree of a child holds the
very same objects as its parent's wherever its layers did not touch them.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol, TypeVar

from dockkernel.oci.chain import chain_ids
from dockkernel.oci.digest import Digest

if TYPE_CHECKING:
    from collections.abc import Callable

    from dockkernel.fs.change import Change
    from dockkernel.fs.tree import Tree

T = TypeVar("T")

NODES = 150_000
"""How many nodes are remembered unless a caller says otherwise: some tens of megabytes."""


class RawReader(Protocol):
    """Where layers are read from in slices."""

    def open_raw(self, digest: Digest) -> BinaryIO:
        """A seekable stream of the blob; `BlobNotFound`, `IntegrityError`."""
        ...


class TreeCache:
    """Changes by diff ID and trees by chain ID over uncompressed layers in `blobs`; safe to use from several threads.

    `limit` bounds the nodes that are remembered; what was not asked for longest goes first.
    """

    def __init__(self, blobs: RawReader, limit: int = NODES) -> None:
        self._blobs = blobs
        self._limit = limit
        self._lock = threading.RLock()
        self._known: OrderedDict[tuple[str, Digest], tuple[Any, int]] = OrderedDict()
        self._weight = 0

    def changes(self, diff_id: Digest) -> tuple[Change, ...]:
        """What the layer changes, as its index says; contents are read from the blob when asked for.

        `BlobNotFound` or `IntegrityError` when the layer is not there or damaged.
        """
        from dockkernel.fs.tar import index_layer

        def make() -> tuple[tuple[Change, ...], int]:
            changes = index_layer(lambda: self._blobs.open_raw(diff_id))
            return changes, len(changes)

        return self._get(("changes", diff_id), make)

    def tree(self, diff_ids: Sequence[Digest]) -> Tree:
        """The file system that the layers make, base first."""
        from dockkernel.fs.tree import Tree

        chain = chain_ids(diff_ids)
        with self._lock:
            start = len(chain)
            while start and ("tree", chain[start - 1]) not in self._known:
                start -= 1
            tree: Tree = self._get(("tree", chain[start - 1]), _missing) if start else Tree.empty()
            for diff_id, chain_id in zip(diff_ids[start:], chain[start:], strict=True):
                tree = self._get(("tree", chain_id), self._applier(tree, diff_id))
        return tree

    def remember(self, diff_ids: Sequence[Digest], tree: Tree, weight: int) -> None:
        """Takes `tree` as what `diff_ids` make; `weight` is the nodes that its top layer changed.

        For a builder that has just written the layer and holds the tree already.
        """
        chain_id = chain_ids(diff_ids)[-1]
        self._get(("tree", chain_id), lambda: (tree, weight))

    def _applier(self, lower: Tree, diff_id: Digest) -> Callable[[], tuple[Tree, int]]:
        from dockkernel.fs.change import apply

        def make() -> tuple[Tree, int]:
            changes = self.changes(diff_id)
            return apply(lower, changes), len(changes)

        return make

    def _get(self, key: tuple[str, Digest], make: Callable[[], tuple[T, int]]) -> T:
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
                value: T = self._known[key][0]
                return value
            made, weight = make()
            self._known[key] = made, weight + 1
            self._weight += weight + 1
            while self._weight > self._limit and len(self._known) > 1:
                _, (_, dropped) = self._known.popitem(last=False)
                self._weight -= dropped
            return made


def _missing() -> tuple[Any, int]:
    raise AssertionError("the entry was there a moment ago, under the same lock")
