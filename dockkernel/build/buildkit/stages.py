"""The stages of a Dockerfile as a graph build sees them: what each stands on, which of them the target needs.

A stage that the target does not need is not looked at further: its base is not resolved and nothing in it is done.
Images that COPY and mounts take from are stages of their own that have no instructions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from dockkernel.build.buildkit.names import StepCounter
from dockkernel.build.buildkit.ops import Source
from dockkernel.build.buildkit.options import KitFailed, KitOptions
from dockkernel.build.buildkit.scope import Scope
from dockkernel.build.buildkit.vertex import Vertex
from dockkernel.dockerfile import instructions as ins
from dockkernel.dockerfile.mounts import split_fields
from dockkernel.dockerfile.stages import Dockerfile, parse_trigger
from dockkernel.dockerfile.stages import Stage as Parsed
from dockkernel.dockerfile.words import expand
from dockkernel.errors import DockError, ParseError, Span
from dockkernel.oci.platform import Platform, parse_platform

SCRATCH = "scratch"
_NUMBERED = (ins.Add, ins.Copy, ins.Run, ins.Workdir)


@dataclass(slots=True, eq=False)
class Command:
    """An instruction of a stage, and the stages that it takes files from (None for those that take none)."""

    instruction: ins.Instruction
    sources: tuple[StageState | None, ...] = ()
    trigger: bool = False


@dataclass(slots=True, eq=False)
class StageState:
    """One stage while the graph is made."""

    base_name: str
    span: Span
    parsed: Parsed | None = None
    """None for an image that files are taken from."""
    number: int = -1
    base: StageState | None = None
    platform: Platform | None = None
    context: Source | None = None
    """The named context that stands for this stage or its base."""
    commands: list[Command] = field(default_factory=list)
    needs: dict[StageState, Span] = field(default_factory=dict)
    counter: StepCounter = field(default_factory=lambda: StepCounter(0))
    no_cache: bool = False
    resolved: bool = False
    on_build: tuple[str, ...] = ()
    """The triggers of its base image."""
    triggers_read: bool = False
    scope: Scope | None = None
    head: Vertex | None = None
    """What has come out so far; None on scratch."""
    done: bool = False

    @property
    def name(self) -> str:
        """The name in the file, lower case, or nothing."""
        return (self.parsed.name or "") if self.parsed else ""


class StageTable:
    """All stages of a build, those for foreign images included."""

    def __init__(self, dockerfile: Dockerfile, options: KitOptions, globals_: dict[str, str]) -> None:
        self.dockerfile = dockerfile
        self.options = options
        self.globals = globals_
        self.states: list[StageState] = []
        for number, parsed in enumerate(dockerfile.stages):
            self._add_stage(number, parsed)
        for state in list(self.states):
            instructions = state.parsed.instructions if state.parsed and not self._replaced(state) else ()
            state.commands = [self._command(state, instruction) for instruction in instructions]
        _refuse_circles(self.states)
        if len(self.states) == 1:
            self.states[0].counter.stage = ""

    def _replaced(self, state: StageState) -> bool:
        return bool(state.name) and state.name in self.options.contexts

    def _add_stage(self, number: int, parsed: Parsed) -> None:
        with at(parsed.from_.span):
            from_ = parsed.from_.expand(self.globals, self.dockerfile.escape)
            state = StageState(from_.base, parsed.from_.span, parsed, number, platform=_platform(parsed, from_))
        state.base = self.find(from_.base)
        if self._replaced(state):
            state.base, state.context = None, self.options.contexts[state.name]
        foreign = state.base is None and from_.base != SCRATCH
        total = int(foreign) + sum(isinstance(one, _NUMBERED) for one in parsed.instructions)
        state.counter = StepCounter(0 if self._replaced(state) else total, state.name or f"stage-{number}")
        state.no_cache = self.options.ignores_cache(state.name)
        self.states.append(state)

    def find(self, name: str) -> StageState | None:
        """The last stage of that name so far, in any case."""
        wanted = name.lower()
        return next((state for state in reversed(self.states) if state.name == wanted), None)

    def target(self) -> StageState:
        """The stage that is asked for; `ParseError` when there is none of that name."""
        wanted = self.options.target
        if not wanted:
            return [state for state in self.states if state.parsed][-1]
        found = self.find(wanted)
        if found is None and wanted.isascii() and wanted.isdigit() and int(wanted) < len(self.dockerfile.stages):
            return self.states[int(wanted)]
        return found or self.states[self.dockerfile.target_index(wanted)]

    def _command(self, state: StageState, instruction: ins.Instruction, *, trigger: bool = False) -> Command:
        with at(instruction.span):
            sources: tuple[StageState | None, ...] = ()
            if isinstance(instruction, ins.Copy) and instruction.from_:
                sources = (self._copied_from(instruction.from_, instruction.span),)
            elif isinstance(instruction, ins.Run):
                sources = tuple(self._mounted_from(spec, instruction.span) for spec in instruction.mount_specs)
        for source in sources:
            if source is not None:
                state.needs[source] = instruction.span
                if source.parsed is None and source not in self.states:
                    self.states.append(source)
        return Command(instruction, sources, trigger)

    def _copied_from(self, name: str, span: Span) -> StageState:
        if expand(name, {}) != name:
            raise KitFailed(
                "variable expansion is not supported for --from, define a new stage with FROM using ARG from global "
                "scope as a workaround"
            )
        if name.isascii() and name.lstrip("+-").isdigit():
            number = int(name)
            if not 0 <= number < len(self.states):
                raise KitFailed(f"invalid stage index {number}")
            return self.states[number]
        return self._named(name, span)

    def _mounted_from(self, spec: str, span: Span) -> StageState:
        """What `from` names. A mount without it stands for a stage of its own, as BuildKit counts them."""
        fields = (text.partition("=") for text in split_fields(spec))
        names = [value for key, _, value in fields if key.lower() == "from" and value]
        return self._named(names[-1], span) if names else StageState(SCRATCH, span)

    def _named(self, name: str, span: Span) -> StageState:
        return self.find(name) or StageState(name, span, context=self.options.contexts.get(name.lower()))

    def read_triggers(self, state: StageState) -> bool:
        """Puts the base's ONBUILD triggers before the stage's instructions; tells whether a source came with them."""
        if state.triggers_read:
            return False
        state.triggers_read = True
        texts = list(state.on_build)
        if state.base is not None:
            texts += [
                command.instruction.expression
                for command in state.base.commands
                if isinstance(command.instruction, ins.Onbuild)
            ]
        made = []
        for text in texts:
            with at(state.span):
                instruction = replace(parse_trigger(text), span=state.span)
            made.append(self._command(state, instruction, trigger=True))
        state.commands = [*made, *state.commands]
        state.counter.total += len(made)
        return any(command.sources for command in made)

    def reachable(self, target: StageState) -> set[StageState]:
        """The target and every stage that it stands on or takes files from."""
        found: set[StageState] = set()
        todo = [target]
        while todo:
            state = todo.pop()
            if state not in found:
                found.add(state)
                todo += _below(state)
        return found


class at:  # noqa: N801 - reads as a statement
    """Gives the errors of a block the lines they are about, in BuildKit's class."""

    def __init__(self, span: Span) -> None:
        self.span = span

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, KitFailed):
            error.span = error.span or self.span
        elif isinstance(error, DockError):
            raise KitFailed(error.message, hint=error.hint, span=error.span or self.span) from error


def _platform(parsed: Parsed, from_: ins.From) -> Platform | None:
    """The platform of `FROM --platform`; `KitFailed` for what is none."""
    if parsed.platform is None:
        return None
    if not from_.platform:
        raise KitFailed(f"empty platform value from expression {parsed.platform}")
    text = from_.platform
    try:
        return parse_platform(text)
    except ParseError as error:
        raise KitFailed(f"failed to parse platform {parsed.platform}: {error.message}") from error


def _refuse_circles(states: Iterable[StageState]) -> None:
    """`KitFailed` when a stage stands on itself, however indirectly. No recursion, since chains may be long."""
    finished: set[StageState] = set()
    for first in states:
        path: dict[StageState, Iterator[StageState]] = {first: _below(first)} if first not in finished else {}
        while path:
            state = next(reversed(path))
            needed = next(path[state], None)
            if needed is None:
                finished.add(state)
                del path[state]
            elif needed in path:
                message = f"circular dependency detected on stage: {needed.name or needed.base_name}"
                raise KitFailed(message, span=state.span)
            elif needed not in finished:
                path[needed] = _below(needed)


def _below(state: StageState) -> Iterator[StageState]:
    return iter([*([state.base] if state.base else []), *state.needs])
