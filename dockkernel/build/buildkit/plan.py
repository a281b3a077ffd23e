"""From a Dockerfile and options to the graph: what the target needs, as vertices over their inputs.

Reading the plan needs the configs of base images, which `resolve` gives, and nothing else of the world.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass

from dockkernel.build.buildkit import copy_plan, run_plan
from dockkernel.build.buildkit.meaning import Given, mean
from dockkernel.build.buildkit.ops import DirOp, ImageSource, LocalSource, Source
from dockkernel.build.buildkit.options import BaseImage, KitFailed, KitOptions, Resolve
from dockkernel.build.buildkit.scope import Scope
from dockkernel.build.buildkit.stages import SCRATCH, Command, StageState, StageTable, at
from dockkernel.build.buildkit.surroundings import Around, named_context_name
from dockkernel.build.buildkit.vertex import Vertex
from dockkernel.dockerfile import instructions as ins
from dockkernel.dockerfile.stages import Dockerfile
from dockkernel.errors import DockError, ParseError
from dockkernel.oci.platform import Platform, parse_platform
from dockkernel.oci.reference import Reference


@dataclass(frozen=True, slots=True)
class Graph:
    """What is to be done for a target."""

    target: Vertex | None
    """None for an image of `FROM scratch` without files."""
    scope: Scope
    vertices: tuple[Vertex, ...]
    """All that the target stands on, each after its inputs, each once."""
    images: dict[str, BaseImage]
    """The images of `ImageSource` vertices, by vertex id."""
    skipped: tuple[str, ...] = ()
    """Names of the stages that are not needed."""


def plan(
    dockerfile: Dockerfile, options: KitOptions, own: Platform, resolve: Resolve, main: Source | None = None
) -> Graph:
    """The graph of a Dockerfile; `KitFailed` in BuildKit's words. `main` is where COPY takes from."""
    try:
        return _Planner(dockerfile, options, own, resolve, main or LocalSource()).run()
    except KitFailed:
        raise
    except DockError as error:
        raise KitFailed(error.message, hint=error.hint, span=error.span) from error


