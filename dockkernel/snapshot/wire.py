"""Snapshots as JSON: what a saved picture, another process or a browser gets.

A document is an object with `schema` (SCHEMA_VERSION), `kind` (`world`, `stack`, `effect`, `disk`, `graph`) and `data`,
the record's fields by their names. Tuples are arrays; all else is text, whole numbers and booleans. Invariant:
`from_json(to_json(record)) == record`. Reading is strict: a document of another schema, a field that is missing,
unknown or of the wrong type is a ValueError, for a document may come from outside.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final, get_args, get_origin, get_type_hints

from dockkernel.snapshot.graph import GraphSnapshot
from dockkernel.snapshot.world import SCHEMA_VERSION, DiskShow, EffectShow, Show, StackShow, World

KINDS: Final[Mapping[str, type[World | Show]]] = MappingProxyType(
    {"world": World, "stack": StackShow, "effect": EffectShow, "disk": DiskShow, "graph": GraphSnapshot}
)
_NAMES: Final = {record: kind for kind, record in KINDS.items()}


def to_json(record: World | Show) -> dict[str, Any]:
    """The document of a snapshot: dicts, lists, text, numbers and booleans, in the order of the fields."""
    return {"schema": SCHEMA_VERSION, "kind": _NAMES[type(record)], "data": _plain(record)}


def from_json(document: object) -> World | Show:
    """The snapshot of a document. Raises ValueError with the place where it is not one."""
    if not isinstance(document, Mapping):
        raise ValueError("snapshot: not an object")
    if document.get("schema") != SCHEMA_VERSION:
        raise ValueError(f"snapshot: schema {document.get('schema')!r}, expected {SCHEMA_VERSION}")
    kind = document.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        raise ValueError(f"snapshot: unknown kind {kind!r}")
    record: World | Show = _record(KINDS[kind], document.get("data"), kind)
    return record


def dumps(record: World | Show) -> str:
    """The document as compact JSON text; equal snapshots give equal text."""
    return json.dumps(to_json(record), ensure_ascii=True, separators=(",", ":"))


def loads(text: str | bytes) -> World | Show:
    """The snapshot of JSON text. Raises ValueError where it is not one."""
    return from_json(json.loads(text))


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


@lru_cache(maxsize=32)
def _types(record: type) -> dict[str, Any]:
    hints = get_type_hints(record)
    return {field.name: hints[field.name] for field in fields(record)}


def _record(record: type, data: object, place: str) -> Any:
    if not isinstance(data, Mapping):
        raise ValueError(f"snapshot: {place}: not an object")
    types = _types(record)
    if odd := sorted(str(name) for name in types.keys() ^ data.keys()):
        raise ValueError(f"snapshot: {place}: missing or unknown: {', '.join(odd)}")
    return record(**{name: _value(types[name], data[name], f"{place}.{name}") for name in types})


def _value(expected: Any, data: Any, place: str) -> Any:
    if is_dataclass(expected):
        return _record(expected, data, place)  # type: ignore[arg-type]
    if get_origin(expected) is tuple:
        if not isinstance(data, list | tuple):
            raise ValueError(f"snapshot: {place}: not an array")
        return tuple(_value(get_args(expected)[0], item, f"{place}[{n}]") for n, item in enumerate(data))
    allowed = get_args(expected)
    if data not in allowed if allowed else type(data) is not expected:
        raise ValueError(f"snapshot: {place}: unexpected {data!r:.60}")
    return data
