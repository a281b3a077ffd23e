"""Disk truth: each image's SIZE above, every layer once below; the parts of the lower bar sum to the bytes on disk."""

from __future__ import annotations

from collections.abc import Iterable

from dockkernel.snapshot import DiskShow, ImageView
from dockkernel_visual import theme
from dockkernel_visual.disk_parts import MOST_IMAGES, Part, listed_images, own_colours, parts, tiers
from dockkernel_visual.letters import fit, text_width
from dockkernel_visual.names import label_of
from dockkernel_visual.svg import Canvas
from dockkernel_visual.words import Language, count, listed, say, size, some, total

_LEFT, _NAMES, _BAR = 30.0, 176.0, 316.0
_ROW = 25.0


def sentence(show: DiskShow, language: Language) -> str:
    """The picture in a sentence."""
    images = listed_images(show.world)
    if not images and not show.world.layer_bytes:
        return say("disk.empty", language)
    added = sum(image.size for image in images)
    return say("disk.title", language, sum=total(added), bytes=total(show.world.layer_bytes))


def aside(image: ImageView, language: Language) -> str:
    """What would be free if the image went, or which container keeps it from going."""
    if image.containers:
        return say("disk.used", language, bytes=size(image.unique_size), who=listed(image.containers, language, 1))
    return say("disk.alone", language, bytes=size(image.unique_size))


def rest_line(images: list[ImageView], language: Language) -> str:
    """The images that have no row, in a row."""
    words = say("disk.others", language, images=count("other", len(images), language))
    return f"{words}: SIZE {total(sum(image.size for image in images))}"


class _Painter:
    def __init__(self, show: DiskShow, images: list[ImageView], language: Language) -> None:
        self.show, self.language = show, language
        self.canvas = Canvas(theme.WIDTH)
        self.tiers = tiers(show.world, language)
        self.tints = own_colours(show.world)
        self.scale = _BAR / max(show.world.layer_bytes, *(image.size for image in images), 1)

    def image(self, image: ImageView, y: float) -> None:
        """One image's SIZE: dark what it has alone, then what it shares, by how many."""
        canvas, x = self.canvas, _LEFT + _NAMES
        facts = [*some(image.names, self.language, 12), image.id, size(image.size)]
        with canvas.group("\n".join(facts)):
            canvas.text(_LEFT, y + 13, label_of(image, self.language, 12, _NAMES - 14), size=12, bold=True)
            for amount, colour in self._pieces(image):
                canvas.rect(x, y, amount * self.scale, 18, fill=colour, radius=0)
                x += amount * self.scale
            canvas.text(x + 8, y + 13, size(image.size), size=11, mono=True)
            room = canvas.width - _LEFT - x - 90
            words = fit(aside(image, self.language), 11, room)
            canvas.text(canvas.width - _LEFT, y + 13, words, size=11, fill=theme.SOFT, anchor="end")

    def _pieces(self, image: ImageView) -> Iterable[tuple[int, str]]:
        if image.unique_size:
            yield image.unique_size, self.tints[image.id]
        for tier in self.tiers:
            if amount := tier.bytes_of(image):
                yield amount, tier.colour

    def disk(self, y: float) -> None:
        """The bar in which every layer is once."""
        canvas, x = self.canvas, _LEFT + _NAMES
        canvas.text(_LEFT, y + 17, say("disk.once", self.language), size=12, bold=True)
        for part in parts(self.show.world, self.language):
            width, number = part.bytes * self.scale, total(part.bytes)
            with canvas.group(f"{part.label}: {number}"):
                canvas.rect(x, y, width, 26, fill=part.colour, stroke=theme.CARD, radius=0)
                if text_width(number, 10.5, bold=True) < width - 6:
                    ink = theme.INK if part.kind == "shared" else "#fff"
                    canvas.text(x + width / 2, y + 17, number, size=10.5, fill=ink, anchor="middle", bold=True)
            x += width
        canvas.text(x + 8, y + 17, total(self.show.world.layer_bytes), size=11.5, mono=True, bold=True)

    def legend(self, y: float) -> None:
        """The parts in words, so that colour is not needed."""
        x = _LEFT + _NAMES
        for words, colour in legend(parts(self.show.world, self.language), self.language):
            if x + 15 + text_width(words, 11) > self.canvas.width - _LEFT:
                x, y = _LEFT + _NAMES, y + 18
            self.canvas.rect(x, y, 10, 10, fill=colour, radius=2)
            self.canvas.text(x + 15, y + 9, words, size=11, fill=theme.SOFT)
            x += 30 + text_width(words, 11)


def legend(pieces: list[Part], language: Language) -> list[tuple[str, str]]:
    """What the parts are in words, each with a colour: all own ones together, then the others."""
    own = [part for part in pieces if part.kind == "own"]
    biggest = max(own, key=lambda part: part.bytes, default=None)
    added = total(sum(part.bytes for part in own))
    found = [(f"{say('disk.own', language)}: {added}", biggest.colour)] if biggest else []
    return found + [(f"{part.label}: {total(part.bytes)}", part.colour) for part in pieces if part.kind != "own"]


def disk(show: DiskShow, language: Language = "en") -> str:
    """The SVG of the disk."""
    images = listed_images(show.world)
    painter = _Painter(show, images, language)
    canvas, title = painter.canvas, sentence(show, language)
    canvas.text(_LEFT, 30, title, size=15, bold=True)
    if not images and not show.world.layer_bytes:
        return canvas.document(title)
    canvas.text(_LEFT, 49, say("disk.note", language), size=11.5, fill=theme.SOFT)
    y = 64.0
    for image in images[:MOST_IMAGES]:
        painter.image(image, y)
        y += _ROW
    if images[MOST_IMAGES:]:
        canvas.text(_LEFT, y + 13, rest_line(images[MOST_IMAGES:], language), size=11.5, fill=theme.SOFT)
        y += _ROW
    canvas.line(_LEFT, y + 4, canvas.width - _LEFT, y + 4, stroke=theme.EDGE)
    painter.disk(y + 16)
    painter.legend(y + 52)
    return canvas.document(title)
