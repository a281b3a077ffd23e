"""A state as rows: which mappings it has, how their values are written as JSON, what differs between two states.

A row is (kind, key, JSON text); a kind is the name of one of `State`'s mappings. Fields that have their default value
are left out, so that a field that is added later can be read from rows that were written before it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, dataclass, fields
from typing import TYPE_CHECKING, Any

from dockkernel.engine.state import ContainerRecord, ImageRecord, LayerRecord, State
from dockkernel.oci.digest import Digest

if TYPE_CHECKING:
    import sqlite3

KINDS: tuple[str, ...] = tuple(field.name for field in fields(State) if field.name != "revision")


@dataclass(frozen=True, slots=True)
class Edit:
    """One key of one mapping that differs: its value before and after, None where it is not there."""

    kind: str
    key: str
    old: Any
    new: Any


def difference(before: State, after: State) -> tuple[Edit, ...]:
    """What turns `before` into `after`; a mapping that is the same object in both costs nothing."""
    return tuple(edit for kind in KINDS for edit in _differ(kind, getattr(before, kind), getattr(after, kind)))


def _differ(kind: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Edit]:
    if before is after:
        return
    for key, new in after.items():
        old = before.get(key)
        if old is not new and old != new:
            yield Edit(kind, key, old, new)
    for key, old in before.items():
        if key not in after:
            yield Edit(kind, key, old, None)


def edited(state: State, revision: int, edits: Iterable[Edit]) -> State:
    """`state` with the `new` value of each edit, at `revision`; mappings that no edit names stay the same objects."""
    mappings: dict[str, dict[str, Any]] = {}
    for edit in edits:
        mapping = mappings.get(edit.kind)
        if mapping is None:
            mapping = mappings[edit.kind] = dict(getattr(state, edit.kind))
        if edit.new is None:
            mapping.pop(edit.key, None)
        else:
            mapping[edit.key] = edit.new
    return from_mappings(revision, {kind: getattr(state, kind) for kind in KINDS} | mappings)


def from_mappings(revision: int, mappings: Mapping[str, Mapping[str, Any]]) -> State:
    """The state with these mappings; a kind that this version does not know is left aside."""
    return State(revision=revision, **{kind: mappings[kind] for kind in KINDS if kind in mappings})


class Codec:
    """Values to rows and back. A layer has a number, given by the table `layer`, and records name it by that.

    Many images stand on the same layers: so their rows stay short, and each layer is one object however many images
    it is read for. A number is never given twice, so what was learnt once from committed rows stays right.
    """

    def __init__(self) -> None:
        self._layers: dict[int, LayerRecord] = {}
        self._last = 0

    def learn(self, connection: sqlite3.Connection) -> None:
        """Reads the layers that were added since the last time."""
        rows = connection.execute("SELECT n, chain_id, diff_id, size FROM layer WHERE n > ? ORDER BY n", (self._last,))
        for number, chain_id, diff_id, size in rows:
            self._layers[number] = LayerRecord(chain_id, diff_id, size)
            self._last = number

    def rows(self, rows: Iterable[tuple[str, str, str]]) -> dict[str, dict[str, Any]]:
        """Maps kind → key → value for rows of (kind, key, JSON)."""
        listed = list(rows)
        # One call of the JSON reader for all rows is several times as fast as one for each.
        values = json.loads(f"[{','.join([row[2] for row in listed])}]")
        mappings: dict[str, dict[str, Any]] = {kind: {} for kind in KINDS}
        for (kind, key, _), value in zip(listed, values, strict=True):
            mappings.setdefault(kind, {})[key] = self._value(kind, key, value)
        return mappings

    def decode(self, kind: str, key: str, text: str | None) -> Any:
        """The value of one row; None for None."""
        return None if text is None else self._value(kind, key, json.loads(text))

    def _value(self, kind: str, key: str, value: Any) -> Any:
        if kind == "images":
            return ImageRecord(id=key, **value | {"layers": self._stack(value)})
        if kind == "containers":
            args = tuple(value.get("args", ()))
            return ContainerRecord(id=key, **value | {"layers": self._stack(value), "args": args})
        return value

    def _stack(self, value: Mapping[str, Any]) -> tuple[LayerRecord, ...]:
        return tuple(map(self._layers.__getitem__, value.get("layers", ())))

    def encode(self, kind: str, value: Any, connection: sqlite3.Connection) -> str | None:
        """`value` as JSON in ASCII, which any string survives; None for None. May add rows to the table `layer`."""
        if value is None:
            return None
        if kind in {"images", "containers"}:
            value = _plain(value) | {"layers": [_number(layer, connection) for layer in value.layers]}
        return json.dumps(value, separators=(",", ":"), default=dict)


def _number(layer: LayerRecord, connection: sqlite3.Connection) -> int:
    row = (layer.chain_id, layer.diff_id, layer.size)
    connection.execute("INSERT OR IGNORE INTO layer (chain_id, diff_id, size) VALUES (?, ?, ?)", row)
    found = connection.execute("SELECT n FROM layer WHERE chain_id = ? AND diff_id = ? AND size = ?", row)
    return int(found.fetchone()[0])


def _plain(record: ImageRecord | ContainerRecord) -> dict[str, Any]:
    """The record's fields without its id, which is the key, and without defaults."""
    value: dict[str, Any] = {}
    for field in fields(record):
        default = field.default_factory() if field.default_factory is not MISSING else field.default
        found = getattr(record, field.name)
        if field.name != "id" and found != default:
            value[field.name] = found
    return value


def blobs_of(record: ImageRecord | ContainerRecord) -> tuple[Digest, ...]:
    """The blobs that a record cannot do without: its layers; an image's manifest and config; a container's changes
    and log.
    """
    own = (record.manifest, record.id) if isinstance(record, ImageRecord) else (record.diff, record.log)
    named = [*own, *(layer.diff_id for layer in record.layers)]
    return tuple(Digest.parse(name) for name in dict.fromkeys(named) if name)
