"""The layer stack: images as columns on the layers that they share."""

from __future__ import annotations

from dockkernel.snapshot import ImageView, LayerView, StackShow
from dockkernel_visual import theme
from dockkernel_visual.geometry import Band, Column, icicle, neighbours
from dockkernel_visual.svg import Canvas, fit, text_width
from dockkernel_visual.words import Language, count, listed, say, short, size, step

_MOST_COLUMNS = 6
_LEFT = 30.0
_GAP = 6.0
_HEAD = 44.0
_STEP = 4.0
_MOST_STEPS = 4


def name_of(image: ImageView, language: Language) -> str:
    """What the image is called: its names, a digest reference's repository, or what kind of nameless image it is."""
    if image.names:
        return listed(image.names, language, 2)
    if image.digests:
        return f"{image.digests[0].partition('@')[0]}@…"
    return f"<none> ({say('intermediate' if image.intermediate else 'dangling', language)})"


def colour(path: tuple[str, ...]) -> str:
    """A layer's colour: by its base, or by the family that branches off from it."""
    base = theme.hue(path[0])
    return base if len(path) == 1 else theme.hue(path[1], avoid=base)


def hover(layer: LayerView) -> str:
    """All that is known of a layer, for the pointer and the screen reader."""
    facts = [step(layer.created_by), size(layer.size), layer.created]
    if layer.chain_id:
        facts += [f"diff ID {layer.diff_id}", f"chain ID {layer.chain_id}"]
    return "\n".join(fact for fact in facts if fact)


def _steps_height(column: Column) -> float:
    return _STEP * min(len(column.steps), _MOST_STEPS) + (4.0 if column.steps else 0.0)


def _draw_band(canvas: Canvas, band: Band, ground: float, unit: float) -> None:
    x, width = _LEFT + band.first * (unit + _GAP), band.span * (unit + _GAP) - _GAP
    top = ground - band.bottom - band.height
    canvas.rect(x, top, width, band.height, fill=colour(band.path), title=hover(band.layer))
    middle = top + band.height / 2 + 4
    number = size(band.layer.size)
    canvas.text(x + width - 10, middle, number, size=11.5, fill="#fff", anchor="end", bold=True)
    room = width - 30 - text_width(number, 11.5)
    canvas.text(x + 10, middle, fit(step(band.layer.created_by), 11, room, mono=True), size=11, fill="#fff", mono=True)


def _draw_column(
    canvas: Canvas, column: Column, ground: float, unit: float, *, front: bool, tint: str, language: Language
) -> None:
    x, top = _LEFT + column.index * (unit + _GAP), ground - column.top
    for number, layer in enumerate(column.steps[:_MOST_STEPS]):
        y = top - 2 - number * _STEP
        canvas.line(x, y, x + unit, y, stroke=tint, width=2, dash="2 3")
        canvas.rect(x, y - 2, unit, 4, fill=tint, opacity=0.01, radius=0, title=hover(layer))
    top -= _steps_height(column) + _HEAD - 4
    image = column.image
    canvas.rect(
        x,
        top,
        unit,
        _HEAD - 8,
        fill=theme.PANEL if front else theme.CARD,
        stroke=theme.INK if front else theme.EDGE,
        dash="" if image.names else "3 3",
        radius=6,
        title="\n".join((*image.names, image.id, size(image.size))),
    )
    name = fit(name_of(image, language), 12, unit - 12)
    canvas.text(x + unit / 2, top + 15, name, size=12, anchor="middle", bold=True)
    detail = fit(f"{short(image.id)} · {size(image.size)}", 10, unit - 8, mono=True)
    canvas.text(x + unit / 2, top + 29, detail, size=10, fill=theme.SOFT, anchor="middle", mono=True)


def sentence(show: StackShow, language: Language) -> str:
    """The picture in a sentence: how many images, how many layers, how many bytes each layer once."""
    images, _ = neighbours(show.world.images, show.focus, _MOST_COLUMNS)
    layers = {layer.chain_id: layer.size for image in images for layer in image.layers if layer.chain_id}
    return say(
        "stack.title",
        language,
        images=count("image", len(images), language),
        layers=count("layer", len(layers), language),
        bytes=size(sum(layers.values())),
    )


def stack(show: StackShow, language: Language = "en") -> str:
    """The SVG of a stack."""
    images, left_out = neighbours(show.world.images, show.focus, _MOST_COLUMNS)
    bands, columns = icicle(images)
    unit = 300.0 if len(columns) <= 1 else 220.0 if len(columns) == 2 else 168.0
    canvas = Canvas(max(_LEFT * 2 + len(columns) * (unit + _GAP) - _GAP, 640.0))
    title = sentence(show, language)
    canvas.text(_LEFT, 30, title, size=15, bold=True)
    notes = [say("stack.note", language)]
    canvas.text(_LEFT, 50, notes[0], size=11.5, fill=theme.SOFT)
    tallest = max((column.top + _steps_height(column) + _HEAD for column in columns), default=0.0)
    ground = 70 + tallest
    for band in bands:
        _draw_band(canvas, band, ground, unit)
    tints = {band.layer.chain_id: colour(band.path) for band in bands}
    for column in columns:
        tops = [layer.chain_id for layer in column.image.layers if layer.chain_id]
        tint = tints[tops[-1]] if tops else theme.SOFT
        front = column.image.id in show.focus
        _draw_column(canvas, column, ground, unit, front=front, tint=tint, language=language)
    canvas.line(_LEFT, ground + 4, canvas.width - _LEFT, ground + 4, stroke=theme.EDGE)
    _footer(canvas, images, ground + 24, left_out, language)
    return canvas.document(title)


def _footer(canvas: Canvas, images: list[ImageView], y: float, left_out: int, language: Language) -> None:
    notes = [say("stack.metadata", language)]
    if left_out:
        notes.append(say("more", language, n=left_out) + ".")
    if any(image.teaching for image in images):
        notes.append(say("teaching", language))
    canvas.text(_LEFT, y, "  ".join(notes), size=11, fill=theme.SOFT)
