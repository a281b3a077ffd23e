"""The progress of a graph build for programs: one JSON object a line, as BuildKit's client prints its `SolveStatus`.

Field names, base64 for bytes and RFC 3339 times are those of BuildKit's `client.SolveStatus`.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable
from typing import Any

from dockkernel.build.buildkit.events import (
    ChecksFound,
    KitEvent,
    VertexDone,
    VertexLog,
    VertexStarted,
    VertexStatus,
)
from dockkernel.dockerfile.source import LintWarning
from dockkernel.oci.times import from_ns

_STREAMS = {"stdout": 1, "stderr": 2}


class RawJsonProgress:
    """Prints one build's progress."""

    def __init__(self, write: Callable[[bytes], None]) -> None:
        self._write = write
        self._started: dict[str, VertexStarted] = {}

    def tell(self, event: KitEvent) -> None:
        """Takes one event; what other events BuildKit does not tell its client is left out."""
        status = self._status(event)
        if status:
            self._write(
                json.dumps(status, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace") + b"\n"
            )

    def idle(self, now_ns: int) -> None:
        """Nothing: there is nothing new."""

    def close(self) -> None:
        """Nothing: each event was whole."""

    def _status(self, event: KitEvent) -> dict[str, Any]:
        match event:
            case VertexStarted():
                self._started[event.id] = event
                return {"vertexes": [_vertex(event)]}
            case VertexDone(vertex_id):
                started = self._started.get(vertex_id) or VertexStarted(vertex_id, "", event.time_ns)
                return {"vertexes": [_vertex(started) | _outcome(event)]}
            case VertexStatus():
                return {"statuses": [_part(event)]}
            case VertexLog(vertex_id, stream, data, time_ns):
                text = b64encode(data).decode()
                row = {"vertex": vertex_id, "stream": _STREAMS[stream], "data": text, "timestamp": from_ns(time_ns)}
                return {"logs": [row]}
            case ChecksFound(warnings, source):
                return {"warnings": [_warning(one, source.name) for one in warnings]} if warnings else {}
            case _:
                return {}


def _vertex(started: VertexStarted) -> dict[str, Any]:
    row: dict[str, Any] = {"digest": started.id}
    if started.inputs:
        row["inputs"] = list(started.inputs)
    return row | {"name": started.name, "started": from_ns(started.time_ns)}


def _outcome(done: VertexDone) -> dict[str, Any]:
    row: dict[str, Any] = {"completed": from_ns(done.time_ns)}
    if done.cached:
        row["cached"] = True
    if done.error or done.canceled:
        row["error"] = done.error or "context canceled"
    return row


def _part(status: VertexStatus) -> dict[str, Any]:
    row: dict[str, Any] = {"id": status.text, "vertex": status.id}
    if status.total:
        row["total"] = status.total
    row |= {"current": status.current, "timestamp": from_ns(status.time_ns)}
    row["started"] = from_ns(status.started_ns or status.time_ns)
    if status.done:
        row["completed"] = from_ns(status.time_ns)
    return row


def _warning(warning: LintWarning, name: str) -> dict[str, Any]:
    span = warning.span
    short = f"{warning.rule}: {warning.text} (line {span.start_line})"
    return {
        "level": 1,
        "short": b64encode(short.encode("utf-8", "replace")).decode(),
        "url": warning.url,
        "sourceInfo": {"filename": name},
        "range": [{"start": {"line": span.start_line}, "end": {"line": span.end_line}}],
    }
