"""BuildKit's events into the model of a build.

The names of vertices have those of their stages only where there are several; the Dockerfile has them all.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from dockkernel.build.buildkit import events as kit
from dockkernel.commands.build_model import FROM, BuildModel, Vertex
from dockkernel.errors import DockError
from dockkernel.snapshot.graph import StageSnapshot

if TYPE_CHECKING:
    from dockkernel.dockerfile.source import SourceText

_NAME = re.compile(r"\[(?:(?P<who>.*?) )?\d+/\d+\] (?P<instruction>.*)", re.DOTALL)
_PLATFORM = re.compile(r"^\S+/\S+(?: |$)")
_UNNAMED = re.compile(r"stage-(\d+)")


class KitReader:
    """Puts events into `model`."""

    def __init__(self, model: BuildModel) -> None:
        self._model = model
        self._names: tuple[str, ...] = ()

    def read(self, source: SourceText | None) -> None:
        """The Dockerfile that is built. One that cannot be read has no stages."""
        if source is None:
            return
        from dockkernel.dockerfile.stages import parse_for_buildkit

        try:
            self._names = tuple(stage.name or "" for stage in parse_for_buildkit(source.text, source.name).stages)
        except DockError:
            self._names = ()

    def take(self, event: kit.KitEvent) -> None:
        """Takes one event."""
        match event:
            case kit.GraphPlanned():
                self._planned(event)
            case kit.VertexStarted():
                self._started(event)
            case kit.VertexStatus(vertex_id, text, time_ns, current, total):
                self._model.vertex(vertex_id).moved[text] = (current, total)
                self._model.now_ns = time_ns
            case kit.VertexLog(vertex_id, _, data, time_ns):
                self._model.vertex(vertex_id).log.add(data)
                self._model.now_ns = time_ns
            case kit.VertexDone():
                self._done(event)
            case kit.ChecksFound():
                """Of no vertex."""

    def _planned(self, event: kit.GraphPlanned) -> None:
        for vertex_id, name, inputs, stage in event.vertices:
            self._name(self._model.vertex(vertex_id), name, inputs, stage)
        for name in event.skipped_stages:
            unnamed = _UNNAMED.fullmatch(name)
            number = int(unnamed.group(1)) if unnamed else _free(self._model.stages)
            self._model.stages[number] = StageSnapshot(number, "" if unnamed else name, "", True)

    def _started(self, event: kit.VertexStarted) -> None:
        vertex = self._model.vertex(event.id)
        stage = vertex.stage if event.stage is None else event.stage
        self._name(vertex, event.name, event.inputs or vertex.inputs, stage)
        vertex.line = event.span.start_line if event.span else 0
        vertex.status = "running"
        vertex.started_ns = vertex.started_ns or event.time_ns
        self._model.now_ns = event.time_ns

    def _name(self, vertex: Vertex, name: str, inputs: Sequence[str], stage: int) -> None:
        vertex.name, vertex.inputs = name, tuple(one for one in inputs if one)
        found = _NAME.fullmatch(name)
        vertex.instruction = found.group("instruction") if found else name
        if found is None:
            return
        vertex.stage = max(stage, 0)
        who = _PLATFORM.sub("", found.group("who") or "")
        known = self._model.stages.get(vertex.stage)
        base = FROM.match(vertex.instruction)
        if known is None or known.skipped or (base and not known.base):
            label = "" if _UNNAMED.fullmatch(who) else who
            label = label or next(iter(self._names[vertex.stage : vertex.stage + 1]), "")
            self._model.stages[vertex.stage] = StageSnapshot(vertex.stage, label, base.group(1) if base else "", False)

    def _done(self, event: kit.VertexDone) -> None:
        vertex = self._model.vertex(event.id)
        self._model.now_ns = event.time_ns
        vertex.error, vertex.layer_bytes = event.error, event.layer_bytes
        vertex.started_ns = vertex.started_ns or event.time_ns
        vertex.ended_ns = event.time_ns
        if event.canceled:
            vertex.status = "canceled"
        elif event.error:
            vertex.status = "failed"
        else:
            vertex.status = "cached" if event.cached else "done"


def _free(stages: dict[int, StageSnapshot]) -> int:
    return next(number for number in range(len(stages) + 1) if number not in stages)