class _Planner:
    def __init__(
        self, dockerfile: Dockerfile, options: KitOptions, own: Platform, resolve: Resolve, main: Source
    ) -> None:
        self.dockerfile = dockerfile
        self.options = options
        self.resolve = resolve
        self.images: dict[str, BaseImage] = {}
        self.platform = _target_platform(options.platform, own)
        globals_ = self._globals(own)
        self.table = StageTable(dockerfile, options, globals_)
        self.given = Given(options.args, globals_)
        self.around = Around(dockerfile.escape, options, main)

    def _globals(self, own: Platform) -> dict[str, str]:
        """The arguments before the first FROM, after those that BuildKit sets itself."""
        values: dict[str, str] = {}
        for prefix, platform in (("BUILD", own), ("TARGET", self.platform)):
            values |= {
                f"{prefix}PLATFORM": str(platform), f"{prefix}OS": platform.os, f"{prefix}OSVERSION": "",
                f"{prefix}ARCH": platform.architecture, f"{prefix}VARIANT": platform.variant,
            }  # fmt: skip
        last = self.dockerfile.stages[-1].name or "" if self.dockerfile.stages else ""
        values["TARGETSTAGE"] = self.options.target or last or "default"
        values |= {name: value for name, value in self.options.args.items() if name in values}
        for instruction in self.dockerfile.global_args:
            with at(instruction.span):
                for argument in instruction.expand(values, self.dockerfile.escape).arguments:
                    value = self.options.args.get(argument.key, argument.default)
                    if value is not None:
                        values[argument.key] = value
        return values

    def run(self) -> Graph:
        target = self.table.target()
        needed = self._resolve_all(target)
        for state in self.table.states:
            if state in needed and not state.done:
                self._dispatch(state)
        assert target.scope is not None
        scope = target.scope
        if self.options.labels:
            scope = scope.with_config(labels={**(scope.config.labels or {}), **self.options.labels})
        skipped = tuple(
            state.name or f"stage-{state.number}" for state in self.table.states if state.parsed and state not in needed
        )
        return Graph(target.head, scope, _in_order(target.head), self.images, skipped)

    def _resolve_all(self, target: StageState) -> set[StageState]:
        """Resolves the bases of what the target needs; triggers may need more, so it is done until nothing is new."""
        while True:
            needed = self.table.reachable(target)
            states = [state for state in self.table.states if state in needed]
            for state in states:
                if state.base is None and not state.resolved:
                    self._begin(state)
            came = [self.table.read_triggers(state) for state in states]
            if True not in came:
                return needed

    def _begin(self, state: StageState) -> None:
        """FROM: scratch, a named context, or an image."""
        state.resolved = True
        platform = state.platform or self.platform
        with at(state.span):
            if state.base_name == SCRATCH and state.context is None:
                state.scope = Scope.of_image(None, platform)
            else:
                self._begin_with_files(state, platform)
        state.done = state.parsed is None

    def _begin_with_files(self, state: StageState, platform: Platform) -> None:
        source = state.context or self.options.contexts.get(state.base_name.lower())
        if source is not None and not isinstance(source, ImageSource):
            name = source.name if isinstance(source, LocalSource) else state.base_name
            state.head = self.around.source_vertex(source, named_context_name(name, source), state.number)
            state.scope = Scope.of_image(None, platform)
            return
        wanted = source.reference if source else canonical(state.base_name)
        try:
            image = self.resolve(wanted, platform)
        except KitFailed as error:
            error.message = f"{state.base_name}: {error.message}"
            raise
        state.on_build = image.config.config.on_build or ()
        state.scope = Scope.of_image(image.config, image.platform)
        text = f"FROM {image.reference}"
        if image.config.diff_ids:
            name = state.counter.name(text) if source is None else f"[context {state.base_name}] {image.reference}"
            op = ImageSource(image.reference, str(image.platform))
            state.head = self.around.unique(Vertex(op, (), name, state.number, state.span, text=text))
            self.images[state.head.id] = image

    def _dispatch(self, state: StageState) -> None:
        """All instructions of a stage whose base is there."""
        state.done = True
        if state.base is not None:
            assert state.base.scope is not None
            state.scope, state.head = state.base.scope.of_stage(), state.base.head
        for command in state.commands:
            with at(command.instruction.span):
                self._instruction(state, command)

    def _instruction(self, state: StageState, command: Command) -> None:
        scope = state.scope
        assert scope is not None
        instruction = command.instruction
        if not isinstance(instruction, ins.Arg):
            instruction = instruction.expand(scope.env, self.dockerfile.escape)
        if isinstance(instruction, ins.Run):
            run_plan.run(self.around, state, command, instruction)
        elif isinstance(instruction, ins.Copy | ins.Add):
            copy_plan.copy(self.around, state, command, instruction)
        elif isinstance(instruction, ins.Workdir):
            self._workdir(state, command, instruction)
        else:
            state.scope = mean(instruction, scope, self.given)

    def _workdir(self, state: StageState, command: Command, instruction: ins.Workdir) -> None:
        scope = state.scope
        assert scope is not None
        # An absolute path stays as it is written, a slash at its end included; nothing is the present one.
        path = instruction.path or scope.working_dir
        if not path.startswith("/"):
            path = f"/{posixpath.normpath(posixpath.join(scope.working_dir, path)).lstrip('/')}"
        scope = scope.with_config(working_dir=path)
        if path != "/":
            self.around.add(state, command, DirOp(path, scope.config.user))
        state.scope = scope.commit(f"WORKDIR {path}", layer=path != "/")


def canonical(name: str) -> str:
    """An image's whole name with its tag or digest; `KitFailed` for what is none."""
    try:
        return Reference.parse(name).with_default_tag().canonical()
    except DockError as error:
        raise KitFailed(f'failed to parse stage name "{name}": {error.message}') from error


def _target_platform(text: str, own: Platform) -> Platform:
    if not text:
        return own
    try:
        return parse_platform(text)
    except ParseError as error:
        raise KitFailed(error.message) from error


def _in_order(target: Vertex | None) -> tuple[Vertex, ...]:
    """Every vertex below the target, each after its inputs, without recursion."""
    found: dict[str, Vertex] = {}
    todo: list[tuple[Vertex, bool]] = [(target, False)] if target else []
    while todo:
        vertex, ready = todo.pop()
        if vertex.id in found:
            continue
        if ready:
            found[vertex.id] = vertex
            continue
        todo.append((vertex, True))
        todo += [(one, False) for one in reversed(vertex.inputs) if one is not None and one.id not in found]
    return tuple(found.values())
