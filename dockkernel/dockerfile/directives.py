"""Directives read by themselves: which frontend a file asks for (`syntax`), which checks it wants (`check`).

They are looked for before the file is parsed, so a first line `#!…` may stand above them, and a file that is no
Dockerfile may name its frontend after `//` or in a JSON object (Dockerfile reference, "Parser directives").
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from dockkernel.dockerfile.gotext import BLANKS
from dockkernel.dockerfile.parser import Directive, decode, parse_directive
from dockkernel.dockerfile.source import Span


@dataclass(frozen=True, slots=True)
class Syntax:
    """The frontend that a file asks for: its image, the whole line, where it stands."""

    reference: str
    command_line: str
    span: Span


def leading_directives(text: str | bytes, mark: str = "#") -> tuple[Directive, ...]:
    """Give the directives at the top of a text, in lines that begin with `mark`; the first other line ends them."""
    body, skipped = _without_shebang(decode(text))
    found: list[Directive] = []
    for number, line in enumerate(body.split("\n"), skipped + 1):
        if not line.startswith(mark):
            break
        parsed = parse_directive(line.rstrip("\r").removeprefix(mark).lstrip(BLANKS))
        if parsed is None or any(one.name == parsed[0] for one in found):
            break
        found.append(Directive(*parsed, Span(number, number)))
    return tuple(found)


def directive(name: str, text: str | bytes) -> str:
    """Give the first word of a directive's value, or nothing when the text has no such directive."""
    value = next((one.value for one in leading_directives(text) if one.name == name), "")
    return value.partition(" ")[0]


def detect_syntax(text: str | bytes) -> Syntax | None:
    """Give the frontend that a text asks for in any of the forms, or None."""
    for mark in ("#", "//"):
        for one in leading_directives(text, mark):
            if one.name == "syntax":
                return Syntax(one.value.partition(" ")[0], one.value, one.span)
    return _json_syntax(decode(text))


def _json_syntax(text: str) -> Syntax | None:
    body, skipped = _without_shebang(text)
    if not body.lstrip().startswith("{"):
        return None
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    wanted = value.get("syntax")
    return Syntax(wanted, wanted, Span(skipped, skipped)) if isinstance(wanted, str) else None


def _without_shebang(text: str) -> tuple[str, int]:
    """Give the text without a first line `#!…`, and how many lines went."""
    return (text.partition("\n")[2], 1) if text.startswith("#!") else (text, 0)
