"""A build while it runs, as something that changes: what `BuildWatch` fills and takes snapshots of."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from dockkernel.snapshot.graph import (
    UNKNOWN,
    BuildStatus,
    GraphSnapshot,
    StageSnapshot,
    VertexSnapshot,
    VertexStatus,
)

INTERNAL = -1
"""The stage of what no instruction stands for."""
FROM = re.compile(r"FROM\s+(?:--\S+\s+)*(\S+)", re.IGNORECASE)
"""The instruction that begins a stage, and its base."""
_LOG_LINES = 12
_LINE_LENGTH = 200
_ESCAPES = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|.)")
_MILLISECOND = 1_000_000


@dataclass(slots=True)
class Log:
    """The end of what a process wrote."""

    lines: list[str] = field(default_factory=list)
    left_out: int = 0
    _open: str = ""

    def add(self, data: bytes) -> None:
        """More output; a carriage return begins its line anew, as on a terminal."""
        *whole, self._open = (self._open + data.decode("utf-8", "replace")).split("\n")
        self._open = self._open[-2 * _LINE_LENGTH :]
        self.lines += [_shown(line) for line in whole[-_LOG_LINES:]]
        self.left_out += max(len(whole) - _LOG_LINES, 0)
        if surplus := max(len(self.lines) - _LOG_LINES, 0):
            self.left_out += surplus
            del self.lines[:surplus]

    def shown(self) -> tuple[str, ...]:
        """The last lines, the one that has no end yet among them."""
        return (*self.lines, _shown(self._open)) if self._open else tuple(self.lines)


def _shown(line: str) -> str:
    line = _ESCAPES.sub("", line).rstrip("\r").rpartition("\r")[2]
    return line if len(line) <= _LINE_LENGTH else line[: _LINE_LENGTH - 1] + "…"


@dataclass(slots=True)
class Vertex:
    """One vertex so far. Times are nanoseconds, 0 for not yet."""

    id: str
    name: str = ""
    instruction: str = ""
    stage: int = INTERNAL
    line: int = 0
    inputs: tuple[str, ...] = ()
    status: VertexStatus = "waiting"
    started_ns: int = 0
    ended_ns: int = 0
    layer_bytes: int | None = None
    moved: dict[str, tuple[int, int]] = field(default_factory=dict)
    """By the status' words: bytes so far, bytes in all."""
    log: Log = field(default_factory=Log)
    error: str = ""

    @property
    def over(self) -> bool:
        """True when it changes no more."""
        return self.status not in ("waiting", "running")

    def snapshot(self, began_ns: int, known: set[str]) -> VertexSnapshot:
        """The record of it; inputs that nobody knows are left out."""
        return VertexSnapshot(
            id=self.id,
            name=self.name,
            instruction=self.instruction,
            stage=self.stage,
            line=self.line,
            inputs=tuple(one for one in self.inputs if one in known),
            status=self.status,
            started=since(began_ns, self.started_ns),
            ended=since(began_ns, self.ended_ns),
            bytes=UNKNOWN if self.layer_bytes is None else self.layer_bytes,
            current=sum(current for current, _ in self.moved.values()),
            total=sum(total for _, total in self.moved.values()),
            log=self.log.shown(),
            log_left_out=self.log.left_out,
            error=self.error,
        )


def since(began_ns: int, time_ns: int) -> int:
    """Milliseconds from the beginning, `UNKNOWN` for a time that has not come."""
    return max(time_ns - began_ns, 0) // _MILLISECOND if time_ns else UNKNOWN


@dataclass(slots=True)
class BuildModel:
    """All that is known of a build so far."""

    builder: Literal["classic", "buildkit"]
    began_ns: int
    now_ns: int
    status: BuildStatus = "running"
    vertices: dict[str, Vertex] = field(default_factory=dict)
    stages: dict[int, StageSnapshot] = field(default_factory=dict)

    def vertex(self, vertex_id: str) -> Vertex:
        """The vertex of that id, a new one where there is none."""
        return self.vertices.setdefault(vertex_id, Vertex(vertex_id))

    def end(self, status: BuildStatus) -> None:
        """What has not ended has not been done: canceled when it ran, skipped when it only waited."""
        self.status = status
        for vertex in self.vertices.values():
            if not vertex.over:
                vertex.status = "canceled" if vertex.status == "running" else "skipped"
                vertex.ended_ns = self.now_ns if vertex.started_ns else 0

    def snapshot(self) -> GraphSnapshot:
        """The build at this moment."""
        order = list(_inputs_first(self.vertices))
        known = {vertex.id for vertex in order}
        return GraphSnapshot(
            builder=self.builder,
            status=self.status,
            elapsed=since(self.began_ns, self.now_ns),
            stages=tuple(self.stages[number] for number in sorted(self.stages)),
            vertices=tuple(vertex.snapshot(self.began_ns, known) for vertex in order),
        )


def _inputs_first(vertices: dict[str, Vertex]) -> Iterable[Vertex]:
    """Depth first, without recursion: a chain of a thousand steps is no reason to end."""
    done: set[str] = set()
    for root in vertices.values():
        todo = [(root, False)]
        while todo:
            vertex, ready = todo.pop()
            if ready:
                yield vertex
            elif vertex.id not in done:
                done.add(vertex.id)
                todo.append((vertex, True))
                todo += [(vertices[one], False) for one in reversed(vertex.inputs) if one in vertices]
