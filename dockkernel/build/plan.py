"""A Dockerfile and the options of a build, as numbered steps: what `Step n/m` counts.

Every stage up to the target is a part of the plan, needed or not: so the classic builder does it. The steps of a later
graph builder come from the same instructions through `lower`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dockkernel.build.args import Values
from dockkernel.dockerfile.classic import check_classic
from dockkernel.dockerfile.instructions import Arg, From, Instruction, Label
from dockkernel.dockerfile.stages import Dockerfile
from dockkernel.oci.platform import Platform


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line asks for."""

    args: Values
    """`--build-arg`; None for a bare name that the environment does not have."""
    labels: tuple[tuple[str, str], ...] = ()
    target: str = ""
    no_cache: bool = False
    pull: bool = False
    remove: bool = True
    """Take the container of a successful step away."""
    force_remove: bool = False
    """Take it away in any case."""
    squash: bool = False
    """Make one layer of all that is added to the last stage's base."""
    cache_from: tuple[str, ...] | None = None
    """The only images (ids) whose steps may come from the cache; None for everything that is here."""
    platform: Platform | None = None
    """Of the images that stages begin with; None for the engine's own."""
    hosts: tuple[tuple[str, str], ...] = ()
    """Names and addresses for `/etc/hosts` while a RUN is done."""
    no_container: str = ""
    """Why the daemon makes no container with these options, in its words; empty when it does."""
    no_start: str = ""
    """Why it starts none."""


@dataclass(frozen=True, slots=True)
class StagePlan:
    """One stage: its FROM, and what follows."""

    from_: From
    instructions: tuple[Instruction, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """All that will be done, in order."""

    args: tuple[Arg, ...]
    """Before the first FROM."""
    stages: tuple[StagePlan, ...]
    escape: str
    warnings: tuple[str, ...]

    @property
    def total(self) -> int:
        """How many steps there are."""
        return len(self.args) + sum(1 + len(stage.instructions) for stage in self.stages)


def plan(dockerfile: Dockerfile, options: Options) -> Plan:
    """The steps up to the target, those of `--label` at the end.

    `ParseError` for a target that is not there and for what only BuildKit reads.
    """
    check_classic(dockerfile)
    stages = tuple(StagePlan(stage.from_, stage.instructions) for stage in dockerfile.stages)
    if options.target:
        stages = stages[: dockerfile.target_index(options.target) + 1]
    if stages and options.labels:
        stages = (*stages[:-1], _labelled(stages[-1], options.labels))
    return Plan(dockerfile.global_args, stages, dockerfile.escape, _warnings(dockerfile))


def _labelled(stage: StagePlan, labels: Sequence[tuple[str, str]]) -> StagePlan:
    steps = tuple(Label.of_option(key, value) for key, value in sorted(dict(labels).items()))
    return replace(stage, instructions=(*stage.instructions, *steps))


def _warnings(dockerfile: Dockerfile) -> tuple[str, ...]:
    found = tuple(warning.text for warning in dockerfile.warnings)
    return (*found, "Empty continuation lines will become errors in a future release.") if found else ()
