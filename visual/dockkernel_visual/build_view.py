"""A build as a drawing: one line for each stage, a mark for each step, and where files go from one stage to another.

What a mark tells (ran, from the cache, failed) stands beside it as a word, too.
"""

from __future__ import annotations

from typing import Final

from dockkernel.snapshot import GraphSnapshot, VertexSnapshot
from dockkernel_visual import theme
from dockkernel_visual.build_view_rows import Group, groups, instruction, sentence, status_word, title, took, weight
from dockkernel_visual.letters import fit, text_width
from dockkernel_visual.svg import Canvas, clip
from dockkernel_visual.words import Language, say

_LEFT: Final = 24.0
_LANE: Final = 18.0
_MOST_LANES: Final = 8
_ROW: Final = 24.0
_MARK: Final = 11.0
_STATUS: Final = 70.0
_TIME: Final = 700.0
"""Right edge of the times; the bytes stand at the right edge of the picture."""
_HOVERS: Final = 20_000
"""Bytes that all descriptions for the pointer may take."""
_DONE: Final = "#23776a"
_COLOURS: Final = {"done": _DONE, "cached": theme.KEPT, "failed": theme.GONE, "running": _DONE}


class _Painter:
    """One picture being drawn from the top down."""

    def __init__(self, graph: GraphSnapshot, language: Language) -> None:
        self.graph, self.language = graph, language
        self.canvas = Canvas(theme.WIDTH)
        self.groups = groups(graph)
        self.lanes = min(max(len(self.groups), 1), _MOST_LANES)
        self.text = _LEFT + self.lanes * _LANE + 8
        self.marks: dict[str, tuple[float, float]] = {}
        """Where each step's mark is."""
        rows = sum(len(group.steps) for group in self.groups)
        self.most = min(_HOVERS // max(rows, 1), 600)
        self.y = 78.0

    def lane(self, number: int) -> float:
        """The x of a group's line; stages that are too many share the last."""
        return _LEFT + _LANE / 2 + min(number, self.lanes - 1) * _LANE

    def place(self) -> list[tuple[str, float, float, VertexSnapshot | Group | int]]:
        """Gives every row its place: its kind, x of its line, y, and what it shows."""
        found: list[tuple[str, float, float, VertexSnapshot | Group | int]] = []
        for number, group in enumerate(self.groups):
            x = self.lane(number)
            found.append(("head", x, self._next(4), group))
            for place, step in enumerate(group.steps):
                y = self._next()
                self.marks[step.id] = (x, y)
                found.append(("step", x, y, step))
                if step.error:
                    found.append(("error", x, self._next(-4), step))
                if place == 0 and group.left_out:
                    found.append(("more", x, self._next(), group.left_out))
            self.y += 6
        return found

    def _next(self, more: float = 0) -> float:
        y, self.y = self.y, self.y + _ROW + more
        return y

    def links(self) -> None:
        """From every step to those that it stands on: down its stage's line, and over from another stage's."""
        drawn = {step.id: step for group in self.groups for step in group.steps}
        for group in self.groups:
            for above, below in zip(group.steps, group.steps[1:], strict=False):
                (x, y1), (_, y2) = self.marks[above.id], self.marks[below.id]
                self.canvas.line(x, y1, x, y2, stroke=theme.LINK, width=2)
        for step in drawn.values():
            x2, y2 = self.marks[step.id]
            for other in step.inputs:
                if other in drawn and drawn[other].stage != step.stage:
                    x1, y1 = self.marks[other]
                    self.canvas.line(x1, y1, x1, y2, stroke=theme.KEPT, width=1.5, dash="4 3")
                    self.canvas.line(x1, y2, x2, y2, stroke=theme.KEPT, width=1.5, dash="4 3")

    def head(self, y: float, group: Group) -> None:
        """A stage's name, and that nothing needs it where that is so."""
        words = title(group, self.language)
        skipped = group.stage is not None and group.stage.skipped
        note = say("build.unneeded", self.language) if skipped else ""
        room = theme.WIDTH - _LEFT - self.text - (text_width(note, 11.5) + 14 if note else 0)
        words = fit(words, 12.5, room, bold=True)
        self.canvas.text(self.text, y + 4, words, size=12.5, bold=True, fill=theme.SOFT if skipped else theme.INK)
        if note:
            self.canvas.text(theme.WIDTH - _LEFT, y + 4, note, size=11.5, fill=theme.SOFT, anchor="end")

    def step(self, x: float, y: float, step: VertexSnapshot) -> None:
        """One row: mark, state, instruction, time, bytes."""
        canvas = self.canvas
        quiet = step.status in ("waiting", "skipped", "canceled")
        ink = theme.SOFT if quiet else theme.GONE if step.status == "failed" else theme.INK
        with canvas.group(self._hover(step)):
            self._mark(x, y, step.status)
            bold = step.status == "failed"
            canvas.text(self.text, y + 4, status_word(step.status, self.language), size=11, fill=ink, bold=bold)
            left = self.text + _STATUS
            time, bytes_ = took(step, self.graph.elapsed), weight(step)
            words = fit(instruction(step), 11, _TIME - 56 - left, mono=True)
            canvas.text(left, y + 4, words, size=11, fill=ink, mono=True)
            canvas.text(_TIME, y + 4, time, size=11, fill=theme.SOFT, anchor="end")
            canvas.text(theme.WIDTH - _LEFT, y + 4, bytes_, size=11, fill=theme.INK, anchor="end")

    def _mark(self, x: float, y: float, status: str) -> None:
        """Full for what ran, open for what the cache gave, a cross for a failure, dashed for what was not done."""
        half, colour = _MARK / 2, _COLOURS.get(status, theme.SOFT)
        if status == "failed":
            self.canvas.rect(x - half, y - half, _MARK, _MARK, fill=theme.CARD, radius=2)
            self.canvas.line(x - half, y - half, x + half, y + half, stroke=colour, width=3)
            self.canvas.line(x - half, y + half, x + half, y - half, stroke=colour, width=3)
            return
        fill = colour if status in ("done", "running") else theme.CARD
        dash = "2 2" if status in ("waiting", "skipped", "canceled") else ""
        self.canvas.rect(x - half, y - half, _MARK, _MARK, fill=fill, stroke=colour, dash=dash, radius=half)

    def _hover(self, step: VertexSnapshot) -> str:
        facts = [status_word(step.status, self.language), took(step, self.graph.elapsed), weight(step)]
        told = clip(step.instruction, max(self.most - 100, 40))
        return f"{told}\n{' · '.join(fact for fact in facts if fact)}"

    def error(self, y: float, step: VertexSnapshot) -> None:
        """Why a step failed, in one line."""
        left = self.text + _STATUS
        words = fit(step.error, 11, theme.WIDTH - _LEFT - left)
        self.canvas.text(left, y + 2, words, size=11, fill=theme.GONE)


def build(graph: GraphSnapshot, language: Language = "en") -> str:
    """The SVG of a build."""
    painter = _Painter(graph, language)
    canvas, words = painter.canvas, sentence(graph, language)
    rows = painter.place()
    canvas.text(_LEFT, 30, fit(words, 15, theme.WIDTH - 2 * _LEFT, bold=True), size=15, bold=True)
    canvas.text(_LEFT, 49, fit(say("build.note", language), 11.5, theme.WIDTH - 2 * _LEFT), size=11.5, fill=theme.SOFT)
    painter.links()
    for kind, x, y, shown in rows:
        if isinstance(shown, Group):
            painter.head(y, shown)
        elif isinstance(shown, int):
            canvas.text(painter.text + _STATUS, y + 4, say("more", language, n=shown), size=11, fill=theme.SOFT)
        elif kind == "step":
            painter.step(x, y, shown)
        else:
            painter.error(y, shown)
    return canvas.document(words)
