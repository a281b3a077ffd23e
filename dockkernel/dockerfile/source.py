"""The text of a Dockerfile with its name, and the excerpt that points at a place in it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from dockkernel.errors import Span

__all__ = ["LintWarning", "SourceText", "Span", "excerpt"]


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
        return tuple(line.rstrip("\r") for line in self.text.split("\n"))


def excerpt(source: SourceText, span: Span, *, context: int = 4) -> str:
    """Give the lines around a span with `>>>` before those it covers, and a caret line where columns are known.

    The shape is that of BuildKit's errors: name and line, a rule, numbered lines, a rule. At most `context` lines are
    shown on either side, and of a very long span its beginning.
    """
    last_line = max(1, len(source.lines))
    start = min(max(1, span.start_line), last_line)
    end = min(max(start, span.end_line), last_line)
    padding = _padding(end - start + 1, context)
    rows = [f"{source.name}:{start}", "-" * 20]
    for number in range(max(1, start - padding), min(last_line, end + padding) + 1):
        marked = start <= number <= end
        rows.append(f"{number:4d} | {'>>>' if marked else '   '} {source.lines[number - 1]}")
        if number == start and span.start_column:
            rows.append(_carets(source.lines[number - 1], span, same_line=start == span.end_line))
    rows.append("-" * 20)
    return "\n".join(rows)


def _padding(covered: int, context: int) -> int:
    """Give the number of lines to show on either side, fewer when the span itself is long (BuildKit: 2 to 4)."""
    return max(0, min(context, 4 - covered // 2)) if covered < 8 else 0


def _carets(line: str, span: Span, *, same_line: bool) -> str:
    start = min(span.start_column, len(line) + 1)
    end = span.end_column if same_line and span.end_column >= start else len(line)
    lead = "".join("\t" if char == "\t" else " " for char in line[: start - 1])
    return f"     |     {lead}{'^' * max(1, end - start + 1)}"
