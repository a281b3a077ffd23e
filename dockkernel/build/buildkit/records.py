"""Records of the build cache: what a vertex gave before, what the client sent, what a cache mount holds.

A record is found by its key, which is a digest of the operation and of everything it stands on: the chain ID of the
file system below it and the content of the files it takes. Keys hold no time, place or machine, so an equal step
anywhere finds the same record. Of several records with one key the newest counts (`--no-cache` adds a newer one).
"""

from __future__ import annotations

import secrets
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal

RecordType = Literal["regular", "source.local", "source.git.checkout", "source.http", "exec.cachemount"]

_ID_LETTERS = string.ascii_lowercase + string.digits
_NAMES = {"diff_id": "Diff"}
"""The state keeps blobs alive that a mapping names as `Diff`."""


@dataclass(frozen=True, slots=True)
class CacheRecord:
    """One record. Sizes in bytes, times in nanoseconds since the epoch, UTC."""

    id: str
    """25 letters and digits."""
    type: RecordType
    key: str = ""
    """What it is found by; empty for what is never looked up."""
    description: str = ""
    parent: str = ""
    """The record below it."""
    created_ns: int = 0
    last_used_ns: int = 0
    usage: int = 1
    """How many builds have used it."""
    diff_id: str = ""
    """Its layer; for a cache mount all of its files. Empty where nothing is kept."""
    size: int = 0
    """Bytes as Docker counts them."""
    blob_bytes: int = 0
    chain_id: str = ""
    """The chain ID of its layer on what was below it: an image that has it shares the layer."""
    exported: bool = False
    """Whether it went into an image; until then it is mutable, as BuildKit calls it."""
    definition: str = ""
    """The part of the key that is known before files are read: the operation and what it stands on."""

    @property
    def mutable(self) -> bool:
        """What the star after an id in lists stands for."""
        return self.type != "regular" or not self.exported

    def to_json(self) -> dict[str, Any]:
        """The record as the state keeps it, without the id and without defaults."""
        return {
            _NAMES.get(field.name, field.name): getattr(self, field.name)
            for field in fields(self)
            if field.name != "id" and getattr(self, field.name) != field.default
        }

    @classmethod
    def from_json(cls, record_id: str, value: Mapping[str, Any]) -> CacheRecord:
        """The record that `to_json` wrote."""
        back = {shown: name for name, shown in _NAMES.items()}
        return cls(record_id, **{back.get(name, name): found for name, found in value.items()})


def new_record_id() -> str:
    """A random id as BuildKit gives: 25 letters and digits."""
    return "".join(secrets.choice(_ID_LETTERS) for _ in range(25))


class Records:
    """The records of the state, and those that a running build adds or changes. For one thread at a time."""

    def __init__(self, records: Mapping[str, Mapping[str, Any]]) -> None:
        self._all = {record_id: CacheRecord.from_json(record_id, value) for record_id, value in records.items()}
        self._by_key: dict[str, str] = {}
        for record in sorted(self._all.values(), key=lambda one: one.created_ns):
            if record.key:
                self._by_key[record.key] = record.id
        self._definitions = {record.definition for record in self._all.values()}
        self.changed: dict[str, CacheRecord] = {}

    def may_have(self, definition: str) -> bool:
        """False when no step of that definition was ever done, whatever its files."""
        return definition in self._definitions

    def find(self, key: str) -> CacheRecord | None:
        """The newest record with the key."""
        record_id = self._by_key.get(key)
        return None if record_id is None else self._all[record_id]

    def get(self, record_id: str) -> CacheRecord | None:
        """The record with the id."""
        return self._all.get(record_id)

    def add(self, record: CacheRecord) -> CacheRecord:
        """Adds or replaces a record; gives it back."""
        self._all[record.id] = self.changed[record.id] = record
        if record.key:
            self._by_key[record.key] = record.id
            self._definitions.add(record.definition)
        return record

    def use(self, record_id: str, now_ns: int) -> CacheRecord:
        """Counts one more use of a record; gives it as it is then."""
        record = self._all[record_id]
        return self.add(replace(record, usage=record.usage + 1, last_used_ns=now_ns))

    def __iter__(self) -> Iterator[CacheRecord]:
        return iter(self._all.values())
