"""The text of a Dockerfile with its name, and the excerpt that points at a place in it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from unicodedata import combining, east_asian_width

from dockkernel.errors import ParseError, Span

__all__ = ["LintWarning", "SourceText", "Span", "WordError", "excerpt"]


LONE_SURROGATE = re.compile("[\ud800-\udfff]")
"""What a byte that is no UTF-8 becomes in a text, and half of a character in JSON."""


class WordError(ParseError):
    """A ParseError about one word of an instruction, so that the place in the line can be found."""

    def __init__(self, message: str, word: str, *, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.word = word


@dataclass(frozen=True, slots=True)
class LintWarning:
    """Something that is allowed but not wise: which rule says so, what it says, where."""

    rule: str
    text: str
    url: str
    span: Span


@dataclass(frozen=True)
class SourceText:
    """A text and the name it is known by in messages."""

    text: str
    name: str = "Dockerfile"

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """The lines without their ends; a text that ends with a line end has an empty last line, as BuildKit counts."""
        return tuple(line.rstrip("\r") for line in LONE_SURROGATE.sub("\ufffd", self.text).split("\n"))

    def locate(self, error: ParseError) -> Span | None:
        """Give the place of the word that an error is about, else the lines that the error has."""
        span = error.span
        if span is None or not isinstance(error, WordError) or not error.word:
            return span
        for number in range(span.start_line, min(span.end_line, len(self.lines)) + 1):
            column = self.lines[number - 1].find(error.word) + 1
            if column:
                return Span(number, number, column, column + len(error.word) - 1)
        return span


def excerpt(source: SourceText, span: Span, *, carets: bool = True) -> str:
    """Give the lines around a span with `>>>` before those it covers, and a caret line where columns are known.

    The shape is that of BuildKit's errors: name and line, a rule, numbered lines, a rule; two lines on either side of a
    single line, one on either side of several. The caret line is ours.
    """
    last_line = len(source.lines)
    start = min(max(1, span.start_line), last_line)
    end = min(max(start, span.end_line), last_line)
    padding = 2 if start == end else 1
    rows = [f"{source.name}:{start}", "-" * 20]
    for number in range(max(1, start - padding), min(last_line, end + padding) + 1):
        mark = ">>>" if start <= number <= end else "   "
        rows.append(f" {number:3d} | {mark} {source.lines[number - 1]}")
        if carets and number == start and span.start_column:
            rows.append(_carets(source.lines[number - 1], span, same_line=start == span.end_line))
    rows.append("-" * 20)
    return "\n".join(rows)


def _carets(line: str, span: Span, *, same_line: bool) -> str:
    start = min(span.start_column, len(line) + 1)
    end = span.end_column if same_line and span.end_column >= start else len(line)
    lead = "".join("\t" if char == "\t" else " " * _columns(char) for char in line[: start - 1])
    return f"     |     {lead}{'^' * max(1, _columns(line[start - 1 : end]))}"


def _columns(text: str) -> int:
    """How many columns of a terminal the text takes."""
    return sum(0 if combining(char) else 2 if east_asian_width(char) in "WF" else 1 for char in text)
