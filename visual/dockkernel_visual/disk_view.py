"""Disk truth: each image's SIZE above, every layer once below; the parts of the lower bar sum to the bytes on disk."""

from __future__ import annotations

from dataclasses import dataclass

from dockkernel.snapshot import DiskShow, ImageView
from dockkernel_visual import theme
from dockkernel_visual.stack_view import name_of
from dockkernel_visual.svg import Canvas, fit, text_width
from dockkernel_visual.words import Language, say, size

_LEFT, _NAMES, _BAR, _ASIDE = 30.0, 190.0, 380.0, 230.0
_ROW = 26.0
_MOST = 16


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of the disk bar, in bytes; `sharers` 1 is one image's own, 0 is held without a listed image."""

    label: str
    bytes: int
    sharers: int
    colour: str


def listed_images(show: DiskShow) -> list[ImageView]:
    """The images that `image ls` lists, the biggest first."""
    images = [image for image in show.world.images if not image.intermediate]
    return sorted(images, key=lambda image: (-image.size, image.names, image.id))


def parts(show: DiskShow, language: Language = "en") -> list[Part]:
    """The disk in pieces that sum exactly to `world.layer_bytes`."""
    images = listed_images(show)
    found = [
        Part(name_of(image, language), image.unique_size, 1, theme.hue(image.id))
        for image in images
        if image.unique_size
    ]
    layers = {layer.chain_id: layer for image in images for layer in image.layers if layer.chain_id}
    shared: dict[int, int] = {}
    for layer in layers.values():
        if layer.sharers > 1:
            shared[layer.sharers] = shared.get(layer.sharers, 0) + layer.size
    found += [
        Part(say("disk.shared", language, n=n), count, n, theme.hue(f"shared by {n}"))
        for n, count in sorted(shared.items())
        if count
    ]
    rest = show.world.layer_bytes - sum(part.bytes for part in found)
    return [*found, Part(say("disk.held", language), rest, 0, theme.SOFT)] if rest else found


def sentence(show: DiskShow, language: Language) -> str:
    """The picture in a sentence."""
    images = listed_images(show)
    if not images:
        return say("disk.empty", language)
    total = sum(image.size for image in images)
    return say("disk.title", language, sum=size(total), bytes=size(show.world.layer_bytes))


def _draw_image(canvas: Canvas, image: ImageView, y: float, scale: float, language: Language) -> None:
    canvas.text(_LEFT, y + 14, fit(name_of(image, language), 12, _NAMES - 14), size=12, bold=True)
    x, colour = _LEFT + _NAMES, theme.hue(image.id)
    own, shared = image.unique_size * scale, (image.size - image.unique_size) * scale
    canvas.rect(x, y, own, 18, fill=colour, radius=2, title=f"{size(image.unique_size)}")
    canvas.rect(x + own, y, shared, 18, fill=colour, opacity=0.35, radius=2, title=size(image.size - image.unique_size))
    canvas.text(x + own + shared + 8, y + 13, size(image.size), size=11, mono=True)
    alone = say("disk.alone", language, bytes=size(image.unique_size))
    canvas.text(canvas.width - _LEFT, y + 13, alone, size=11, fill=theme.SOFT, anchor="end")


def _draw_disk(canvas: Canvas, show: DiskShow, y: float, scale: float, language: Language) -> None:
    canvas.text(_LEFT, y + 18, say("disk.once", language), size=12, bold=True)
    x = _LEFT + _NAMES
    for part in parts(show, language):
        width = part.bytes * scale
        opacity = 1.0 if part.sharers == 1 else 0.55
        title = f"{part.label}: {size(part.bytes)}"
        canvas.rect(x, y, width, 26, fill=part.colour, opacity=opacity, stroke=theme.CARD, radius=0, title=title)
        label = size(part.bytes)
        if text_width(label, 10.5) < width - 6:
            ink = "#fff" if part.sharers == 1 else theme.INK
            canvas.text(x + width / 2, y + 17, label, size=10.5, fill=ink, anchor="middle", bold=True)
        x += width
    canvas.text(x + 8, y + 18, size(show.world.layer_bytes), size=11.5, mono=True, bold=True)


def _draw_legend(canvas: Canvas, show: DiskShow, y: float, language: Language) -> None:
    x = _LEFT + _NAMES
    for part in parts(show, language):
        if part.sharers == 1:
            continue
        words = f"{part.label}: {size(part.bytes)}"
        if x + text_width(words, 11) > canvas.width - _LEFT:
            x, y = _LEFT + _NAMES, y + 18
        canvas.rect(x, y, 10, 10, fill=part.colour, opacity=0.55, radius=2)
        canvas.text(x + 15, y + 9, words, size=11, fill=theme.SOFT)
        x += 30 + text_width(words, 11)


def disk(show: DiskShow, language: Language = "en") -> str:
    """The SVG of the disk."""
    images = listed_images(show)
    canvas = Canvas(_LEFT * 2 + _NAMES + _BAR + _ASIDE)
    title = sentence(show, language)
    canvas.text(_LEFT, 30, title, size=15, bold=True)
    if not images:
        return canvas.document(title)
    canvas.text(_LEFT, 50, say("disk.note", language), size=11.5, fill=theme.SOFT)
    longest = max(show.world.layer_bytes, *(image.size for image in images), 1)
    scale = (_BAR - 80) / longest
    y = 66.0
    for image in images[:_MOST]:
        _draw_image(canvas, image, y, scale, language)
        y += _ROW
    if len(images) > _MOST:
        canvas.text(_LEFT, y + 13, say("more", language, n=len(images) - _MOST), size=11.5, fill=theme.SOFT)
        y += _ROW
    canvas.line(_LEFT, y + 4, canvas.width - _LEFT, y + 4, stroke=theme.EDGE)
    _draw_disk(canvas, show, y + 14, scale, language)
    _draw_legend(canvas, show, y + 50, language)
    return canvas.document(title)
