"""Strings as Go prints them with `%q`: what Docker's messages, flags and templates quote with."""

from __future__ import annotations

_ESCAPES = {"\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v", "\\": "\\\\"}


def go_quote(text: str) -> str:
    """`text` in double quotes with Go's escapes; bytes that are no UTF-8 in hexadecimal.

    >>> go_quote("two words")
    '"two words"'
    """
    return '"' + "".join(_escaped(char, '"') for char in text) + '"'


def go_rune(char: str) -> str:
    """One byte of a command line in single quotes, as pflag names an unknown shorthand: the first byte of `char`."""
    first = char.encode("utf-8", "surrogateescape")[0]
    return "'" + _escaped(chr(first), "'") + "'"


def _escaped(char: str, quote: str) -> str:
    if char == quote:
        return "\\" + char
    if char in _ESCAPES:
        return _ESCAPES[char]
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    if char.isprintable():
        return char
    if code < 0x80:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
