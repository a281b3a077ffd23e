"""An SVG as a reader sees it: its texts with their places, what is painted behind them, and the contrast."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass

from dockkernel_visual.letters import text_width

NAMESPACE = "{http://www.w3.org/2000/svg}"


@dataclass(frozen=True)
class Box:
    left: float
    top: float
    right: float
    bottom: float

    def holds(self, x: float, y: float) -> bool:
        return self.left <= x <= self.right and self.top <= y <= self.bottom

    def overlaps(self, other: Box, slack: float = 0.5) -> bool:
        return (
            self.left < other.right - slack and other.left < self.right - slack
            and self.top < other.bottom - slack and other.top < self.bottom - slack
        )  # fmt: skip

    def inside(self, other: Box, slack: float = 0.5) -> bool:
        return (
            self.left >= other.left - slack and self.right <= other.right + slack
            and self.top >= other.top - slack and self.bottom <= other.bottom + slack
        )  # fmt: skip


@dataclass(frozen=True)
class Text:
    words: str
    box: Box
    fill: str
    behind: tuple[str, ...]
    """Every colour that may be behind some of its letters."""

    @property
    def contrast(self) -> float:
        return min(contrast(self.fill, colour) for colour in self.behind)


def parse(svg: str) -> ET.Element:
    return ET.fromstring(svg)


def shapes(root: ET.Element) -> Iterator[tuple[str, ET.Element]]:
    for element in root.iter():
        yield element.tag.removeprefix(NAMESPACE), element


def page(root: ET.Element) -> Box:
    return Box(0, 0, float(root.get("width", "0")), float(root.get("height", "0")))


def rect_box(element: ET.Element) -> Box:
    x, y, width, height = (float(element.get(key, "0")) for key in ("x", "y", "width", "height"))
    return Box(x, y, x + width, y + height)


def rects(svg: str) -> list[Box]:
    """All rectangles but the card."""
    return [rect_box(element) for name, element in shapes(parse(svg)) if name == "rect"][1:]


def texts(svg: str) -> list[Text]:
    """The texts in drawing order, with what was painted before them."""
    found: list[Text] = []
    painted: list[tuple[Box, str, float, bool]] = []
    for name, element in shapes(parse(svg)):
        if name == "rect" and element.get("fill") != "none":
            painted.append((rect_box(element), element.get("fill", ""), float(element.get("fill-opacity", "1")), True))
        if name == "path":
            painted.append(
                (_path_box(element), element.get("stroke", ""), float(element.get("stroke-opacity", "1")), False)
            )
        if name == "text":
            box = _text_box(element)
            found.append(Text("".join(element.itertext()), box, element.get("fill", "#000000"), _behind(box, painted)))
    return found


def _text_box(element: ET.Element) -> Box:
    size, mono = float(element.get("font-size", "0")), "mono" in element.get("font-family", "")
    width = text_width("".join(element.itertext()), size, mono=mono, bold=element.get("font-weight") == "600")
    x, y = float(element.get("x", "0")), float(element.get("y", "0"))
    left = x - {"middle": width / 2, "end": width}.get(element.get("text-anchor", ""), 0)
    return Box(left, y - size * 0.8, left + width, y + size * 0.2)


def _path_box(element: ET.Element) -> Box:
    """Around all that the path's numbers name; relative ones are small steps from where they begin."""
    points: list[tuple[float, float]] = []
    for letter, numbers in re.findall(r"([A-Za-z])([^A-Za-z]*)", element.get("d", "")):
        values = [float(number) for number in numbers.split()]
        pairs = list(zip(values[::2], values[1::2], strict=True))
        points += [(points[-1][0] + x, points[-1][1] + y) for x, y in pairs] if letter == "l" else pairs
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return Box(min(xs), min(ys), max(xs), max(ys))


def _behind(box: Box, painted: list[tuple[Box, str, float, bool]]) -> tuple[str, ...]:
    colours: set[str] = set()
    middle = (box.top + box.bottom) / 2
    for x in (box.left, (box.left + box.right) / 2, box.right):
        here = {"#ff00ff"}
        for area, colour, opacity, covers in painted:
            if area.holds(x, middle):
                mixed = {blend(colour, below, opacity) for below in here}
                here = mixed if covers else here | mixed
        colours |= here
    return tuple(sorted(colours))


def _channels(colour: str) -> tuple[int, int, int]:
    digits = colour.removeprefix("#")
    digits = "".join(digit * 2 for digit in digits) if len(digits) == 3 else digits
    return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)


def blend(above: str, below: str, opacity: float) -> str:
    pairs = zip(_channels(above), _channels(below), strict=True)
    return "#" + "".join(f"{round(top * opacity + bottom * (1 - opacity)):02x}" for top, bottom in pairs)


def _luminance(colour: str) -> float:
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (c / 255 for c in _channels(colour))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """WCAG 2's ratio, 1 to 21."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)
