"""The progress of a graph build as lines, as BuildKit's client prints it where there is no terminal.

Vertices are numbered as they are first shown. What ends is shown at once; of what runs only one vertex is shown at a
time, and `#4 ...` marks that another one comes between. What is over quickly is shown when it is over, so that the text
of equal builds is equal.
"""

from __future__ import annotations

from collections.abc import Callable

from dockkernel.build.buildkit.events import KitEvent, VertexStatus
from dockkernel.commands.progress_trace import SECOND, Trace, Traced, counted

_SHOWN_AFTER = SECOND // 10
"""What runs as long as this is shown though it has not said anything."""
_HELD_FOR = 5 * SECOND
"""How long a vertex that writes keeps others that write waiting."""
_STATUS_EVERY = 5 * SECOND
_STATUS_SHARE = 0.05
_TIMED = SECOND // 10
"""A part that took longer shows how long; shorter times are noise."""

Write = Callable[[bytes], None]


class PlainProgress:
    """Prints one build's progress; `description` stands as number 0 before it."""

    def __init__(self, write: Write, description: str) -> None:
        self._write = write
        self._description = description
        self._trace = Trace()
        self._current: Traced | None = None
        self._shown_ns = 0
        """When the current vertex came to be it."""
        self._count = 0
        self._told: dict[tuple[str, str], VertexStatus] = {}

    def tell(self, event: KitEvent) -> None:
        """Takes one event."""
        vertex = self._trace.take(event)
        if vertex is None:
            return
        if vertex.done or vertex is self._current or (vertex.lines and self._may_take_over()):
            self._show(vertex)
        self._pick()

    def idle(self, now_ns: int) -> None:
        """Time has passed without an event."""
        self._trace.now_ns = max(self._trace.now_ns, now_ns)
        self._pick()

    def close(self) -> None:
        """The build has ended: what failed is said again."""
        self._write(self._trace.failures())

    def _may_take_over(self) -> bool:
        return self._current is None or self._trace.now_ns - self._shown_ns >= _HELD_FOR

    def _pick(self) -> None:
        """Where no vertex is shown, the first of those that have run for a while is."""
        if self._current is not None:
            return
        for vertex in self._trace.vertices.values():
            if not vertex.done and self._trace.now_ns - vertex.started_ns >= _SHOWN_AFTER:
                self._show(vertex)
                return

    def _show(self, vertex: Traced) -> None:
        out: list[bytes] = []
        if not vertex.number:
            self._count += 1
            vertex.number = self._count
        mark = f"#{vertex.number} ".encode()
        if vertex is not self._current:
            out.append(self._heading())
            out.append(mark + vertex.name.encode("utf-8", "surrogateescape") + b"\n")
            self._shown_ns = self._trace.now_ns
        out += [mark + line.encode() + b"\n" for line in self._parts(vertex)]
        out += [mark + line + b"\n" for line in vertex.lines]
        vertex.lines.clear()
        self._current = None if vertex.done else vertex
        if vertex.done:
            out.append(mark + _ending(vertex).encode("utf-8", "surrogateescape") + b"\n")
        self._write(b"".join(out))

    def _heading(self) -> bytes:
        """What stands between two vertices."""
        if self._current is not None:
            return f"#{self._current.number} ...\n\n".encode()
        return b"\n" if self._count > 1 else f"#0 {self._description}\n\n".encode()

    def _parts(self, vertex: Traced) -> list[str]:
        """The parts of its work that are to be shown now."""
        lines = []
        for text, status in vertex.statuses.items():
            if text not in vertex.fresh or not self._is_due(status):
                continue
            self._told[status.id, text] = status
            took = status.time_ns - status.started_ns if status.started_ns else 0
            time = f" {took / SECOND:.1f}s" if took > _TIMED else ""
            lines.append(f"{text}{counted(status)}{time}{' done' if status.done else ''}")
        vertex.fresh.clear()
        return lines

    def _is_due(self, status: VertexStatus) -> bool:
        last = self._told.get((status.id, status.text))
        if last is None or status.done:
            return True
        share = (status.current - last.current) / status.total if status.total else 0.0
        return share >= _STATUS_SHARE or status.time_ns - last.time_ns >= _STATUS_EVERY


def _ending(vertex: Traced) -> str:
    done = vertex.done
    assert done is not None
    if done.canceled:
        return "CANCELED"
    if done.error:
        return f"ERROR: {done.error}"
    return "CACHED" if done.cached else f"DONE {vertex.seconds(done.time_ns):.1f}s"
