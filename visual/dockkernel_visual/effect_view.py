"""Untag or delete: names, images and layers side by side; what goes is struck and hatched, what stays says why."""

from __future__ import annotations

from dataclasses import dataclass

from dockkernel.snapshot import EffectShow, ImageView, Kept, LayerView
from dockkernel_visual import theme
from dockkernel_visual.stack_view import name_of
from dockkernel_visual.svg import HATCH, Canvas, fit
from dockkernel_visual.words import Language, count, listed, say, short, size, step

_LEFT, _WIDTH, _GAP = 30.0, 205.0, 50.0
_ROW, _HEIGHT = 50.0, 40.0
_MOST_IMAGES, _MOST_LAYERS = 8, 14


@dataclass(frozen=True, slots=True)
class Box:
    """One box of a column: what it says, and what becomes of it."""

    key: str
    title: str
    note: str
    fate: str
    """`gone`, `kept` or `quiet`."""
    hover: str = ""


def sentence(show: EffectShow, language: Language) -> str:
    """The picture in a sentence."""
    if not show.untagged and not show.deleted_images:
        return say("effect.nothing.dry" if show.dry_run else "effect.nothing", language)
    return say(
        "effect.dry" if show.dry_run else "effect.done",
        language,
        names=count("name", len(show.untagged), language),
        images=count("image", len(show.deleted_images), language),
        layers=count("layer", len(show.deleted_layers), language),
        bytes=size(show.freed),
    )


def _concerned(show: EffectShow) -> list[ImageView]:
    """The images that the removal is about, then those that hold their layers; few enough to draw."""
    untagged, about = set(show.untagged), set(show.deleted_images) | {kept.id for kept in show.kept}
    front = [i for i in show.before.images if i.id in about or untagged & {*i.names, *i.digests}]
    ids = {image.id for image in front}
    layers = {layer.chain_id for image in front for layer in image.layers if layer.chain_id}
    rest = [
        image
        for image in show.before.images
        if image.id not in ids and not image.intermediate and layers & {layer.chain_id for layer in image.layers}
    ]
    return (front + rest)[:_MOST_IMAGES]


def _reasons(kept: list[Kept], language: Language) -> str:
    return "; ".join(
        say(f"kept.{entry.reason}", language, who=listed([_shown(who) for who in entry.holders], language, 2))
        for entry in kept
    )


def _shown(holder: str) -> str:
    return short(holder) if holder.startswith("sha256:") else holder


def _name_boxes(show: EffectShow, images: list[ImageView], language: Language) -> list[Box]:
    boxes = []
    for image in images:
        for name in (*image.names, *(digest for digest in image.digests if digest in show.untagged)):
            gone = name in show.untagged
            note = say(("untag.dry" if show.dry_run else "untagged") if gone else "stays", language)
            label = f"{name.partition('@')[0]}@{short(name.partition('@')[2])}" if "@" in name else name
            boxes.append(Box(name, label, note, "gone" if gone else "quiet", name))
    return boxes


def _image_boxes(show: EffectShow, images: list[ImageView], language: Language) -> list[Box]:
    boxes = []
    for image in images:
        reasons = [kept for kept in show.kept if kept.id == image.id and kept.kind == "image"]
        if image.id in show.deleted_images:
            fate, note = "gone", say("delete.dry" if show.dry_run else "deleted", language)
        elif reasons:
            fate, note = "kept", _reasons(reasons, language)
        else:
            fate, note = "quiet", say("stays", language)
        boxes.append(Box(image.id, f"{short(image.id)} · {size(image.size)}", note, fate, name_of(image, language)))
    return boxes


def _layers_of(images: list[ImageView]) -> list[LayerView]:
    found: dict[str, LayerView] = {}
    for image in images:
        for layer in reversed(image.layers):
            if layer.chain_id:
                found.setdefault(layer.chain_id, layer)
    return list(found.values())


