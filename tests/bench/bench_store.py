"""Figures of the store, by hand: `python tests/bench/bench_store.py [DIRECTORY]`. Times are seconds, best of three."""

from __future__ import annotations

import hashlib
import io
import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.houses import house, with_files

from dockkernel.engine.house import Persistent
from dockkernel.engine.persist import Database
from dockkernel.engine.state import ImageRecord, LayerRecord, State
from dockkernel.fs.change import diff
from dockkernel.fs.tree import Tree
from dockkernel.image.edit import append_layer
from dockkernel.image.flatten import TreeCache
from dockkernel.oci.digest import Digest

MIB = 1 << 20


def best(action: Callable[[], object], times: int = 3) -> float:
    """The shortest of several runs, in seconds."""
    found = []
    for _ in range(times):
        start = time.perf_counter()
        action()
        found.append(time.perf_counter() - start)
    return min(found)


def report(what: str, seconds: float) -> None:
    print(f"{what:<56} {seconds * 1000:9.2f} ms")


def blobs(store: Persistent) -> None:
    for name, data in (("noise", os.urandom(300 * MIB)), ("zeros", bytes(300 * MIB))):
        report(f"hashlib over 300 MiB of {name}", best(lambda data=data: hashlib.sha256(data).hexdigest()))
        report(f"put 300 MiB of {name}", best(lambda data=data: store.blobs.put(io.BytesIO(data))))
    small = best(lambda: [store.blobs.put(io.BytesIO(b"%d" % n)) for n in range(100)]) / 100
    report("put of a small blob", small)


def state(home: Path) -> None:
    def name(text: str) -> str:
        return str(Digest.of(text.encode()))

    def image(number: int) -> ImageRecord:
        ids = [number if depth > 5 else number % 20 for depth in range(8)]
        layers = tuple(LayerRecord(name(f"c{d}{i}"), name(f"d{d}{i}"), 1000) for d, i in enumerate(ids))
        return ImageRecord(name(f"i{number}"), name(f"m{number}"), "2024-01-01T00:00:00Z", layers, {"maintainer": "me"})

    images = {record.id: record for record in map(image, range(2000))}
    tags = {f"docker.io/library/app:{n}": image_id for n, image_id in enumerate(images)}
    database = Database(home / "state.db")
    with database.transaction("docker load", 1) as tx:
        tx.state = State(images=images, tags=tags)
    report("load a state of 2,000 images of 8 layers", best(database.load))
    known = database.load()
    report("fresh, nothing changed", best(lambda: [database.fresh(known) for _ in range(100)]) / 100)

    def tag() -> None:
        with database.transaction("docker tag", 1, known) as tx:
            tx.state = replace(tx.state, tags={**tx.state.tags, f"x:{time.perf_counter_ns()}": "i"})

    report("a transaction that adds one tag among 2,000", best(tag))


def commands(store: Persistent) -> None:
    count = 0

    def tag() -> None:
        nonlocal count
        count += 1
        with store.transaction("docker tag") as tx:
            tx.state = replace(tx.state, sources={"n": str(count)})

    store.state()
    report("a transaction on a small store", best(tag))
    report("state(), nothing changed", best(lambda: [store.state() for _ in range(100)]) / 100)


def flatten(store: Persistent) -> None:
    files = {f"usr/d{n // 500}/e{n // 50}/file-{n}": b"x" * (n % 300) for n in range(50_000)}
    full = with_files(Tree.empty(), files)
    start = time.perf_counter()
    diff_id, _, size = append_layer(store.blobs, diff(Tree.empty(), full))
    report(f"write a layer of 50,000 files ({size // MIB} MiB)", time.perf_counter() - start)
    report("flatten it for the first time", best(lambda: TreeCache(store.blobs).tree([diff_id])))
    cache = TreeCache(store.blobs)
    cache.tree([diff_id])
    report("flatten it again", best(lambda: cache.tree([diff_id])))


def main() -> None:
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as directory:
        store = house(Path(directory) / "home")
        commands(store)
        state(Path(directory) / "many")
        blobs(store)
        flatten(store)


if __name__ == "__main__":
    main()
