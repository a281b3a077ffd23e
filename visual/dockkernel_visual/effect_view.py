"""Untag or delete: names, images and layers side by side; what goes is struck and hatched, what stays says why."""

from __future__ import annotations

from collections.abc import Iterator

from dockkernel.snapshot import EffectShow
from dockkernel_visual import theme
from dockkernel_visual.effect_columns import Columns, Line, columns
from dockkernel_visual.effect_fates import Box
from dockkernel_visual.letters import fit, fit_name
from dockkernel_visual.svg import Canvas
from dockkernel_visual.words import Language, count, say, some, total

_LEFT, _GAP = 26.0, 44.0
_WIDTHS = (200.0, 216.0, 280.0)
_ROW, _HEIGHT = 46.0, 38.0
_MOST_BLOCKED = 4


def heading(show: EffectShow, language: Language) -> str:
    """What the picture is of."""
    return say("effect.title.dry" if show.dry_run else "effect.title", language)


def sentence(show: EffectShow, language: Language) -> str:
    """The picture in a sentence."""
    dry = ".dry" if show.dry_run else ""
    names = count("name", len(show.untagged), language)
    if not show.deleted_images:
        return say(f"effect.untagged{dry}" if show.untagged else f"effect.nothing{dry}", language, names=names)
    return say(
        "effect.dry" if show.dry_run else "effect.done",
        language,
        names=names,
        images=count("image", len(show.deleted_images), language),
        layers=count("layer", len(show.deleted_layers), language),
        bytes=total(show.freed),
    )


def messages(show: EffectShow, language: Language) -> list[str]:
    """What could not be removed, in Docker's words."""
    return some([blocked.message for blocked in show.blocked], language, _MOST_BLOCKED)


class _Painter:
    def __init__(self, canvas: Canvas, top: float) -> None:
        self.canvas, self.top = canvas, top

    def column(self, title: str, boxes: tuple[Box, ...], x: float, width: float) -> None:
        """One column with its title."""
        self.canvas.text(x, self.top, title, size=12, fill=theme.SOFT, bold=True)
        for row, box in enumerate(boxes):
            with self.canvas.group(box.hover):
                self.box(box, x, self.y(row), width)

    def y(self, row: int) -> float:
        """Where the box of a row begins."""
        return self.top + 10 + row * _ROW

    def box(self, box: Box, x: float, y: float, width: float) -> None:
        """One box: struck and hatched when it goes, without an edge when it only counts."""
        canvas, gone = self.canvas, box.fate == "gone"
        edge = {"gone": theme.GONE, "kept": theme.KEPT, "quiet": theme.EDGE, "rest": ""}[box.fate]
        fill = theme.CARD if gone or box.fate == "rest" else theme.PANEL
        canvas.rect(x, y, width, _HEIGHT, fill=fill, stroke=edge, dash="4 3" if gone else "", radius=5)
        if gone:
            canvas.hatch(x, y, width, _HEIGHT)
            canvas.rect(x + 6, y + 4, width - 12, _HEIGHT - 8, fill=theme.CARD, opacity=0.8)
        cut = fit_name if box.noun == "name" else fit
        title = cut(box.title, 12, width - 20, bold=not gone)
        canvas.text(x + 10, y + 16, title, size=12, fill=theme.GONE if gone else theme.INK, bold=not gone, strike=gone)
        note = fit(box.note, 10.5, width - 20)
        canvas.text(x + 10, y + 31, note, size=10.5, fill=theme.GONE if gone else theme.SOFT)

    def lines(self, lines: tuple[Line, ...], x: float) -> None:
        """Soft lines over the gap at `x`; dashed from what goes."""
        for line in lines:
            start, end = self.y(line.left) + _HEIGHT / 2, self.y(line.right) + _HEIGHT / 2
            stroke = theme.GONE if line.gone else theme.LINK
            self.canvas.curve(x, start, x + _GAP, end, stroke=stroke, dash="4 3" if line.gone else "")


def _titles(drawn: Columns) -> Iterator[str]:
    yield "column.holders" if any(box.noun == "container" for box in drawn.names) else "column.names"
    yield "column.images"
    yield "column.layers"


def effect(show: EffectShow, language: Language = "en") -> str:
    """The SVG of a removal."""
    canvas = Canvas(theme.WIDTH)
    canvas.text(_LEFT, 30, heading(show, language), size=15, bold=True)
    canvas.text(_LEFT, 49, sentence(show, language), size=12, fill=theme.SOFT)
    y = 68.0
    for message in messages(show, language):
        canvas.text(_LEFT, y, fit(message, 11, canvas.width - 2 * _LEFT), size=11, fill=theme.GONE)
        y += 17
    drawn = columns(show, language)
    painter, x = _Painter(canvas, y + 10), _LEFT
    places = []
    for title, boxes, width in zip(_titles(drawn), (drawn.names, drawn.images, drawn.layers), _WIDTHS, strict=True):
        if drawn.names or drawn.images or drawn.layers:
            painter.column(say(title, language), boxes, x, width)
        places.append(x + width)
        x += width + _GAP
    painter.lines(drawn.name_lines, places[0])
    painter.lines(drawn.layer_lines, places[1])
    return canvas.document(f"{heading(show, language)}. {sentence(show, language)}")
