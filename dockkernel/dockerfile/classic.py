"""What the classic builder of Docker 26 does not do of the language that the parser reads.

Some flags it does not know at all: they are errors while the file is read. Others it knows and refuses when their step
is reached.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dockkernel.dockerfile.instructions import Add, Copy, Instruction, Run
from dockkernel.dockerfile.stages import Dockerfile
from dockkernel.errors import ParseError

_UNKNOWN: Mapping[type[Instruction], frozenset[str]] = {
    Run: frozenset({"security", "device"}),
    Copy: frozenset({"exclude", "parents"}),
    Add: frozenset({"exclude", "unpack"}),
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """An instruction that the classic builder refuses, and its words; `while_reading` comes before any step."""

    instruction: Instruction
    message: str
    while_reading: bool


def classic_refusals(dockerfile: Dockerfile) -> tuple[Refusal, ...]:
    """Give what the classic builder refuses, in the order of the file."""
    found = (classic_refusal(step) for step in dockerfile.steps)
    return tuple(refusal for refusal in found if refusal is not None)


def check_classic(dockerfile: Dockerfile) -> None:
    """Refuse a file that has flags the classic builder does not know.

    Raises ParseError: `dockerfile parse error on line n: unknown flag: NAME`.
    """
    for refusal in classic_refusals(dockerfile):
        if refusal.while_reading:
            raise ParseError(refusal.message, span=refusal.instruction.span)


def classic_refusal(step: Instruction) -> Refusal | None:
    """Give the classic builder's refusal of one instruction, or None."""
    if not isinstance(step, Run | Copy | Add):
        return None
    unknown = next((name for name in step.flags_used if name in _UNKNOWN[type(step)]), None)
    if unknown is not None:
        message = f"dockerfile parse error on line {step.span.start_line}: unknown flag: {unknown}"
        return Refusal(step, message, while_reading=True)
    name = _needs_buildkit(step)
    if name is None:
        return None
    return Refusal(
        step,
        f"the --{name} option requires BuildKit. "
        "Refer to https://docs.docker.com/go/buildkit/ to learn how to build images with BuildKit enabled",
        while_reading=False,
    )


def _needs_buildkit(step: Run | Copy | Add) -> str | None:
    if isinstance(step, Run):
        return step.flags_used[0] if step.flags_used else None
    return "chmod" if step.chmod else None
