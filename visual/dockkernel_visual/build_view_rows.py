"""What both views of a build show: its stages with their steps, how many there are of each kind, and all that in words.

Parts of a build that no instruction stands for (sending the context, exporting) are shown while they run and where they
failed; of a finished build they tell nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from dockkernel.snapshot import GraphSnapshot, StageSnapshot, VertexSnapshot
from dockkernel_visual.letters import one_line
from dockkernel_visual.words import Language, count, say, size, total

MOST_STEPS = 24
"""Steps of one stage that are shown one by one."""
INTERNAL = -1
_DIGEST = re.compile(r"(@sha256:[0-9a-f]{12})[0-9a-f]+")
_BRIEF = 50
"""Milliseconds that are not worth a word."""


@dataclass(frozen=True, slots=True)
class Group:
    """One stage with the steps that are shown, and how many are not. The stage is None for what is before all."""

    stage: StageSnapshot | None
    steps: tuple[VertexSnapshot, ...]
    left_out: int = 0
    """Steps between the first one and the others."""


def groups(graph: GraphSnapshot, most: int = MOST_STEPS) -> list[Group]:
    """The stages in their order, before them what belongs to none."""
    found = []
    before = tuple(step for step in graph.vertices if step.stage == INTERNAL and _telling(step, graph))
    if before:
        found.append(_cut(None, before, most))
    for stage in graph.stages:
        steps = tuple(step for step in graph.vertices if step.stage == stage.number)
        found.append(_cut(stage, steps, most))
    return found


def _telling(step: VertexSnapshot, graph: GraphSnapshot) -> bool:
    return step.status == "failed" or (step.status == "running" and graph.status == "running")


def _cut(stage: StageSnapshot | None, steps: tuple[VertexSnapshot, ...], most: int) -> Group:
    """The first step and the last ones; where one failed or runs, those around it."""
    if len(steps) <= most:
        return Group(stage, steps)
    busy = [number for number, step in enumerate(steps) if step.status in ("running", "failed")]
    end = min(len(steps), busy[-1] + 3) if busy else len(steps)
    start = max(end - most + 1, 1)
    return Group(
        stage, (steps[0], *steps[start : start + most - 1]), start - 1 + len(steps) - min(len(steps), start + most - 1)
    )


def counted(graph: GraphSnapshot) -> Counter[str]:
    """How many steps are in which state."""
    return Counter(step.status for step in graph.vertices if step.stage != INTERNAL)


def new_bytes(graph: GraphSnapshot) -> int:
    """Bytes of the layers that were made anew."""
    made = (step for step in graph.vertices if step.stage != INTERNAL and step.status == "done")
    return sum(max(step.bytes, 0) for step in made if not _is_base(step))


def _is_base(step: VertexSnapshot) -> bool:
    return step.instruction[:5].upper() == "FROM "


def sentence(graph: GraphSnapshot, language: Language) -> str:
    """The build in a sentence: how it ended, how many steps came from where, how many bytes are new."""
    kinds = counted(graph)
    steps = sum(kinds.values())
    parts = [say(f"build.{graph.status}", language, time=duration(graph.elapsed), steps=count("step", steps, language))]
    for status in ("cached", "done"):
        if kinds[status]:
            parts.append(say(f"build.count.{status}", language, n=kinds[status]))
    if fresh := new_bytes(graph):
        parts.append(say("build.bytes", language, bytes=total(fresh)))
    return say("build.join", language).join(parts)


def title(group: Group, language: Language) -> str:
    """A stage's name; its base too where no FROM is among the steps."""
    stage = group.stage
    if stage is None:
        return say("build.before", language)
    name = stage.name or say("build.unnamed", language, n=stage.number)
    words = say("build.stage", language, name=one_line(name))
    return f"{words} · FROM {one_line(stage.base)}" if stage.base and not group.steps else words


def instruction(step: VertexSnapshot) -> str:
    """The instruction on one line, digests in twelve digits."""
    return _DIGEST.sub(r"\1…", one_line(step.instruction[:2000]))


def status_word(status: str, language: Language) -> str:
    """A step's state in a word."""
    return say(f"build.status.{status}", language)


def took(step: VertexSnapshot, now: int) -> str:
    """How long a step took or takes until now; empty for one that did not run or took no time to speak of."""
    if step.started < 0 or step.status in ("cached", "waiting", "skipped"):
        return ""
    spent = (step.ended if step.ended >= 0 else now) - step.started
    return duration(spent) if spent >= _BRIEF else ""


def weight(step: VertexSnapshot) -> str:
    """A step's layer, or how far a transfer has come; empty for nothing."""
    if step.status == "running" and step.current:
        return f"{size(step.current)} / {size(step.total)}" if step.total else size(step.current)
    return size(step.bytes) if step.bytes > 0 else ""


def duration(milliseconds: int) -> str:
    """`0.3s` as BuildKit writes it, from a minute on `1m 05s`."""
    seconds = max(milliseconds, 0) / 1000
    return f"{seconds:.1f}s" if seconds < 60 else f"{int(seconds) // 60}m {int(seconds) % 60:02d}s"


def lines(graph: GraphSnapshot, language: Language) -> list[str]:
    """The picture in words."""
    told = [sentence(graph, language)]
    for group in groups(graph, most=10):
        skipped = group.stage is not None and group.stage.skipped
        told.append(title(group, language) + (f" ({say('build.unneeded', language)})" if skipped else ""))
        for number, step in enumerate(group.steps):
            facts = " ".join(part for part in (took(step, graph.elapsed), weight(step)) if part)
            told.append(f"  {status_word(step.status, language):>8}  {instruction(step)[:70]}  {facts}".rstrip())
            if number == 0 and group.left_out:
                told.append(f"            {say('more', language, n=group.left_out)}")
            if step.error:
                told.append(f"            {one_line(step.error)[:160]}")
    return told
