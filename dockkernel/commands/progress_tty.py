"""The progress of a graph build on a terminal: lines that are drawn again in place, as BuildKit's client does it.

It never has more lines than the terminal while the build runs, and no line is wider; at the end all of it stays.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from dockkernel.build.buildkit.events import GraphPlanned, KitEvent, VertexStatus
from dockkernel.commands.layout import display_width, ellipsis
from dockkernel.commands.progress_trace import SECOND, Trace, Traced, counted

_EVERY = SECOND // 10
_LOG_LINES = 6
_NARROW = 10
"""Columns that the left end of a line has at least where there is a right one."""
_CONTROLS = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|.)|[\x00-\x1f\x7f]")
_HIDE, _SHOW = "\x1b[?25l", "\x1b[?25h"
_BLUE, _RED, _YELLOW, _FAINT, _PLAIN = "\x1b[34m", "\x1b[31m", "\x1b[33m", "\x1b[2m", "\x1b[0m"


@dataclass(frozen=True, slots=True)
class _Row:
    text: str
    time: str
    colour: str = ""
    over: bool = True


class TtyProgress:
    """Draws one build's progress. `size` gives columns and lines of the terminal, whenever it is asked."""

    def __init__(
        self,
        write: Callable[[bytes], None],
        description: str,
        size: Callable[[], tuple[int, int]],
        *,
        colours: bool = True,
    ) -> None:
        self._write = write
        self._description = description
        self._size = size
        self._colours = colours
        self._trace = Trace()
        self._planned: set[str] = set()
        self._drawn_lines = 0
        self._drawn_ns = 0

    def tell(self, event: KitEvent) -> None:
        """Takes one event."""
        if isinstance(event, GraphPlanned):
            self._planned.update(vertex[0] for vertex in event.vertices)
        elif self._trace.take(event) is not None:
            self.idle(self._trace.now_ns)

    def idle(self, now_ns: int) -> None:
        """Draws anew when it is time."""
        self._trace.now_ns = max(self._trace.now_ns, now_ns)
        if self._trace.now_ns - self._drawn_ns >= _EVERY:
            self._draw(whole=False)

    def close(self) -> None:
        """The last state, whole; then what failed."""
        self._draw(whole=True)
        self._write(self._trace.failures())

    def _draw(self, *, whole: bool) -> None:
        self._drawn_ns = self._trace.now_ns
        columns, lines = self._size()
        rows = [row for vertex in self._trace.vertices.values() for row in self._rows(vertex, logs=not whole)]
        if not whole:
            rows = _fitting(rows, max(lines - 2, 1))
        shown = [_line(self._head(whole=whole), self._description, columns)]
        shown += [self._coloured(row, _line(f" => {row.text}", row.time, columns)) for row in rows]
        blank = [" " * (columns - 1)] * max(self._drawn_lines - len(shown), 0)
        back = f"\x1b[{len(blank)}A" if blank else ""
        up = f"\x1b[{self._drawn_lines}A" if self._drawn_lines else ""
        text = "".join(line + "\n" for line in [*shown, *blank])
        self._write(f"{_HIDE}{up}\r{text}{back}{_SHOW}".encode("utf-8", "replace"))
        self._drawn_lines = len(shown)

    def _head(self, *, whole: bool) -> str:
        vertices = self._trace.vertices
        done = sum(vertex.done is not None for vertex in vertices.values())
        total = len(vertices.keys() | self._planned)
        began = min((vertex.started_ns for vertex in vertices.values()), default=self._trace.now_ns)
        finished = " FINISHED" if whole and done and done == total else ""
        return f"[+] Building {(self._trace.now_ns - began) / SECOND:.1f}s ({done}/{total}){finished}"

    def _rows(self, vertex: Traced, *, logs: bool) -> list[_Row]:
        now = self._trace.now_ns
        word, colour = _outcome(vertex)
        rows = [_Row(word + _clean(vertex.name), _seconds(vertex.seconds(now)), colour, vertex.done is not None)]
        for text, status in vertex.statuses.items():
            rows.append(_part(text, status, now))
        if logs and not vertex.done:
            last = [line.decode("utf-8", "replace") for line in [*vertex.last_lines, vertex.open_line] if line]
            rows += [_Row(f"=> # {_clean(line.partition(' ')[2])}", "", _FAINT, False) for line in last[-_LOG_LINES:]]
        return rows

    def _coloured(self, row: _Row, line: str) -> str:
        return f"{row.colour}{line}{_PLAIN}" if row.colour and self._colours else line


def _outcome(vertex: Traced) -> tuple[str, str]:
    done = vertex.done
    if done is None:
        return "", ""
    if done.canceled:
        return "CANCELED ", _YELLOW
    if done.error:
        return "ERROR ", _RED
    return "CACHED " if done.cached else "", _BLUE


def _part(text: str, status: VertexStatus, now_ns: int) -> _Row:
    started = status.started_ns or status.time_ns
    seconds = ((status.time_ns if status.done else now_ns) - started) / SECOND
    return _Row(f"=> {_clean(text)}{counted(status)}", _seconds(seconds), _BLUE if status.done else "", status.done)


def _seconds(seconds: float) -> str:
    return f"{seconds if seconds >= 0.05 else 0.0:.1f}s"


def _clean(text: str) -> str:
    return _CONTROLS.sub(" ", text)


def _line(left: str, right: str, columns: int) -> str:
    """Both ends of a line that fills the terminal but for its last column; a narrow one has no room for the right."""
    room = max(columns - 1, 1)
    right = right if len(right) + _NARROW <= room else ""
    left = ellipsis(left, max(room - len(right) - bool(right), 1))
    return left + " " * (room - display_width(left) - len(right)) + right


def _fitting(rows: list[_Row], room: int) -> list[_Row]:
    """As many rows as there is room for: the last ones, and of the others those that are not over."""
    if len(rows) <= room:
        return rows
    spare = len(rows) - room
    kept = []
    for row in rows:
        if spare and row.over:
            spare -= 1
        else:
            kept.append(row)
    return kept[-room:]
