"""What a target takes from outside: build arguments, secrets, ssh agents (`docker build --call=outline`).

Of a stage's arguments those count that it declares or that its FROM uses, with the arguments that their defaults use;
then those of the stage that it is built on, then of those that it takes files from. Each name counts once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from dockkernel.dockerfile import instructions as to
from dockkernel.dockerfile.findings import CheckOptions, Findings, Surroundings
from dockkernel.dockerfile.lintfrom import (
    FromCheck,
    base_stages,
    global_arguments,
    known_image,
    needed_stages,
    source_stages,
)
from dockkernel.dockerfile.lintstage import DEFAULT_PATH
from dockkernel.dockerfile.source import Span
from dockkernel.dockerfile.stages import Dockerfile
from dockkernel.dockerfile.words import process
from dockkernel.errors import ParseError


@dataclass(frozen=True, slots=True)
class OutlineArgument:
    """A build argument with the value that it would have, and the comment that describes it."""

    name: str
    value: str
    doc: str
    span: Span


@dataclass(frozen=True, slots=True)
class OutlineMount:
    """A secret or an ssh agent that a RUN asks for by its id."""

    name: str
    required: bool
    span: Span


_Part = TypeVar("_Part", OutlineArgument, OutlineMount)


@dataclass(frozen=True, slots=True)
class Outline:
    """The stage's name and description, and what it takes, in the order of the lines."""

    name: str
    doc: str
    arguments: tuple[OutlineArgument, ...]
    secrets: tuple[OutlineMount, ...]
    agents: tuple[OutlineMount, ...]


@dataclass(slots=True)
class _Stage:
    env: dict[str, str]
    known: dict[str, OutlineArgument]
    used: set[str]
    secrets: dict[str, OutlineMount] = field(default_factory=dict)
    agents: dict[str, OutlineMount] = field(default_factory=dict)


def outline(dockerfile: Dockerfile, around: Surroundings) -> Outline:
    """Give what the target takes.

    Raises ParseError: for what the build would fail at, in BuildKit's words.
    """
    return _Outliner(dockerfile, around).run()


def stage_doc(step: to.From) -> str:
    """Give the description of a stage: the comment above FROM that begins with the stage's name."""
    notes = (note for note in step.comments if step.name and note.startswith(f"{step.name} "))
    return next((note[len(step.name or "") + 1 :] for note in notes), "")


class _Outliner:
    def __init__(self, file: Dockerfile, around: Surroundings) -> None:
        self.file = file
        self.around = around
        self.globals = global_arguments(file, around, around.build_args)
        self.known, self.needs = self._known_globals()
        check = FromCheck(file, self.globals, Findings(CheckOptions()))
        self.bases = [check.base(stage) for stage in file.stages]
        self.used_in_from = check.used
        self.on = base_stages(file, [name for name, _ in self.bases])
        self.stages: dict[int, _Stage] = {}

    def _known_globals(self) -> tuple[dict[str, OutlineArgument], dict[str, set[str]]]:
        """Give the arguments before the first FROM, and which others the value of each is made of."""
        env = global_arguments(Dockerfile((), self.file.stages), self.around, {})
        known: dict[str, OutlineArgument] = {}
        needs: dict[str, set[str]] = {}
        for step in self.file.global_args:
            for one in step.arguments:
                value, met = self.around.build_args.get(one.key), set[str]()
                if value is None and one.default is not None:
                    result = process(one.default, env, self.file.escape)
                    value, met = result.text, set(result.found)
                    if one.key in met:
                        met = (met - {one.key}) | needs.get(one.key, set())
                if value is not None:
                    env[one.key] = value
                known[one.key] = OutlineArgument(one.key, value or "", one.doc, step.span)
                needs[one.key] = met
        return known, needs

    def run(self) -> Outline:
        last = len(self.file.stages) - 1
        target = self.file.target_index(self.around.target) if self.around.target else last
        for index in sorted(needed_stages(self.file, self.on, target)):
            self._read(index)
        stage = self.file.stages[target]
        return Outline(
            stage.name or "",
            stage_doc(stage.from_),
            self._collected(target, self._arguments),
            self._collected(target, lambda one: one.secrets),
            self._collected(target, lambda one: one.agents),
        )

    def _read(self, index: int) -> None:
        below = self.on[index]
        before = self.stages.get(below) if below is not None else None
        if before is not None:
            env = dict(before.env)
        else:
            image = known_image(self.around, *self.bases[index], self.file.stages[index].from_.span)
            env = {"PATH": DEFAULT_PATH, **(image.env if image else {})}
        stage = self.stages[index] = _Stage(env, dict(self.known), set(self.used_in_from[index]))
        for step in self.file.stages[index].instructions:
            try:
                self._step(step, stage)
            except ParseError as error:
                error.span = error.span or step.span
                raise

    def _step(self, step: to.Instruction, stage: _Stage) -> None:
        if isinstance(step, to.Arg):
            self._argument(step, stage)
        elif isinstance(step, to.Env):
            expanded = step.expand(stage.env, self.file.escape)
            stage.env |= {pair.key: pair.value for pair in expanded.pairs}
        elif isinstance(step, to.Run):
            for mount in step.expand(stage.env, self.file.escape).mounts:
                if mount.type == "secret":
                    name = mount.source or mount.id or mount.target.rpartition("/")[2]
                    stage.secrets.setdefault(name, OutlineMount(name, mount.required, step.span))
                elif mount.type == "ssh":
                    name = mount.id or "default"
                    stage.agents.setdefault(name, OutlineMount(name, mount.required, step.span))

    def _argument(self, step: to.Arg, stage: _Stage) -> None:
        for one in step.arguments:
            value, inherited = self.around.build_args.get(one.key), False
            if value is None and one.default is not None:
                value = process(one.default, stage.env, self.file.escape).text
            elif value is None and one.key in self.globals:
                value, inherited = self.globals[one.key], True
            if value is not None:
                stage.env[one.key] = value
            if not inherited:
                stage.known[one.key] = OutlineArgument(one.key, value or "", one.doc, step.span)
            stage.used.add(one.key)

    def _arguments(self, stage: _Stage) -> Mapping[str, OutlineArgument]:
        used: set[str] = set()
        todo = list(stage.used)
        while todo:
            name = todo.pop()
            if name not in used:
                used.add(name)
                # The default of an argument that a stage declares anew is not a global one's any more.
                same = stage.known.get(name) is self.known.get(name)
                todo += self.needs.get(name, ()) if same else ()
        return {name: one for name, one in stage.known.items() if name in used}

    def _collected(self, target: int, part: Callable[[_Stage], Mapping[str, _Part]]) -> tuple[_Part, ...]:
        found: dict[str, _Part] = {}
        todo, seen = [target], set[int]()
        while todo:
            index = todo.pop()
            if index in seen:
                continue
            seen.add(index)
            for name, one in part(self.stages[index]).items():
                found.setdefault(name, one)
            below = self.on[index]
            todo += reversed(source_stages(self.file, self.file.stages[index]))
            todo += [below] if below is not None else []
        return tuple(sorted(found.values(), key=lambda one: one.span.start_line))
