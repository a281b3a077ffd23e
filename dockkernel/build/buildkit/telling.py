"""Telling what happens to a vertex: begin, parts, output, end; failures and cancellation among them."""

from __future__ import annotations

from collections.abc import Callable

from dockkernel.build.buildkit.events import KitTell, VertexDone, VertexLog, VertexStarted, VertexStatus
from dockkernel.build.buildkit.vertex import Vertex
from dockkernel.errors import DockError
from dockkernel.exec.protocol import Stream


class Canceled(Exception):
    """Another vertex failed, or the user interrupts."""


class VertexTell:
    """Tells of one vertex."""

    def __init__(self, vertex_id: str, tell: KitTell, now_ns: Callable[[], int]) -> None:
        self.id = vertex_id
        self.now_ns = now_ns
        self.started_ns = self._free_ns = now_ns()
        self._tell = tell
        self._began: dict[str, int] = {}

    def start(self, vertex: Vertex) -> None:
        """It begins."""
        inputs = tuple(one.id for one in vertex.inputs if one is not None)
        self._tell(VertexStarted(self.id, vertex.name, self.started_ns, inputs, vertex.stage, vertex.span))

    def status(self, text: str, current: int = 0, total: int = 0, done: bool = False) -> None:
        """A part of its work. It began when it was first told, or, if it is over then, when the one before it ended."""
        now = self.now_ns()
        began = self._began.setdefault(text, self._free_ns if done else now)
        if done:
            self._free_ns = now
        self._tell(VertexStatus(self.id, text, now, current, total, began, done))

    def log(self, stream: Stream, data: bytes) -> None:
        """Its process has written."""
        self._tell(VertexLog(self.id, stream, data, self.now_ns()))

    def done(self, *, cached: bool = False, error: str = "", canceled: bool = False, size: int | None = None) -> None:
        """It has ended."""
        self._tell(VertexDone(self.id, self.now_ns(), cached, error, canceled, size))


class Failing:
    """Tells the failure of a vertex; what failed because the build was stopped counts as canceled."""

    def __init__(self, tell: VertexTell, stopped: Callable[[], bool]) -> None:
        self._tell = tell
        self._stopped = stopped

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, DockError):
            if self._stopped():
                raise Canceled from error
            self._tell.done(error=error.message)
