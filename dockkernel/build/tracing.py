"""Writing the trace of a build step by step while the classic builder works."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from dockkernel.build.ops import CopyOp, Op, RunOp
from dockkernel.build.stage import Stage
from dockkernel.build.trace import ImageTrace, Outcome, StepTrace, make_step
from dockkernel.build.trace_files import FileTrace
from dockkernel.dockerfile.instructions import Instruction

_VARIABLE = re.compile(r"\$\{?([A-Za-z_][A-Za-z0-9_]*)")


@dataclass(slots=True)
class Facts:
    """What comes to light while one step is done."""

    command: str = ""
    arguments: Sequence[str] = ()
    """`NAME=value`."""
    files: dict[str, FileTrace] = field(default_factory=dict)
    cached: bool = False

    def lowered(self, instruction: Instruction, op: Op, before: Stage) -> None:
        """Takes what the step means: its expanded command, and the arguments that are in it."""
        if isinstance(op, RunOp):
            self.command, self.arguments = " ".join(op.argv), op.recorded
            return
        named = set(_VARIABLE.findall(instruction.original))
        known = before.args.environment(before.config.env or ())
        self.arguments = [entry for entry in known if entry.partition("=")[0] in named]
        self.command = op.comment("…") if isinstance(op, CopyOp) else op.comment


class TraceBook:
    """The steps of a build so far."""

    def __init__(self, *, uncached: bool) -> None:
        self.steps: list[StepTrace] = []
        self.number = 0
        """Of the step at hand, as the builder counts."""
        self._uncached = uncached
        self._stage = ""
        self._begun = 0
        self._ends: dict[str, int] = {}
        """Stage → place of its last step."""

    def begin_stage(self, stage: str, text: str, base: str, image_id: str) -> None:
        """FROM: `base` is an earlier stage's name in lower case, or an image's."""
        inputs = (self._ends[base],) if base in self._ends else ()
        image = None if inputs or not image_id else ImageTrace(base, image_id)
        self._stage, self._begun = stage, len(self.steps)
        step = make_step(
            stage=stage, place=0, number=self.number, text=text, inputs=inputs, image=image, outcome="cached",
            result=image_id,
        )  # fmt: skip
        self._add(step)

    def add(self, text: str, facts: Facts, outcome: Outcome, result: str) -> None:
        """An instruction or a trigger."""
        at = len(self.steps)
        step = make_step(
            stage=self._stage,
            place=at - self._begun,
            number=self.number,
            text=text,
            inputs=(at - 1,),
            command=facts.command,
            arguments=(_pair(entry) for entry in facts.arguments),
            files=facts.files,
            outcome=outcome,
            result=result if outcome != "failed" else "",
            uncached=self._uncached,
        )
        self._add(step)

    def _add(self, step: StepTrace) -> None:
        self._ends[self._stage] = len(self.steps)
        self.steps.append(step)


def _pair(entry: str) -> tuple[str, str]:
    name, _, value = entry.partition("=")
    return name, value
