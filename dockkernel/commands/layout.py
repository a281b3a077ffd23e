"""Text in columns as Go's `text/tabwriter` lays it out for Docker: width 10 or more, three blanks between, no tabs.

A cell belongs to a column only if a tab ends it; so the last cell of a line is not padded, and a column's width is
the widest of its cells in lines that follow each other and all have that column.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from unicodedata import east_asian_width

MIN_WIDTH = 10
PADDING = 3


def table(rows: Iterable[Sequence[str]], *, min_width: int = MIN_WIDTH, padding: int = PADDING) -> str:
    """The rows (headings first) as aligned lines, each ended by a line end.

    >>> print(table([("NAME", "SIZE"), ("busybox", "1.98MB")]), end="")
    NAME      SIZE
    busybox   1.98MB
    """
    lines = [row if len(row) else ("",) for row in rows]
    widths = _column_widths(lines, min_width, padding)
    out: list[str] = []
    for cells, line_widths in zip(lines, widths, strict=True):
        padded = [cell.ljust(width) for cell, width in zip(cells, line_widths, strict=False)]
        out.append("".join(padded) + cells[-1] + "\n")
    return "".join(out)


def align(text: str, *, min_width: int = MIN_WIDTH, padding: int = PADDING) -> str:
    """A text with tabs between cells, laid out; a last line without a line end stays without one."""
    lines = text.replace("\v", "\t").replace("\f", "\n").split("\n")
    laid = table([line.split("\t") for line in lines], min_width=min_width, padding=padding)
    return laid[:-1]


_TAB = 8


def tabbed(rows: Iterable[Sequence[str]]) -> str:
    r"""The rows laid out with tabs, as buildx does it: a column ends at the next tab stop after its widest cell.

    >>> tabbed([("ID:", "ab"), ("Reclaimable:", "true")])
    'ID:\t\tab\nReclaimable:\ttrue\n'
    """
    lines = [row if len(row) else ("",) for row in rows]
    out: list[str] = []
    for cells, widths in zip(lines, _column_widths(lines, 1, 1), strict=True):
        ends = [-(-width // _TAB) * _TAB for width in widths]
        padded = [cell + "\t" * -((len(cell) - end) // _TAB) for cell, end in zip(cells, ends, strict=False)]
        out.append("".join(padded) + cells[-1] + "\n")
    return "".join(out)


def _column_widths(lines: Sequence[Sequence[str]], min_width: int, padding: int) -> list[list[int]]:
    widths: list[list[int]] = [[0] * (len(cells) - 1) for cells in lines]
    columns = max((len(cells) for cells in lines), default=0) - 1
    for column in range(columns):
        start = 0
        while start < len(lines):
            end = start
            widest = min_width
            while end < len(lines) and len(lines[end]) - 1 > column:
                widest = max(widest, len(lines[end][column]) + padding)
                end += 1
            for index in range(start, end):
                widths[index][column] = widest
            start = max(end, start + 1)
    return widths


def display_width(text: str) -> int:
    """Columns that `text` takes on a terminal: wide East Asian characters take two."""
    if text.isascii():
        return len(text)
    return sum(_char_width(char) for char in text)


def _char_width(char: str) -> int:
    return 2 if east_asian_width(char) in "WF" else 1


def ellipsis(text: str, width: int) -> str:
    """`text` cut to `width` columns, the last being `…`; unchanged where it fits, empty for a width below 1."""
    if width <= 0:
        return ""
    if width == 1:
        return text[:1]
    if display_width(text) <= width:
        return text
    used = 0
    for index, char in enumerate(text):
        used += _char_width(char)
        if used > width - 1:
            return text[:index] + "…"
    return text
