"""One way to write JSON, the way Go's `encoding/json` does, so that equal values give equal bytes and digests."""

from __future__ import annotations

import json
from typing import Any

_ESCAPES = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"})


def dumps(value: Any, *, indent: int | None = None, escape_html: bool = True) -> str:
    """`value` as JSON without spaces (or indented), in insertion order, `<`, `>` and `&` escaped as Go escapes them."""
    separators = (",", ":") if indent is None else (",", ": ")
    text = json.dumps(value, ensure_ascii=False, separators=separators, indent=indent)
    return text.translate(_ESCAPES) if escape_html else text


def encode(value: Any) -> bytes:
    """`dumps(value)` as UTF-8; surrogate escapes become the replacement character, as in Go."""
    return dumps(value).encode("utf-8", "replace")
