"""The time axis: the revisions of the store, the states they left, what differs between two, going back to one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dockkernel.engine.persist import Database
from dockkernel.engine.records import KINDS, Edit, blobs_of, difference, edited
from dockkernel.engine.state import State
from dockkernel.errors import Conflict, NotFound
from dockkernel.oci.reference import Reference

if TYPE_CHECKING:
    from dockkernel.engine.house import Persistent


@dataclass(frozen=True, slots=True)
class Revision:
    """One command that changed something."""

    number: int
    time_ns: int
    """Nanoseconds since the epoch, UTC."""
    command: str
    restorable: bool
    """False when the blobs that only it needed may have been deleted to save space."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What turns one state into another."""

    edits: tuple[Edit, ...]

    def added(self, kind: str) -> tuple[str, ...]:
        """The keys of mapping `kind` that only the later state has, sorted."""
        return tuple(sorted(e.key for e in self.edits if e.kind == kind and e.old is None))

    def removed(self, kind: str) -> tuple[str, ...]:
        """The keys of mapping `kind` that only the earlier state has, sorted."""
        return tuple(sorted(e.key for e in self.edits if e.kind == kind and e.new is None))

    def changed(self, kind: str) -> tuple[str, ...]:
        """The keys of mapping `kind` that both have with different values, sorted."""
        both = (e for e in self.edits if e.old is not None and e.new is not None)
        return tuple(sorted(e.key for e in both if e.kind == kind))


def revisions(database: Database) -> list[Revision]:
    """All revisions that are remembered, oldest first."""
    rows = database.query("SELECT n, time, command, restorable FROM revision ORDER BY n")
    return [Revision(n, time, command, bool(restorable)) for n, time, command, restorable in rows]


def state_at(database: Database, number: int) -> State:
    """The state that revision `number` left; 0 is the empty store. `NotFound` when it is not remembered."""
    oldest = database.query("SELECT min(n), max(n) FROM revision")[0]
    first, last = oldest[0] or 1, oldest[1] or 0
    if not first - 1 <= number <= last:
        raise NotFound(f"no such revision: {number}")
    newest, rows = database.snapshot(
        "SELECT kind, key, old FROM change WHERE revision > ? ORDER BY revision DESC", (number,)
    )
    edits = (Edit(kind, key, None, database.value(kind, key, old)) for kind, key, old in rows if kind in KINDS)
    return edited(newest, number, edits)


def compare(before: State, after: State) -> Difference:
    """What differs between two states."""
    return Difference(difference(before, after))


def restore(house: Persistent, number: int) -> State:
    """Makes the state that revision `number` left the newest one, as a revision of its own; gives it.

    `NotFound` when the revision is not remembered, `Conflict` naming what is gone when blobs of it were deleted.
    """
    with house.transaction(f"restore {number}") as tx:
        past = state_at(house.db, number)
        gone = _gone(house, past)
        if gone:
            raise Conflict(f"cannot restore revision {number}: no longer in the store: {', '.join(gone)}")
        # What was built was built: so the next build can say that the cached steps are gone.
        tx.state = replace(past, traces=tx.state.traces)
    return tx.state


def _gone(house: Persistent, state: State) -> list[str]:
    """What of `state` misses a blob: images by their names, or by id where they have none, and containers."""
    names: dict[str, list[str]] = {}
    for name, image_id in sorted(state.tags.items()):
        names.setdefault(image_id, []).append(Reference.parse(name).familiar())
    gone: list[str] = []
    for image in state.images.values():
        if any(house.blobs.size(digest) is None for digest in blobs_of(image)):
            gone += names.get(image.id) or [image.id[:19]]
    for container in state.containers.values():
        if any(house.blobs.size(digest) is None for digest in blobs_of(container)):
            gone.append(f"container {container.name}")
    return gone
