"""A whole Dockerfile: arguments before the first stage, the stages, warnings."""

from __future__ import annotations

from dataclasses import dataclass, field

from dockkernel.dockerfile.flags import FlagError
from dockkernel.dockerfile.gotext import suggestion
from dockkernel.dockerfile.instructions import Arg, From, Instruction
from dockkernel.dockerfile.parser import Directive, ParsedFile, decode, parse
from dockkernel.dockerfile.source import LintWarning, SourceText, Span
from dockkernel.dockerfile.typed import instruction
from dockkernel.errors import ParseError
from dockkernel.oci.quoting import go_quote


@dataclass(frozen=True, slots=True)
class Stage:
    """A FROM and what follows it; `base` and `platform` are as written, variables and all."""

    from_: From
    instructions: tuple[Instruction, ...] = ()

    @property
    def name(self) -> str | None:
        """The stage's name in lower case, or None."""
        return self.from_.name

    @property
    def base(self) -> str:
        """The image or stage it begins with."""
        return self.from_.base

    @property
    def platform(self) -> str | None:
        """The value of `--platform`, or None."""
        return self.from_.platform

    @property
    def span(self) -> Span:
        """The lines from FROM to the last instruction."""
        last = self.instructions[-1] if self.instructions else self.from_
        return Span(self.from_.span.start_line, last.span.end_line)


@dataclass(frozen=True, slots=True)
class Dockerfile:
    """A Dockerfile as typed instructions; `escape` is what `expand` needs, `warnings` those of the parser."""

    global_args: tuple[Arg, ...]
    stages: tuple[Stage, ...]
    warnings: tuple[LintWarning, ...] = ()
    escape: str = "\\"
    directives: tuple[Directive, ...] = ()
    source: SourceText = field(default_factory=lambda: SourceText(""), repr=False)

    @property
    def steps(self) -> tuple[Instruction, ...]:
        """All instructions in order, as the steps of the classic builder are counted."""
        steps: list[Instruction] = list(self.global_args)
        for stage in self.stages:
            steps += (stage.from_, *stage.instructions)
        return tuple(steps)

    def stage_index(self, name: str) -> int | None:
        """Give the place of the first stage of that name, in any case, or None."""
        wanted = name.lower()
        return next((index for index, stage in enumerate(self.stages) if stage.name == wanted), None)

    def near_stage(self, name: str) -> str | None:
        """Give the stage whose name a mistyped one is nearest to, or None."""
        return suggestion(name, [stage.name for stage in self.stages if stage.name], fold_case=True)

    def target_index(self, name: str) -> int:
        """Give the place of the stage that `--target NAME` asks for.

        Raises ParseError: `target stage "NAME" could not be found`.
        """
        index = self.stage_index(name)
        if index is None:
            near = self.near_stage(name)
            hint = f"did you mean {near}?" if near else None
            raise ParseError(f"target stage {go_quote(name)} could not be found", hint=hint)
        return index


def parse_dockerfile(text: str | bytes, name: str = "Dockerfile") -> Dockerfile:
    """Give the instructions of a Dockerfile's text; `name` is how messages call it.

    Raises ParseError: with the text that the daemon gives after `Error response from daemon: `, and the lines.
    """
    source = SourceText(decode(text), name)
    if not text:
        raise ParseError(f"the Dockerfile ({name}) cannot be empty", span=Span(1, 1))
    try:
        parsed = parse(source.text)
    except ParseError as error:
        message = f"failed to parse {name}: {error.message}"
        raise ParseError(message, hint=error.hint, span=source.locate(error)) from None
    return type_file(parsed, source)


def parse_for_buildkit(text: str | bytes, name: str = "Dockerfile") -> Dockerfile:
    """Give the instructions of a Dockerfile's text, with BuildKit's words for what is broken in it.

    Raises ParseError: with the text that comes after `failed to solve: `, and the lines.
    """
    source = SourceText(decode(text), name)
    if not text:
        raise ParseError("the Dockerfile cannot be empty", span=Span(1, 1))
    try:
        parsed = parse(source.text)
    except ParseError as error:
        raise ParseError(error.message, hint=error.hint, span=source.locate(error)) from None
    dockerfile = type_file(parsed, source, buildkit=True)
    if not dockerfile.stages:
        raise ParseError("dockerfile contains no stages to build", span=parsed.nodes[0].span)
    return dockerfile


def type_file(parsed: ParsedFile, source: SourceText, *, buildkit: bool = False) -> Dockerfile:
    """Give the typed Dockerfile of a parsed one; what is wrong with a flag may be said in BuildKit's words.

    Raises ParseError: `dockerfile parse error on line n: …`, or `no build stage in current context`.
    """
    global_args: list[Arg] = []
    stages: list[tuple[From, list[Instruction]]] = []
    for node in parsed.nodes:
        try:
            made = instruction(node)
        except ParseError as error:
            what = error.of_buildkit if buildkit and isinstance(error, FlagError) else error.message
            message = f"dockerfile parse error on line {node.span.start_line}: {what}"
            raise ParseError(message, hint=error.hint, span=source.locate(error)) from None
        if isinstance(made, From):
            stages.append((made, []))
        elif stages:
            stages[-1][1].append(made)
        elif isinstance(made, Arg):
            global_args.append(made)
        else:
            raise ParseError("no build stage in current context", span=node.span)
    return Dockerfile(
        global_args=tuple(global_args),
        stages=tuple(Stage(from_, tuple(rest)) for from_, rest in stages),
        warnings=parsed.warnings,
        escape=parsed.escape,
        directives=parsed.directives,
        source=source,
    )


def parse_trigger(expression: str) -> Instruction:
    """Give the instruction of an ONBUILD trigger, read when it runs in the image that is built on top.

    Raises ParseError: in the daemon's words; a trigger must be one instruction.
    """
    nodes = parse(expression).nodes
    if len(nodes) != 1:
        raise ParseError("onbuild trigger should be a single expression")
    made = instruction(nodes[0])
    if isinstance(made, From):
        raise ParseError("*instructions.Stage is not a command type", span=made.span)
    return made
