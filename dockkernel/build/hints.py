"""Teaching hints of ours: what a build did that costs bytes or time, found in its layers and in why its steps ran.

Nothing here reads an instruction's text for its meaning: a hint is about files that are in layers, and about inputs of
steps that changed. `hints` gives values with numbers; `hint_words.sentence` makes the sentences.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

from dockkernel.build.explain import StepReason
from dockkernel.build.trace import StepTrace
from dockkernel.errors import Span
from dockkernel.fs.change import Change
from dockkernel.fs.tree import Tree

MOST_CHANGES = 50_000
"""Changes of one build's layers that are looked at; beyond them there are no hints about files."""


class HintKind(Enum):
    """What a hint is about."""

    HIDDEN = "hidden"
    """Files of an earlier layer that a later one removes or rewrites."""
    LEFTOVER = "leftover"
    """What a package manager keeps for its own later use."""
    COPIED = "copied"
    """Files that are in the image twice since only their owner or mode changed."""
    ONE_STEP = "one step"
    """RUN steps in a row that store the same files again and again."""
    CACHE = "cache"
    """A RUN that writes much and ran again only since the COPY before it brought another file."""


@dataclass(frozen=True, slots=True)
class BuiltLayer:
    """One layer of this build."""

    text: str
    """The instruction as written."""
    keyword: str
    """In capitals: RUN, COPY…"""
    changes: tuple[Change, ...]
    below: Tree
    """What was there before it."""
    span: Span | None = None
    place: int = 0
    """Of the instruction in its stage, so that neighbours are known."""
    stage: int = 0


@dataclass(frozen=True, slots=True)
class Hint:
    """One thing to learn. `bytes` and `count` are what the engine counted; `paths` are the biggest, or the changed one.

    `step` is the instruction that the hint is about, `other` the one that it is compared with.
    """

    kind: HintKind
    step: str
    span: Span | None = None
    other: str = ""
    bytes: int = 0
    count: int = 0
    paths: tuple[str, ...] = ()
    what: str = ""
    """Of a leftover: the package manager's key in `hint_files.LEFTOVERS`."""
    spans: tuple[Span, ...] = field(default=())
    """The lines of all steps that the hint is about."""


def hints(
    layers: Sequence[BuiltLayer], steps: Sequence[StepTrace] = (), reasons: Sequence[StepReason] = ()
) -> tuple[Hint, ...]:
    """The hints about a finished build, the costliest first within each kind.

    `layers` are those of this build, in order, without the base image's; `steps` and `reasons` are its trace. The work
    grows with the changes in the layers, and is left undone beyond `MOST_CHANGES`.
    """
    from dockkernel.build.hint_files import about_files
    from dockkernel.build.hint_steps import about_cache, about_neighbours

    found: list[Hint] = []
    if sum(len(layer.changes) for layer in layers) <= MOST_CHANGES:
        found += about_files(layers)
        found += about_neighbours(layers, found)
        found += about_cache(layers, steps, reasons)
    return tuple(found)
