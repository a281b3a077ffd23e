"""Python values seen as Go values: their type names, their truth, their fields.

str, bool, int, float, list or tuple (slice) and dict (map) stand for themselves. A `Struct` is a Go struct with named
fields; `NIL` is a nil pointer of a typed value; `MISSING` is Go's invalid value, printed `<no value>`; None is a nil
interface, as a JSON null in untyped data.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


class _Special:
    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return self._name

    def __bool__(self) -> bool:
        return False


MISSING = _Special("MISSING")
NIL = _Special("NIL")


class Int64(int):
    """A whole number of a struct; a plain int is a constant or a length, of Go's type int."""

    __slots__ = ()


class NilSlice(tuple[Any, ...]):
    """A nil slice: empty, and null in JSON."""

    __slots__ = ()


class NilMap(dict[str, Any]):
    """A nil map: empty, and null in JSON."""

    __slots__ = ()


class Duration(Int64):
    """Nanoseconds, printed as `1m30s`."""

    __slots__ = ()


class Time(str):
    """A time in RFC 3339, printed as `2026-11-25 02:22:06.164 +0000 UTC`; in JSON as it is."""

    __slots__ = ()


class JsonNumber(str):
    """A number in untyped JSON: Go keeps its digits as text."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Method:
    """A method that takes arguments, such as `.Label "x"`; `parameters` are Go type names."""

    call: Callable[..., Any]
    parameters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Member:
    """A struct's field: the name in Go, the name in JSON (empty: not in JSON) and the value."""

    name: str
    value: Any
    json: str = ""
    omit_empty: bool = False
    type_name: str = ""
    """The Go type where the value alone does not tell: of a nil slice, map or pointer."""


@dataclass(frozen=True, slots=True)
class Struct:
    """A Go struct (behind a pointer when `type_name` begins with `*`)."""

    type_name: str
    members: tuple[Member, ...]

    def member(self, name: str) -> Member | None:
        """The field with this Go name."""
        return next((member for member in self.members if member.name == name), None)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a list: computed columns, each a value or a `Method`. JSON is the plain ones by name."""

    type_name: str
    """As Go's messages name it: `*formatter.imageContext`."""
    columns: Mapping[str, Any]


def type_name(value: Any) -> str:
    """The Go type as messages print it."""
    if isinstance(value, Struct | Row):
        return value.type_name
    if isinstance(value, JsonNumber):
        return "json.Number"
    if isinstance(value, Mapping):
        return f"map[string]{_element(list(value.values()))}"
    if isinstance(value, list | tuple):
        return f"[]{_element(value)}"
    if isinstance(value, Duration | Time):
        return "time.Duration" if isinstance(value, Duration) else "time.Time"
    names: dict[type, str] = {str: "string", bool: "bool", int: "int", Int64: "int64", float: "float64"}
    return names.get(type(value), type(value).__name__)


def _element(values: Sequence[Any]) -> str:
    kinds = {type_name(value) for value in values}
    return kinds.pop() if len(kinds) == 1 else "string" if not kinds else "interface {}"


def is_true(value: Any) -> bool:
    """Go templates' truth: not the zero value, not empty."""
    if value is MISSING or value is NIL or value is None:
        return False
    if isinstance(value, Struct | Row):
        return True
    return bool(value)
