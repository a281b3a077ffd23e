"""What is known of a graph build's vertices while it runs, for those who print it. Times are nanoseconds, UTC."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from dockkernel.build.buildkit.events import KitEvent, VertexDone, VertexLog, VertexStarted, VertexStatus

SECOND = 1_000_000_000
_LAST_LINES = 10
"""Lines of a failed vertex that are shown once more at the end."""


@dataclass(slots=True)
class Traced:
    """One vertex so far."""

    id: str
    name: str
    started_ns: int
    number: int = 0
    """Its number in plain progress; 0 before it is first shown."""
    done: VertexDone | None = None
    statuses: dict[str, VertexStatus] = field(default_factory=dict)
    """The newest of each part, in the order in which the parts began."""
    fresh: set[str] = field(default_factory=set)
    """Parts that have changed since they were last shown."""
    lines: list[bytes] = field(default_factory=list)
    """Whole lines that are not shown yet, each with its second."""
    last_lines: deque[bytes] = field(default_factory=lambda: deque(maxlen=_LAST_LINES))
    open_line: bytes = b""

    @property
    def failed(self) -> bool:
        """Whether it ended with an error of its own."""
        return self.done is not None and bool(self.done.error) and not self.done.canceled

    def seconds(self, now_ns: int) -> float:
        """How long it has run, or ran."""
        return max((self.done.time_ns if self.done else now_ns) - self.started_ns, 0) / SECOND

    def write(self, log: VertexLog) -> None:
        """Takes output of its process; a line gets the time at which it began."""
        *whole, rest = log.data.split(b"\n")
        for piece in whole:
            self._end_line((self.open_line or self._stamp(log)) + piece)
            self.open_line = b""
        if rest:
            self.open_line = (self.open_line or self._stamp(log)) + rest

    def finish(self, done: VertexDone) -> None:
        """It has ended; a line without an end is one."""
        self.done = done
        if self.open_line:
            self._end_line(self.open_line)
            self.open_line = b""

    def _stamp(self, log: VertexLog) -> bytes:
        seconds = max(log.time_ns - self.started_ns, 0) / SECOND
        places = 3 if seconds < 10 else 2 if seconds < 100 else 1
        return f"{seconds:.{places}f} ".encode()

    def _end_line(self, line: bytes) -> None:
        self.lines.append(line)
        self.last_lines.append(line)


class Trace:
    """All vertices that have begun, in that order."""

    def __init__(self) -> None:
        self.vertices: dict[str, Traced] = {}
        self.now_ns = 0

    def take(self, event: KitEvent) -> Traced | None:
        """Takes an event; gives the vertex that it is about, None for other events."""
        match event:
            case VertexStarted(vertex_id, name, time_ns):
                vertex = self.vertices.setdefault(vertex_id, Traced(vertex_id, name, time_ns))
            case VertexStatus():
                vertex = self._vertex(event.id, event.time_ns)
                vertex.statuses[event.text] = event
                vertex.fresh.add(event.text)
            case VertexLog():
                vertex = self._vertex(event.id, event.time_ns)
                vertex.write(event)
            case VertexDone():
                vertex = self._vertex(event.id, event.time_ns)
                vertex.finish(event)
            case _:
                return None
        self.now_ns = max(self.now_ns, event.time_ns)
        return vertex

    def _vertex(self, vertex_id: str, time_ns: int) -> Traced:
        return self.vertices.setdefault(vertex_id, Traced(vertex_id, vertex_id, time_ns))

    def failures(self) -> bytes:
        """The failed vertices with their last lines, as BuildKit's client repeats them after the progress."""
        out = []
        for vertex in self.vertices.values():
            if vertex.failed:
                lines = b"".join(line + b"\n" for line in vertex.last_lines)
                out.append(
                    b"------\n" + f" > {vertex.name}:\n".encode("utf-8", "surrogateescape") + lines + b"------\n"
                )
        return b"".join(out)


_UNITS = ("B", "kB", "MB", "GB", "TB", "PB", "EB")


def counted(status: VertexStatus) -> str:
    """How far a part is, with a blank before it: ` 38B`, ` 1.05MB / 3.40MB`; empty where nothing is counted.

    >>> counted(VertexStatus("", "transferring context:", 0, current=1234))
    ' 1.23kB'
    """
    if status.total:
        return f" {_bytes(status.current)} / {_bytes(status.total)}"
    return f" {_bytes(status.current)}" if status.current else ""


def _bytes(size: float) -> str:
    if size < 1000:
        return f"{int(size)}B"
    index = 0
    while size >= 1000 and index < len(_UNITS) - 1:
        size /= 1000
        index += 1
    return f"{size:.2f}{_UNITS[index]}"
