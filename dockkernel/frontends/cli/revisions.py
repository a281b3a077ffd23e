"""`dockkernel revisions`, `compare` and `restore`: the time axis of the store in words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from dockkernel.commands.layout import table
from dockkernel.engine import journal, names
from dockkernel.errors import UsageError

if TYPE_CHECKING:
    from dockkernel.engine.engine import Engine
    from dockkernel.engine.state import State

_TOLD = {"images": "image", "tags": "tag", "digests": "digest", "containers": "container"}


def listing(engine: Engine) -> str:
    """The table of all revisions."""
    _ = engine.state
    rows = [("REVISION", "TIME", "RESTORABLE", "COMMAND")]
    for revision in journal.revisions(engine.house.db):
        moment = datetime.fromtimestamp(revision.time_ns // 1_000_000_000, UTC).strftime("%Y-%m-%d %H:%M:%S")
        rows.append((str(revision.number), moment, "yes" if revision.restorable else "no", revision.command))
    return table(rows)


def comparison(engine: Engine, earlier: str, later: str = "") -> str:
    """What differs between two revisions, or a revision and now: `A` added, `C` changed, `D` deleted, as `docker diff`.

    `NotFound` for a revision that is not remembered.
    """
    now = engine.state
    database = engine.house.db
    before = journal.state_at(database, _number(earlier))
    after = journal.state_at(database, _number(later)) if later else now
    difference = journal.compare(before, after)
    lines: list[str] = []
    for kind, word in _TOLD.items():
        # an image itself never changes, only what is noted of it here
        changed = difference.changed(kind) if kind != "images" else ()
        changes = (("A", difference.added(kind)), ("C", changed), ("D", difference.removed(kind)))
        for letter, keys in changes:
            lines += [f"{letter} {word} {_shown(kind, key, before, after)}\n" for key in keys]
    return "".join(lines)


def go_back(engine: Engine, number: str) -> str:
    """Restores a revision; gives the line to print. `NotFound` or `Conflict` when that cannot be."""
    state = journal.restore(engine.house, _number(number))
    return f"Restored revision {number} as revision {state.revision}\n"


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise UsageError(f"dockkernel: {text!r} is not the number of a revision")
    return int(text)


def _shown(kind: str, key: str, before: State, after: State) -> str:
    """A name as Docker shows it, with the short id of what it means."""
    if kind in ("tags", "digests"):
        return f"{names.familiar(key)} {getattr(after if key in getattr(after, kind) else before, kind)[key][7:19]}"
    if kind == "containers":
        record = after.containers.get(key) or before.containers[key]
        return f"{record.name} {key[:12]}"
    return key
