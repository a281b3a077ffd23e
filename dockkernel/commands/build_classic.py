"""The classic builder's events into the model of a build: one step after the other, numbered from 1."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from dockkernel.build import events as classic
from dockkernel.commands.build_model import FROM, INTERNAL, BuildModel, Vertex
from dockkernel.errors import DockError
from dockkernel.snapshot.graph import StageSnapshot, VertexStatus

if TYPE_CHECKING:
    from dockkernel.build.plan import Options
    from dockkernel.dockerfile.instructions import Instruction
    from dockkernel.dockerfile.source import SourceText
    from dockkernel.engine.state import ImageRecord

_COPIED = re.compile(r"(?:COPY|ADD)\s.*?--from=(\S+)", re.IGNORECASE | re.DOTALL)


class ClassicReader:
    """Puts events into `model`, whose `now_ns` is the time of the event."""

    def __init__(self, model: BuildModel) -> None:
        self._model = model
        self._step: Vertex | None = None
        """The one that runs."""
        self._made: list[tuple[Vertex, str]] = []
        """The images of the steps that are done."""
        self.last_good = ""

    def expect(self, source: SourceText, options: Options) -> None:
        """The steps that will be done. Nothing for a Dockerfile that cannot be read: the build says so itself."""
        from dockkernel.build.plan import plan
        from dockkernel.dockerfile.stages import parse_dockerfile

        try:
            planned = plan(parse_dockerfile(source.text, source.name), options)
        except DockError:
            return
        for number, argument in enumerate(planned.args, 1):
            self._planned(number, argument, INTERNAL, ())
        number = len(planned.args)
        last: dict[str, str] = {}
        for place, stage in enumerate(planned.stages):
            base, name = _base(stage.from_.original), (stage.from_.name or "").lower()
            self._model.stages[place] = StageSnapshot(place, name, base, False)
            below = last.get(base.lower(), "")
            for instruction in (stage.from_, *stage.instructions):
                number += 1
                copied = _COPIED.match(instruction.original)
                other = last.get(copied.group(1).lower(), "") if copied else ""
                self._planned(number, instruction, place, (below, other))
                below = str(number)
            last[str(place)] = last[name or str(place)] = below

    def take(self, event: classic.Event) -> None:
        """Takes one event."""
        match event:
            case classic.StepStarted(number, total, text):
                self._begin(number, total, text)
            case classic.StepCached() if self._step:
                self._step.status = "cached"
            case classic.Output(_, data) if self._step:
                self._step.log.add(data)
            case classic.Pulling(layer, _, current, size) if self._step and size:
                self._step.moved[layer] = (current or 0, size)
            case classic.Downloading(url, current, size) if self._step and size:
                self._step.moved[url] = (current, size)
            case classic.StepDone(image_id) if self._step:
                self._finish("cached" if self._step.status == "cached" else "done")
                self._made.append((self._step, image_id))
                self.last_good = image_id

    def end(self, images: Mapping[str, ImageRecord], *, failed: bool) -> None:
        """The build has ended; the layers of its steps are as large as the store knows by now."""
        if failed and self._step is not None and not self._step.ended_ns:
            self._finish("failed")
        below: dict[int, int] = {}
        for vertex, image_id in self._made:
            record = images.get(image_id)
            layers = record.layers if record else ()
            vertex.layer_bytes = sum(layer.size for layer in layers[below.get(vertex.stage, 0) :])
            below[vertex.stage] = len(layers)

    def _planned(self, number: int, instruction: Instruction, stage: int, inputs: Sequence[str]) -> None:
        vertex = self._model.vertex(str(number))
        vertex.instruction, vertex.stage, vertex.line = instruction.original, stage, instruction.span.start_line
        vertex.name = f"Step {number} : {instruction.original}"
        vertex.inputs = tuple(dict.fromkeys(one for one in inputs if one))

    def _begin(self, number: int, total: int, text: str) -> None:
        """A step begins. One before it that did not say how it ended was an ARG before the first FROM."""
        if self._step is not None and not self._step.ended_ns:
            self._finish("done")
        self._step = vertex = self._model.vertex(str(number))
        vertex.name, vertex.instruction = f"Step {number}/{total} : {text}", text
        vertex.status, vertex.started_ns = "running", self._model.now_ns
        base = FROM.match(text)
        if base:
            self.last_good = ""
        if vertex.line:
            return
        before = self._model.vertices.get(str(number - 1))
        if base:
            vertex.stage = len(self._model.stages)
            self._model.stages[vertex.stage] = StageSnapshot(vertex.stage, "", base.group(1), False)
        elif before is not None and before.stage != INTERNAL:
            vertex.stage, vertex.inputs = before.stage, (before.id,)

    def _finish(self, status: VertexStatus) -> None:
        if self._step is not None:
            self._step.status, self._step.ended_ns = status, self._model.now_ns


def _base(original: str) -> str:
    found = FROM.match(original)
    return found.group(1) if found else ""
