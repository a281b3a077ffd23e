"""Go's string, character and number constants."""

from __future__ import annotations

import re

_SIMPLE = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\"}
_ESCAPE = re.compile(r"\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{3}|[abfnrtv\\'\"])|\\", re.DOTALL)


def unquote(text: str) -> str:
    """The value of a quoted string or character; ValueError `invalid syntax` for a wrong escape."""
    quote, body = text[0], text[1:-1]
    if quote == "`":
        return body.replace("\r", "")

    def plain(match: re.Match[str]) -> str:
        escape = match[0][1:]
        if not escape or (escape in "'\"" and escape != quote):
            raise ValueError("invalid syntax")
        if escape in _SIMPLE or escape == quote:
            return _SIMPLE.get(escape, escape)
        code = int(escape, 8) if escape.isdecimal() else int(escape[1:], 16)
        if code > 0x10FFFF or 0xD800 <= code < 0xE000 or (escape.isdecimal() and code > 0xFF):
            raise ValueError("invalid syntax")
        return chr(code + 0xDC00) if escape[0] not in "uU" and code > 0x7F else chr(code)

    return _ESCAPE.sub(plain, body)


def number_value(text: str) -> int | float:
    """The value of a number or a character constant; ValueError with Go's words."""
    if text.startswith("'"):
        try:
            char = unquote(text)
        except ValueError:
            char = ""
        if len(char) != 1:
            raise ValueError(f"malformed character constant: {text}")
        return ord(char)
    bare = text.replace("_", "")
    try:
        if re.fullmatch(r"[+-]?0[0-7]+", bare):
            return int(bare, 8)
        return int(bare, 0)
    except ValueError:
        pass
    try:
        return float.fromhex(bare) if "0x" in bare.lower() else float(bare)
    except (ValueError, OverflowError):
        raise ValueError(f'illegal number syntax: "{text}"') from None
