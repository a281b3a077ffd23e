"""The store: blobs against hashing them, transactions, layers written and flattened."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

from figures import Figure, timed
from support.houses import house, with_files

from dockkernel.engine.house import Persistent
from dockkernel.fs.change import diff
from dockkernel.fs.tree import Tree
from dockkernel.image.edit import append_layer
from dockkernel.image.flatten import TreeCache
from dockkernel.oci.digest import Digest

MB = 1 << 20
LARGE = 300
FILES = 50_000


def blobs(store: Persistent) -> Iterator[Figure]:
    """Large blobs and small ones."""
    for name, data in (("noise", os.urandom(LARGE * MB)), ("zeros", bytes(LARGE * MB))):
        yield timed(f"hashlib over {LARGE} MB of {name}", lambda data=data: hashlib.sha256(data).hexdigest(), rounds=3)
        yield timed(f"put {LARGE} MB of {name}", lambda data=data: store.blobs.put(io.BytesIO(data)), rounds=3)
    numbers = count()
    yield timed("put of a small blob", lambda: store.blobs.put(io.BytesIO(b"%d" % next(numbers))), rounds=101)


def transactions(store: Persistent) -> Iterator[Figure]:
    """A transaction, and the look whether there was one."""
    numbers = count()

    def change() -> None:
        with store.transaction("change") as tx:
            tx.state = replace(tx.state, sources={"n": str(next(numbers))})

    yield timed("a transaction on a small store", change, rounds=101)
    yield timed("state, nothing changed", store.state, rounds=101)


def layers(store: Persistent) -> Iterator[Figure]:
    """A layer of 50,000 files."""
    files = {f"usr/d{n // 500}/e{n // 50}/file-{n}": b"x" * (n % 300) for n in range(FILES)}
    full = with_files(Tree.empty(), files)
    written: list[Digest] = []
    yield timed(
        f"write a layer of {FILES} files",
        lambda: written.append(append_layer(store.blobs, diff(Tree.empty(), full))[0]),
        rounds=3,
    )
    yield timed(f"flatten {FILES} files, first", lambda: TreeCache(store.blobs).tree(written[:1]), target=1500)
    cache = TreeCache(store.blobs)
    cache.tree(written[:1])
    yield timed(f"flatten {FILES} files, again", lambda: cache.tree(written[:1]), target=50)


def figures(place: Path) -> Iterator[Figure]:
    """All of them."""
    store = house(place / "home")
    yield from transactions(store)
    yield from layers(store)
    yield from blobs(store)
