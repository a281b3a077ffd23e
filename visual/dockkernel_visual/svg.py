"""A small SVG writer: shapes in the order they are drawn, text escaped, one card below them all."""

from __future__ import annotations

from dataclasses import dataclass, field
from unicodedata import east_asian_width
from xml.sax.saxutils import escape, quoteattr

from dockkernel_visual import theme

_HATCH = (
    '<pattern id="dk-hatch" width="6" height="6" patternTransform="rotate(45)" patternUnits="userSpaceOnUse">'
    f'<line x1="0" y1="0" x2="0" y2="6" stroke="{theme.GONE}" stroke-width="1.5" stroke-opacity="0.45"/></pattern>'
)
HATCH = "url(#dk-hatch)"


def text_width(text: str, size: float, *, mono: bool = False) -> float:
    """About how wide the text is, in pixels; on the safe side."""
    units = sum(2.0 if east_asian_width(char) in "WF" else (1.04 if mono else 0.98) for char in text)
    return units * size * 0.58


def fit(text: str, size: float, width: float, *, mono: bool = False) -> str:
    """The text, cut with `…` where it is wider than `width` pixels; empty where not even two letters fit."""
    if text_width(text, size, mono=mono) <= width:
        return text
    while text and text_width(text + "…", size, mono=mono) > width:
        text = text[:-1]
    return text.rstrip() + "…" if len(text) > 1 else ""


@dataclass(slots=True)
class Canvas:
    """Elements in drawing order. Coordinates are pixels from the top left."""

    width: float
    elements: list[str] = field(default_factory=list)
    bottom: float = 0

    def _add(self, name: str, attributes: dict[str, object], body: str = "") -> None:
        words = "".join(
            f" {key.replace('_', '-')}={quoteattr(_number(value))}" for key, value in attributes.items() if value != ""
        )
        self.elements.append(f"<{name}{words}>{body}</{name}>" if body else f"<{name}{words}/>")

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
        title: str = "",
    ) -> None:
        """A rectangle; `title` is what a pointer or a screen reader gets."""
        self.bottom = max(self.bottom, y + height)
        body = f"<title>{escape(title)}</title>" if title else ""
        self._add(
            "rect",
            {
                "x": x,
                "y": y,
                "width": max(width, 0),
                "height": height,
                "rx": radius,
                "fill": fill,
                "fill_opacity": "" if opacity == 1 else opacity,
                "stroke": stroke,
                "stroke_dasharray": dash,
            },
            body,
        )

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
        """One line of text; `y` is its base line."""
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
                "font_family": theme.MONO if mono else theme.SANS,
            },
            escape(words),
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
        width, height = _number(self.width), _number(self.bottom + 20)
        card = f'<rect width="{width}" height="{height}" rx="6" fill="{theme.CARD}" stroke="{theme.EDGE}"/>'
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
            f'role="img" aria-label={quoteattr(label)}><title>{escape(label)}</title><defs>{_HATCH}</defs>{card}'
            f"{''.join(self.elements)}</svg>"
        )


def _number(value: object) -> str:
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else str(value)
