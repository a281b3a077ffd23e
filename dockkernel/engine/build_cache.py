"""The build cache as lists and pruning see it: which records there are, which layers images share with it, what can go.

A record that another one stands on goes only after that one. Without `all`, what an image shares stays, since removing
it would free nothing (docs.docker.com, `docker builder prune`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from dockkernel.build.buildkit.records import CacheRecord
from dockkernel.engine.engine import Engine
from dockkernel.engine.state import State


@dataclass(frozen=True, slots=True)
class CacheEntry:
    """A record, and whether an image has its layer too."""

    record: CacheRecord
    shared: bool

    @property
    def size(self) -> int:
        """Bytes."""
        return self.record.size


Wanted = Callable[[CacheEntry], bool]
"""A filter."""


def entries(state: State) -> tuple[CacheEntry, ...]:
    """Every record of the cache, in the order in which they were made."""
    held = {layer.chain_id for image in state.images.values() for layer in image.layers}
    records = [CacheRecord.from_json(record_id, value) for record_id, value in state.build_cache.items()]
    records.sort(key=lambda record: (record.created_ns, record.id))
    return tuple(CacheEntry(record, record.type == "regular" and record.chain_id in held) for record in records)


def cache_bytes(found: Collection[CacheEntry]) -> int:
    """What the cache has on the disk beside the images."""
    return sum(entry.size for entry in found if not entry.shared)


def removable(
    found: Collection[CacheEntry], wanted: Wanted, *, everything: bool = False, keep_bytes: int = 0
) -> tuple[CacheEntry, ...]:
    """What a prune removes, in order: what was not used for longest first, until no more than `keep_bytes` are left."""
    left = {entry.record.id: entry for entry in found}
    standing = _standing(found)
    order = sorted(found, key=lambda entry: (entry.record.last_used_ns, entry.record.id))
    total, removed = cache_bytes(found), []
    again = True
    while again:
        again = False
        for entry in order:
            record = entry.record
            if record.id not in left or standing.get(record.id) or (entry.shared and not everything):
                continue
            if not wanted(entry) or (keep_bytes and total <= keep_bytes):
                continue
            del left[record.id]
            removed.append(entry)
            total -= 0 if entry.shared else entry.size
            if record.parent in standing:
                standing[record.parent] -= 1
            again = True
    return tuple(removed)


def _standing(found: Collection[CacheEntry]) -> dict[str, int]:
    """How many records stand on each."""
    counts = {entry.record.id: 0 for entry in found}
    for entry in found:
        if entry.record.parent in counts:
            counts[entry.record.parent] += 1
    return counts


def prune(
    engine: Engine, wanted: Wanted = lambda entry: True, *, everything: bool = False, keep_bytes: int = 0
) -> tuple[CacheEntry, ...]:
    """Removes records in one transaction; gives what was removed."""
    with engine.transaction("builder prune") as tx:
        removed = removable(entries(tx.state), wanted, everything=everything, keep_bytes=keep_bytes)
        gone = {entry.record.id for entry in removed}
        kept = {key: value for key, value in tx.state.build_cache.items() if key not in gone}
        tx.state = replace(tx.state, build_cache=kept)
    return removed
