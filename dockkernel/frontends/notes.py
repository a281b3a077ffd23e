"""Notes beside Docker's words: the lines of the cell that an error or a warning is about, and what may help.

A build knows the Dockerfile that it was given; the learner knows cells. `CellSource` leads from the one to the other.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape

from dockkernel.commands.events import Note
from dockkernel.dockerfile.source import SourceText, excerpt
from dockkernel.errors import Span

_COLOURS = {"error": "#d0473c", "warning": "#c77f0a", "hint": "#4a86b8"}
"""Of the bar beside the note: each has a contrast of 3 to 1 to white and to JupyterLab's dark ground."""
_HARMFUL = re.compile("[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\u202a-\u202e\u2066-\u2069]")
"""What no document may hold, what moves a cursor, and what turns the direction of writing."""
_OPEN = 3
"""So many warnings are open to be read; more of them are folded."""


@dataclass(frozen=True, slots=True)
class CellPart:
    """The part of a Dockerfile that one cell holds."""

    label: str
    """What the notebook calls the cell: `In[3]`."""
    cell: str
    """The whole text of the cell."""
    before: int
    """How many lines of the cell stand before the Dockerfile's text."""
    first: int
    """Number of its first line in the Dockerfile that is built."""
    last: int


@dataclass(frozen=True, slots=True)
class CellSource:
    """A Dockerfile made of cells."""

    text: str
    parts: tuple[CellPart, ...]

    def place(self, span: Span) -> tuple[SourceText, Span] | None:
        """The cell that a span is about, and where in it; None for a span outside of all cells."""
        for part in self.parts:
            if part.first <= span.start_line <= part.last:
                shift = part.before + 1 - part.first
                end = min(span.end_line, part.last)
                moved = replace(span, start_line=span.start_line + shift, end_line=end + shift)
                return SourceText(part.cell, part.label), moved
        return None


def bundle(notes: Sequence[Note], cell: CellSource | None) -> dict[str, str]:
    """The notes of one command as one display."""
    placed = [(_clean(note), _HARMFUL.sub("\ufffd", _excerpt(note, cell))) for note in notes]
    return {
        "text/plain": "\n\n".join(_text(note, lines) for note, lines in placed),
        "text/html": _folded("".join(_html(note, lines) for note, lines in placed), len(placed)),
    }


def text(note: Note) -> str:
    """A note in plain lines, for a terminal."""
    return _text(_clean(note), _HARMFUL.sub("\ufffd", _excerpt(note, None)))


def _clean(note: Note) -> Note:
    message, hint, url = (_HARMFUL.sub("\ufffd", part) for part in (note.message, note.hint, note.url))
    return replace(note, message=message, hint=hint, url=url)


def _excerpt(note: Note, cell: CellSource | None) -> str:
    """The lines with their caret; empty where a note is about no line."""
    if note.source is None or note.span is None:
        return ""
    source, span = note.source, note.span
    if cell is not None:
        placed = cell.place(span)
        if placed is None:
            return ""
        source, span = placed
    return excerpt(source, _pointed(source, span))


def _pointed(source: SourceText, span: Span) -> Span:
    """A span of whole lines gets the columns of its first line, so that there is something to point at."""
    if span.start_column or not 1 <= span.start_line <= len(source.lines):
        return span
    line = source.lines[span.start_line - 1]
    first = len(line) - len(line.lstrip()) + 1
    return replace(span, start_column=first, end_column=max(len(line.rstrip()), first))


def _text(note: Note, lines: str) -> str:
    said = "" if note.kind == "error" else note.message
    return "\n".join(part for part in (said, lines, note.hint) if part)


def _html(note: Note, lines: str) -> str:
    label = escape(f"{note.kind}: {note.message}", quote=True)
    parts = []
    if note.kind != "error":
        more = f' (<a href="{escape(note.url, quote=True)}">more</a>)' if note.url.startswith("https://") else ""
        parts.append(f"<div>{escape(note.message)}{more}</div>")
    if lines:
        rows = [f"<b>{escape(row)}</b>" if " | >>>" in row[:12] else escape(row) for row in lines.split("\n")]
        style = "margin:0;padding:0;background:none;color:inherit;line-height:1.35;white-space:pre;overflow-x:auto"
        parts.append('<pre style="{}">{}</pre>'.format(style, "\n".join(rows)))
    if note.hint:
        parts.append(f'<div style="white-space:pre-wrap">{_code(note.hint)}</div>')
    bar = f"border-left:4px solid {_COLOURS[note.kind]};padding:2px 0 2px 12px;margin:6px 0"
    return f'<div role="note" aria-label="{label}" style="{bar}">{"".join(parts)}</div>'


def _code(hint: str) -> str:
    """Indented lines of a hint are commands, to be copied."""
    rows = []
    for row in hint.split("\n"):
        command = row.startswith("    ")
        rows.append(f"    <code>{escape(row.strip())}</code>" if command else escape(row))
    return "\n".join(rows)


def _folded(html: str, count: int) -> str:
    if count <= _OPEN:
        return html
    return f"<details><summary>{count} notes</summary>{html}</details>"
