"""The functions every Go template has: and or not, comparisons, len index slice, print and escapes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus

from dockkernel.commands.gotemplate.goformat import go_print, show, sprintf
from dockkernel.commands.gotemplate.govalues import MISSING, NIL, JsonNumber, Row, Struct, is_true, type_name

ANY = "interface {}"


@dataclass(frozen=True, slots=True)
class Function:
    """A function of templates. ValueError from `call` becomes `error calling NAME: …`."""

    call: Callable[..., Any]
    parameters: tuple[str, ...] = ()
    variadic: str = ""
    """The Go type of any further arguments; empty: none are taken."""
    short_circuit: bool | None = None
    """`and`, `or`: the truth that ends the evaluation."""


def _length(item: Any) -> int:
    if isinstance(item, str):
        return len(item.encode("utf-8", "surrogateescape"))
    if isinstance(item, list | tuple | Mapping):
        return len(item)
    if item is MISSING or item is None:
        raise ValueError("reflect: call of reflect.Value.Type on zero Value")
    if item is NIL:
        raise ValueError("len of nil pointer")
    raise ValueError(f"len of type {type_name(item)}")


def _position(index: Any, size: int, *, beyond: int = 0) -> int:
    if isinstance(index, bool) or not isinstance(index, int):
        if index is None or index is MISSING:
            raise ValueError("cannot index slice/array with nil")
        raise ValueError(f"cannot index slice/array with type {type_name(index)}")
    if not 0 <= index < size + beyond:
        raise ValueError(f"index out of range: {index}")
    return index


def _index(item: Any, *indexes: Any) -> Any:
    if item is MISSING or item is None:
        raise ValueError("index of untyped nil")
    for index in indexes:
        if isinstance(item, Mapping):
            if not isinstance(index, str):
                kind = "value is nil" if index is None else f"value has type {type_name(index)}"
                raise ValueError(f"{kind}; should be string")
            item = item.get(index, _zero(item))
        elif isinstance(item, list | tuple):
            item = item[_position(index, len(item))]
        elif isinstance(item, str):
            data = item.encode("utf-8", "surrogateescape")
            item = data[_position(index, len(data))]
        else:
            raise ValueError(f"can't index item of type {type_name(item)}")
    return item


def _zero(mapping: Mapping[str, Any]) -> Any:
    kind = type_name(mapping).removeprefix("map[string]")
    return {"string": "", "bool": False, "int64": 0, "float64": 0.0}.get(kind, MISSING)


def _slice(item: Any, *indexes: Any) -> Any:
    if item is MISSING or item is None:
        raise ValueError("slice of untyped nil")
    if len(indexes) > 3:
        raise ValueError(f"too many slice indexes: {len(indexes)}")
    if isinstance(item, str):
        if len(indexes) == 3:
            raise ValueError("cannot 3-index slice a string")
        data: Any = item.encode("utf-8", "surrogateescape")
    elif isinstance(item, list | tuple):
        data = item
    else:
        raise ValueError(f"can't slice item of type {type_name(item)}")
    bounds = [_position(index, len(data), beyond=1) for index in indexes]
    start, end = (bounds + [0, len(data)][len(bounds) :])[:2]
    if start > end:
        raise ValueError(f"invalid slice index: {start} > {end}")
    return data[start:end].decode("utf-8", "surrogateescape") if isinstance(data, bytes) else data[start:end]


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int):
        return "int"
    if isinstance(value, float):
        return "float"
    if isinstance(value, str):
        return "string"
    if value is None or value is MISSING:
        return "nil"
    raise ValueError("incompatible types for comparison" if isinstance(value, Row | Struct) else _NOT_BASIC)


_NOT_BASIC = "non-comparable type"


def _equal_pair(one: Any, other: Any) -> bool:
    for value in (one, other):
        if isinstance(value, list | tuple | Mapping):
            raise ValueError(f"non-comparable type {show(value)}: {type_name(value)}")
    if one is NIL or other is NIL:
        return one is other or other in (None, MISSING) or one in (None, MISSING)
    kinds = _kind(one), _kind(other)
    if "nil" in kinds:
        return kinds[0] == kinds[1]
    if kinds[0] != kinds[1] or isinstance(one, JsonNumber) != isinstance(other, JsonNumber):
        raise ValueError("incompatible types for comparison")
    return bool(one == other)


def _equal(first: Any, *others: Any) -> bool:
    if not others:
        raise ValueError("missing argument for comparison")
    return any(_equal_pair(first, other) for other in others)


def _less(one: Any, other: Any) -> bool:
    kinds = _kind(one), _kind(other)
    if "bool" in kinds or "nil" in kinds:
        raise ValueError("invalid type for comparison")
    if kinds[0] != kinds[1]:
        raise ValueError("incompatible types for comparison")
    return bool(one < other)


def _escape_html(text: str) -> str:
    pairs = (("&", "&amp;"), ('"', "&#34;"), ("'", "&#39;"), ("<", "&lt;"), (">", "&gt;"), ("\0", "\ufffd"))
    for char, entity in pairs:
        text = text.replace(char, entity)
    return text


def _escape_js(text: str) -> str:
    named = {"\\": "\\\\", "'": "\\'", '"': '\\"', "<": "\\u003C", ">": "\\u003E", "&": "\\u0026", "=": "\\u003D"}

    def one(char: str) -> str:
        if char in named:
            return named[char]
        return f"\\u{ord(char):04X}" if ord(char) < 0x20 or not char.isprintable() else char

    return "".join(one(char) for char in text)


def _call(function: Any, *arguments: Any) -> Any:
    raise ValueError(f"non-function {{argument}} of type {type_name(function)}")


BUILTINS: Mapping[str, Function] = {
    "and": Function(lambda *values: values[-1], (ANY,), ANY, short_circuit=False),
    "or": Function(lambda *values: values[-1], (ANY,), ANY, short_circuit=True),
    "not": Function(lambda value: not is_true(value), (ANY,)),
    "len": Function(_length, (ANY,)),
    "index": Function(_index, (ANY,), ANY),
    "slice": Function(_slice, (ANY,), ANY),
    "print": Function(go_print, (), ANY),
    "println": Function(lambda *values: " ".join(show(value) for value in values) + "\n", (), ANY),
    "printf": Function(sprintf, ("string",), ANY),
    "html": Function(lambda *values: _escape_html(go_print(*values)), (), ANY),
    "js": Function(lambda *values: _escape_js(go_print(*values)), (), ANY),
    "urlquery": Function(lambda *values: quote_plus(go_print(*values)), (), ANY),
    "call": Function(_call, (ANY,), ANY),
    "eq": Function(_equal, (ANY,), ANY),
    "ne": Function(lambda one, other: not _equal_pair(one, other), (ANY, ANY)),
    "lt": Function(_less, (ANY, ANY)),
    "le": Function(lambda one, other: _less(one, other) or _equal_pair(one, other), (ANY, ANY)),
    "gt": Function(lambda one, other: not (_less(one, other) or _equal_pair(one, other)), (ANY, ANY)),
    "ge": Function(lambda one, other: not _less(one, other), (ANY, ANY)),
}
"""By name; https://pkg.go.dev/text/template#hdr-Functions."""
