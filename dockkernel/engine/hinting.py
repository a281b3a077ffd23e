"""The teaching hints about an image that was just built: its layers and steps, put before `build.hints`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dockkernel.build.hints import BuiltLayer, Hint, hints
from dockkernel.dockerfile.instructions import KEYWORDS, Instruction
from dockkernel.dockerfile.source import SourceText
from dockkernel.dockerfile.stages import Dockerfile, parse_dockerfile
from dockkernel.engine.engine import Engine
from dockkernel.engine.traces import Trace
from dockkernel.errors import DockError
from dockkernel.oci.config import History

_NOP = re.compile(r"(?:\|\d+ .*)?/bin/sh -c #\(nop\)\s+(\w+)", re.DOTALL)


def build_hints(
    engine: Engine, image_id: str, source: SourceText, target: str = "", trace: Trace | None = None
) -> tuple[Hint, ...]:
    """The hints about a build of `source`; none where its image or Dockerfile cannot be read."""
    try:
        instructions = _instructions(parse_dockerfile(source.text, source.name), target)
        layers = _layers(engine, image_id, instructions)
    except DockError:
        return ()
    steps = trace.steps if trace is not None else ()
    reasons = trace.reasons if trace is not None and not trace.first else ()
    return hints(layers, steps, reasons)


def _instructions(dockerfile: Dockerfile, target: str) -> list[tuple[int, Instruction]]:
    """What made the image, with the stage: the target's instructions, after those of the stages that it is built on."""
    index: int | None = dockerfile.target_index(target) if target else len(dockerfile.stages) - 1
    found: list[tuple[int, Instruction]] = []
    while index is not None and index >= 0:
        stage = dockerfile.stages[index]
        found = [*((index, step) for step in stage.instructions), *found]
        wanted = stage.base.lower()
        index = next((at for at in reversed(range(index)) if dockerfile.stages[at].name == wanted), None)
    return found


def _layers(engine: Engine, image_id: str, instructions: Sequence[tuple[int, Instruction]]) -> list[BuiltLayer]:
    config = engine.config(image_id)
    diff_ids = list(config.diff_ids)
    rows = list(config.history)
    at = sum(not row.empty_layer for row in rows)
    if at != len(diff_ids):
        return []
    place = len(instructions)
    found: list[BuiltLayer] = []
    for row in reversed(rows):
        at -= not row.empty_layer
        if not place:
            break
        stage, step = instructions[place - 1]
        if _keyword(row) != step.keyword:
            # A row of a trigger, or of a --label: of no instruction in the file.
            continue
        place -= 1
        if not row.empty_layer:
            changes, below = engine.trees.changes(diff_ids[at]), engine.trees.tree(diff_ids[:at])
            found.append(BuiltLayer(step.original, step.keyword, changes, below, step.span, place, stage))
    return found[::-1]


def _keyword(row: History) -> str:
    """The instruction that a row of the history is of: the classic builder marks all but RUN."""
    text = row.created_by
    marked = _NOP.match(text)
    word = marked.group(1) if marked else text.split(" ", 1)[0]
    return word if word in KEYWORDS else "RUN"
