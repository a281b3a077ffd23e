r"""Shell patterns as Go's `path.Match` reads them: `*` and `?` stop at `/`, `[a-z]` and `[^a-z]`, `\\` escapes.

Docker uses it for the reference filter and for wildcards in COPY and ADD (https://pkg.go.dev/path#Match).
"""

from __future__ import annotations

import re
from functools import lru_cache

from dockkernel.errors import ParseError

_BAD = "syntax error in pattern"


def _class(pattern: str, start: int) -> tuple[str, int]:
    """The regular expression of the class that opens at `start`, and where the pattern goes on."""
    index, negated = start + 1, False
    ranges: list[tuple[str, str]] = []
    if pattern[index : index + 1] == "^":
        negated, index = True, index + 1

    def member(at: int) -> tuple[str, int]:
        if at >= len(pattern) or pattern[at] in "-]":
            raise ParseError(_BAD)
        if pattern[at] == "\\":
            at += 1
        if at >= len(pattern):
            raise ParseError(_BAD)
        return pattern[at], at + 1

    while True:
        if index >= len(pattern):
            raise ParseError(_BAD)
        if pattern[index] == "]" and ranges:
            break
        low, index = member(index)
        high = low
        if pattern[index : index + 1] == "-":
            high, index = member(index + 1)
        ranges.append((low, high))
    parts = "".join(f"{re.escape(low)}-{re.escape(high)}" for low, high in ranges if low <= high)
    if not parts:
        return (r"[^/]" if negated else r"(?!)"), index + 1
    return f"[{'^' if negated else ''}{parts}]", index + 1


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> re.Pattern[str]:
    expression, index = "", 0
    while index < len(pattern):
        char = pattern[index]
        if char == "[":
            part, index = _class(pattern, index)
            expression += part
            continue
        if char == "\\":
            index += 1
            if index >= len(pattern):
                raise ParseError(_BAD)
            expression += re.escape(pattern[index])
        else:
            expression += {"*": "[^/]*", "?": "[^/]"}.get(char) or re.escape(char)
        index += 1
    return re.compile(expression, re.DOTALL)


def path_match(pattern: str, name: str) -> bool:
    """True when the whole of `name` matches; `ParseError` ("syntax error in pattern") for a bad pattern.

    >>> path_match("*/demo", "team/demo"), path_match("d*", "host/demo")
    (True, False)
    """
    return _compiled(pattern).fullmatch(name) is not None
