"""JSON as Go's `encoding/json` writes it: compact, `<>&` escaped where asked, maps by key, structs in their order."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from dockkernel.commands.gotemplate.govalues import MISSING, NIL, JsonNumber, Method, NilMap, NilSlice, Row, Struct

_ALWAYS = {"\u2028": "\\u2028", "\u2029": "\\u2029"}
_HTML = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"}


def to_json(value: Any, *, html: bool = True) -> str:
    """One line of JSON. A row's own JSON is always escaped for HTML, as its marshaller is Go's default one."""
    if isinstance(value, Row):
        plain = {name: item for name, item in value.columns.items() if not isinstance(item, Method)}
        return to_json(plain)
    if isinstance(value, Struct):
        members = [m for m in value.members if m.json and not (m.omit_empty and _empty(m.value))]
        return "{" + ",".join(f'"{member.json}":{to_json(member.value, html=html)}' for member in members) + "}"
    if isinstance(value, NilMap | NilSlice):
        return "null"
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{_text(key, html)}:{to_json(value[key], html=html)}" for key in sorted(value)) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(to_json(item, html=html) for item in value) + "]"
    if value is None or value is MISSING or value is NIL:
        return "null"
    if isinstance(value, JsonNumber):
        return str(value)
    return _text(value, html) if isinstance(value, str) else json.dumps(value)


def escape_html(text: str) -> str:
    """JSON text with `<`, `>` and `&` written as escapes, as Go's marshaller does by default."""
    for char, escaped in (*_HTML.items(), *_ALWAYS.items()):
        text = text.replace(char, escaped)
    return text


def _empty(value: Any) -> bool:
    return value is NIL or value is None or (not isinstance(value, Struct) and not value)


def _text(text: str, html: bool) -> str:
    clean = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    quoted = json.dumps(clean, ensure_ascii=False)
    for char, escaped in _ALWAYS.items():
        quoted = quoted.replace(char, escaped)
    return escape_html(quoted) if html else quoted
