"""The classic builder: every step on the image of the step before it, from the cache or anew.

A failed step ends the build; what the steps before it made is kept, and so is the failed step's container. Nothing here
changes the engine's state: the outcome says what to keep, and an interrupt leaves only blobs that nothing names.
"""

from __future__ import annotations

from dataclasses import replace

from dockkernel.build.args import Args
from dockkernel.build.backend import Backend
from dockkernel.build.cache import StepCache
from dockkernel.build.context import BuildContext
from dockkernel.build.events import Line, StepDone, StepStarted, Tell, Warned
from dockkernel.build.plan import Options, Plan, StagePlan
from dockkernel.build.result import BuildFailed, Outcome
from dockkernel.build.squash import squash
from dockkernel.build.stage import Stage
from dockkernel.build.steps import StageRun
from dockkernel.build.workshop import Workshop
from dockkernel.dockerfile.gotext import readable
from dockkernel.dockerfile.instructions import Arg, Instruction
from dockkernel.errors import DockError, InvalidInput, ParseError, Span
from dockkernel.oci.config import ContainerConfig
from dockkernel.oci.platform import Platform, parse_platform

SCRATCH = "scratch"


def solve(
    plan: Plan, context: BuildContext, options: Options, cache: StepCache, backend: Backend, tell: Tell
) -> Outcome:
    """Builds the plan. A failure is part of the outcome; only an interrupt and our own bugs are raised."""
    workshop = Workshop(context, options, cache, backend, tell)
    solver = _Solver(plan, workshop)
    image_id, error = "", None
    try:
        image_id = solver.run()
    except DockError as failure:
        error = failure
        error.span = error.span or solver.span
    made, kept, trace = workshop.made.values(), workshop.kept, workshop.trace.steps
    return Outcome(image_id, tuple(made), tuple(kept), cache.changed, error, workshop.parents, tuple(trace))


class _Solver:
    def __init__(self, plan: Plan, workshop: Workshop) -> None:
        self.plan = plan
        self.work = workshop
        self.args = Args(given=workshop.options.args)
        self.number = 0
        self.span: Span | None = None
        """The lines of the step at hand."""

    def run(self) -> str:
        for text in self.plan.warnings:
            self.work.tell(Warned(text))
        for instruction in self.plan.args:
            self._begin(instruction)
            self._global_arg(instruction)
        if not self.plan.stages:
            # A file of ARGs alone makes Docker's daemon close the connection; this is what its client says then.
            raise BuildFailed("unexpected EOF")
        image_id, base_id = "", ""
        for stage in self.plan.stages:
            image_id, base_id = self._stage(stage)
        if not image_id:
            raise BuildFailed("No image was generated. Is your Dockerfile empty?")
        unused = self.args.unused()
        if unused:
            self.work.tell(Line(f"[Warning] One or more build-args [{' '.join(unused)}] were not consumed"))
        return squash(self.work, image_id, base_id) if self.work.options.squash else image_id

    def _begin(self, instruction: Instruction) -> None:
        self.number += 1
        self.span = instruction.span
        self.work.trace.number = self.number
        self.work.tell(StepStarted(self.number, self.plan.total, readable(instruction.original)))

    def _global_arg(self, instruction: Arg) -> None:
        for argument in instruction.expand(self.args.in_stage(), self.plan.escape).arguments:
            self.args = self.args.declare_before(argument.key, argument.default)

    def _stage(self, stage: StagePlan) -> tuple[str, str]:
        """The stage's image, and the one that it began with."""
        name = stage.from_.name or ""
        if name in self.work.stage_names:
            raise InvalidInput(f"{name} stage name already used", span=stage.from_.span)
        self._begin(stage.from_)
        run = StageRun(self.work, *self._base(stage))
        base_id = run.image_id
        key = name or str(len(self.work.stages))
        self.work.trace.begin_stage(key, readable(stage.from_.original), self._base_name(stage), run.image_id)
        self.work.begin_stage()
        run.run_triggers()
        self.work.tell(StepDone(run.image_id))
        for instruction in stage.instructions:
            self._begin(instruction)
            run.run(instruction)
            self.work.tell(StepDone(run.image_id))
        self.work.stages.append(run.image_id)
        if name:
            self.work.stage_names[name] = run.image_id
        self.args = replace(self.args, used=run.stage.args.used)
        return run.image_id, base_id

    def _base_name(self, stage: StagePlan) -> str:
        base = stage.from_.expand(self.args.in_from(), self.plan.escape).base
        return base.lower() if base.lower() in self.work.stage_names else base

    def _platform(self, stage: StagePlan) -> Platform | None:
        """What `FROM --platform` asks for."""
        text = stage.from_.expand(self.args.in_from(), self.plan.escape).platform
        if not text:
            return None
        try:
            return parse_platform(text)
        except ParseError as error:
            raise InvalidInput(f"failed to parse platform {text}: {error.message}") from error

    def _base(self, stage: StagePlan) -> tuple[str, Stage]:
        """The image that the stage begins with (empty for scratch), and its state after FROM."""
        base = self._base_name(stage)
        image_id = self.work.stage_names.get(base)
        if image_id is None:
            pull, platform = self.work.options.pull, self._platform(stage)
            image_id = "" if base == SCRATCH else self.work.find(base, pull=pull, platform=platform)
        config = self.work.image(image_id).config.config if image_id else ContainerConfig()
        begun = Stage.begin(config, self.args, self.plan.escape)
        return image_id, begun