def _layer_boxes(show: EffectShow, layers: list[LayerView], language: Language) -> list[Box]:
    boxes = []
    for layer in layers:
        reasons = [kept for kept in show.kept if kept.id == layer.chain_id]
        if layer.chain_id in show.deleted_layers:
            fate, note = "gone", say("delete.dry" if show.dry_run else "deleted", language)
        elif reasons:
            fate, note = "kept", _reasons(reasons, language)
        else:
            fate, note = "quiet", say("stays", language)
        boxes.append(Box(layer.chain_id, f"{size(layer.size)} · {step(layer.created_by)}", note, fate, layer.chain_id))
    return boxes


def _draw_box(canvas: Canvas, box: Box, x: float, y: float, width: float) -> None:
    gone = box.fate == "gone"
    edge = {"gone": theme.GONE, "kept": theme.KEPT, "quiet": theme.EDGE}[box.fate]
    canvas.rect(x, y, width, _HEIGHT, fill=theme.PANEL if not gone else theme.CARD, radius=5, title=box.hover)
    if gone:
        canvas.rect(x, y, width, _HEIGHT, fill=HATCH, radius=5)
    canvas.rect(x, y, width, _HEIGHT, fill="none", stroke=edge, dash="4 3" if gone else "", radius=5)
    ink = theme.GONE if gone else theme.INK
    if gone:
        canvas.rect(x + 6, y + 4, width - 12, _HEIGHT - 8, fill=theme.CARD, opacity=0.82)
    title = fit(box.title, 12, width - 20)
    canvas.text(x + 10, y + 17, title, size=12, fill=ink, bold=True, strike=gone)
    canvas.text(x + 10, y + 32, fit(box.note, 10.5, width - 20), size=10.5, fill=ink if gone else theme.SOFT)


def _link(canvas: Canvas, x: float, start: float, end: float, *, gone: bool) -> None:
    canvas.curve(x, start, x + _GAP, end, stroke=theme.GONE if gone else "#9aa5b1", dash="4 3" if gone else "")


def _heading(show: EffectShow, language: Language) -> str:
    return say("effect.title.dry" if show.dry_run else "effect.title.done", language)


def effect(show: EffectShow, language: Language = "en") -> str:
    """The SVG of a removal."""
    images = _concerned(show)
    layers = _layers_of(images)[:_MOST_LAYERS]
    columns = (
        _name_boxes(show, images, language),
        _image_boxes(show, images, language),
        _layer_boxes(show, layers, language),
    )
    widths = (_WIDTH, _WIDTH, _WIDTH + 75)
    canvas = Canvas(_LEFT * 2 + sum(widths) + _GAP * 2)
    canvas.text(_LEFT, 30, _heading(show, language), size=15, bold=True)
    canvas.text(_LEFT, 50, sentence(show, language), size=12, fill=theme.SOFT)
    y = 66.0
    for blocked in show.blocked[:4]:
        canvas.text(_LEFT, y + 4, fit(blocked.message, 11, canvas.width - 60), size=11, fill=theme.GONE)
        y += 18
    places: list[dict[str, float]] = []
    x = _LEFT
    for name, boxes, width in zip(("names", "images", "layers"), columns, widths, strict=True):
        canvas.text(x, y + 14, say(f"column.{name}", language), size=12, fill=theme.SOFT, bold=True)
        places.append({box.key: y + 24 + row * _ROW for row, box in enumerate(boxes)})
        for box in boxes:
            _draw_box(canvas, box, x, places[-1][box.key], width)
        x += width + _GAP
    _links(canvas, show, images, places)
    return canvas.document(f"{_heading(show, language)}. {sentence(show, language)}")


def _links(canvas: Canvas, show: EffectShow, images: list[ImageView], places: list[dict[str, float]]) -> None:
    names, ids, chains = places
    half = _HEIGHT / 2
    for image in images:
        for name in (*image.names, *image.digests):
            if name in names:
                start, end = names[name] + half, ids[image.id] + half
                _link(canvas, _LEFT + _WIDTH, start, end, gone=name in show.untagged)
        for layer in image.layers:
            if layer.chain_id in chains:
                start, end = ids[image.id] + half, chains[layer.chain_id] + half
                _link(canvas, _LEFT + 2 * _WIDTH + _GAP, start, end, gone=image.id in show.deleted_images)
