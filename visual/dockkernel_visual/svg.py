"""A small SVG writer: shapes in the order they are drawn, text escaped, one card below them all.

Only presentation attributes: no style sheet, no script, no id and so no reference, nothing from outside. What a viewer
strips from untrusted documents is not there in the first place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

from dockkernel_visual import theme
from dockkernel_visual.letters import clean, one_line

_HATCH_STEP = 12


@dataclass(slots=True)
class Canvas:
    """Elements in drawing order. Coordinates are pixels from the top left."""

    width: float
    elements: list[str] = field(default_factory=list)
    bottom: float = 0

    def _add(self, name: str, attributes: Mapping[str, object], body: str = "") -> None:
        words = "".join(
            f" {key.replace('_', '-')}={quoteattr(_number(value))}" for key, value in attributes.items() if value != ""
        )
        self.elements.append(f"<{name}{words}>{body}</{name}>" if body else f"<{name}{words}/>")

    @contextmanager
    def group(self, title: str) -> Iterator[None]:
        """What is drawn inside is one thing; `title` is what a pointer or a screen reader gets for it."""
        self.elements.append(f"<g><title>{escape(clean(title))}</title>")
        yield
        self.elements.append("</g>")

    def rect(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        *,
        fill: str,
        stroke: str = "",
        dash: str = "",
        radius: float = 3,
        opacity: float = 1,
    ) -> None:
        """A rectangle."""
        self.bottom = max(self.bottom, y + height)
        self._add(
            "rect",
            {
                "x": x,
                "y": y,
                "width": max(width, 0),
                "height": height,
                "rx": radius or "",
                "fill": fill,
                "fill_opacity": "" if opacity == 1 else opacity,
                "stroke": stroke,
                "stroke_dasharray": dash,
            },
        )

    def hatch(self, x: float, y: float, width: float, height: float) -> None:
        """Slanted lines over a rectangle, drawn one by one: a pattern would need an id, which viewers strip."""
        path = ""
        for offset in range(_HATCH_STEP, int(width + height), _HATCH_STEP):
            left, top = max(offset - height, 0.0), min(float(offset), height)
            run = min(float(offset), width) - left
            path += f"M{_number(x + left)} {_number(y + top)}l{_number(run)} {_number(-run)}"
        self._add("path", {"d": path, "fill": "none", "stroke": theme.GONE, "stroke_opacity": 0.35})

    def text(
        self,
        x: float,
        y: float,
        words: str,
        *,
        size: float = 12,
        fill: str = theme.INK,
        anchor: str = "",
        bold: bool = False,
        mono: bool = False,
        strike: bool = False,
    ) -> None:
        """One line of text; `y` is its base line. Nothing where there are no words."""
        if not words:
            return
        self.bottom = max(self.bottom, y + 4)
        self._add(
            "text",
            {
                "x": x,
                "y": y,
                "font_size": size,
                "fill": fill,
                "text_anchor": anchor,
                "font_weight": "600" if bold else "",
                "text_decoration": "line-through" if strike else "",
                "font_family": theme.MONO if mono else "",
            },
            escape(one_line(words)),
        )

    def line(
        self, x1: float, y1: float, x2: float, y2: float, *, stroke: str, width: float = 1, dash: str = ""
    ) -> None:
        """A straight line."""
        self.bottom = max(self.bottom, y1, y2)
        self._add(
            "line",
            {"x1": x1, "y1": y1, "x2": x2, "y2": y2, "stroke": stroke, "stroke_width": width, "stroke_dasharray": dash},
        )

    def curve(self, x1: float, y1: float, x2: float, y2: float, *, stroke: str, dash: str = "") -> None:
        """A soft line from left to right."""
        middle = (x1 + x2) / 2
        path = f"M{_number(x1)} {_number(y1)}C{_number(middle)} {_number(y1)} {_number(middle)} {_number(y2)} "
        self._add(
            "path",
            {
                "d": f"{path}{_number(x2)} {_number(y2)}",
                "fill": "none",
                "stroke": stroke,
                "stroke_width": 1.4,
                "stroke_dasharray": dash,
            },
        )

    def document(self, label: str) -> str:
        """The whole SVG; `label` is the sentence for those who do not see it."""
        width, height = _number(self.width), _number(self.bottom + 16)
        label = one_line(label)
        card = f'<rect width="{width}" height="{height}" rx="6" fill="{theme.CARD}" stroke="{theme.EDGE}"/>'
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
            f'font-family="{theme.SANS}" role="img" aria-label={quoteattr(label)}><title>{escape(label)}</title>{card}'
            f"{''.join(self.elements)}</svg>"
        )


def clip(text: str, most: int) -> str:
    """The beginning of the text that takes at most so many bytes in a document."""
    while (taken := len(escape(clean(text)).encode())) > most:
        text = text[: len(text) * most // taken]
    return text


def _number(value: object) -> str:
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else str(value)
