"""The layer stack: images as columns on the layers that they share."""

from __future__ import annotations

from dockkernel.snapshot import ImageView, LayerView, StackShow
from dockkernel_visual import theme
from dockkernel_visual.colours import families, of_bands
from dockkernel_visual.geometry import MOST_STEPS, STEP, Band, Column, Icicle, icicle, neighbours, steps_height
from dockkernel_visual.letters import fit, text_width
from dockkernel_visual.names import label_of
from dockkernel_visual.svg import Canvas, clip
from dockkernel_visual.words import Language, count, gist, say, short, size, some, step, total

MOST_COLUMNS = 5
_LEFT, _GAP, _HEAD = 30.0, 6.0, 44.0
_HOVERS = 20_000
"""Bytes that all hover texts of a picture may have together, so that a saved notebook stays small."""


def hover(layers: tuple[LayerView, ...], language: Language, most: int) -> str:
    """What is known of a layer, or of several, for the pointer and the screen reader, in about `most` bytes."""
    if len(layers) > 1:
        lines = [f"{size(layer.size)}  {step(layer.created_by[:300])[:60]}" for layer in layers]
        return clip("\n".join(some(lines, language, 8)), most)
    facts = f"{size(layers[0].size)}  {layers[0].created}"
    if layers[0].chain_id:
        facts += f"\ndiff ID {layers[0].diff_id}\nchain ID {layers[0].chain_id}"
    return f"{clip(step(layers[0].created_by), max(most - len(facts), 40))}\n{facts}"


class _Painter:
    """One picture being drawn: the canvas, where the ground is, and how wide a column is."""

    def __init__(self, drawing: Icicle, tints: dict[tuple[str, ...], str], language: Language) -> None:
        self.language = language
        columns = max(len(drawing.columns), 1)
        self.unit = (theme.WIDTH - 2 * _LEFT + _GAP) / columns - _GAP
        self.canvas = Canvas(theme.WIDTH)
        tallest = max((column.top + steps_height(column.steps) for column in drawing.columns), default=0.0)
        self.ground = 66 + tallest + _HEAD
        self.tints = of_bands(drawing, tints)
        pieces = sum(1 + len(band.steps[:MOST_STEPS]) for band in drawing.bands)
        pieces += sum(1 + len(column.steps[:MOST_STEPS]) for column in drawing.columns)
        self.most = min(_HOVERS // max(pieces, 1), 700)

    def steps(self, steps: tuple[LayerView, ...], x: float, y: float, width: float, tint: str) -> None:
        """Dotted lines from `y` upwards, one for each step while there is room."""
        for number, layer in enumerate(steps[:MOST_STEPS]):
            line = y - 2 - number * STEP
            with self.canvas.group(hover((layer,), self.language, self.most // 2)):
                self.canvas.line(x, line, x + width, line, stroke=tint, width=2, dash="2 3")

    def band(self, band: Band) -> None:
        """One layer's box, or that of several."""
        canvas, tint = self.canvas, self.tints[band.path]
        x, width = _LEFT + band.first * (self.unit + _GAP), band.span * (self.unit + _GAP) - _GAP
        top = self.ground - band.bottom - band.height
        middle, number = top + band.height / 2 + 4, size(band.size)
        layers, room = band.layers, width - 28 - text_width(number, 11.5, bold=True)
        words = gist(layers[0].created_by) if len(layers) == 1 else count("layer", len(layers), self.language)
        with canvas.group(hover(layers, self.language, self.most)):
            canvas.rect(x, top, width, band.height, fill=tint)
            mono = len(layers) == 1
            canvas.text(x + 10, middle, fit(words, 11, room, mono=mono), size=11, fill="#fff", mono=mono)
            canvas.text(x + width - 10, middle, number, size=11.5, fill="#fff", anchor="end", bold=True)
        self.steps(band.steps, x, self.ground - band.bottom + steps_height(band.steps), width, tint)

    def column(self, column: Column, *, front: bool) -> None:
        """The image's name over its layers and its last steps."""
        canvas, image, width = self.canvas, column.image, self.unit
        x, top = _LEFT + column.index * (width + _GAP), self.ground - column.top
        tint = self.tints[column.path] if column.path else theme.SOFT
        self.steps(column.steps, x, top, width, tint)
        top -= steps_height(column.steps) + _HEAD - 6
        fill, edge = (theme.PANEL, theme.INK) if front else (theme.CARD, theme.EDGE)
        facts = (*some(image.names, self.language, 12), image.id, size(image.size))
        with canvas.group("\n".join(facts)):
            dash = "" if image.names else "3 3"
            canvas.rect(x, top, width, _HEAD - 10, fill=fill, stroke=edge, dash=dash, radius=6)
            name = label_of(image, self.language, 12, width - 12)
            canvas.text(x + width / 2, top + 15, name, size=12, anchor="middle", bold=True)
            detail = fit(f"{short(image.id)} · {size(image.size)}", 10, width - 8, mono=True)
            canvas.text(x + width / 2, top + 28, detail, size=10, fill=theme.SOFT, anchor="middle", mono=True)


def drawn_images(show: StackShow) -> tuple[list[ImageView], int]:
    """The images that are drawn, and how many are left out."""
    return neighbours(show.world.images, show.focus, MOST_COLUMNS)


def sentence(show: StackShow, language: Language) -> str:
    """The picture in a sentence: how many images, how many layers, how many bytes each layer once."""
    images, _ = drawn_images(show)
    layers = {layer.chain_id: layer.size for image in images for layer in image.layers if layer.chain_id}
    return say(
        "stack.title",
        language,
        images=count("image", len(images), language),
        layers=count("layer", len(layers), language),
        bytes=total(sum(layers.values())),
    )


def footnotes(show: StackShow, language: Language) -> list[str]:
    """What is to be said below: of dotted lines, images that are left out, and teaching images."""
    images, left_out = drawn_images(show)
    notes = []
    if any(not layer.chain_id for image in images for layer in image.layers):
        notes.append(say("stack.metadata", language))
    if left_out:
        notes.append(say("stack.more", language, images=count("other", left_out, language)))
    if any(image.teaching for image in images):
        notes.append(say("teaching", language))
    return notes


def stack(show: StackShow, language: Language = "en") -> str:
    """The SVG of a stack."""
    images, _ = drawn_images(show)
    drawing = icicle(images)
    painter = _Painter(drawing, families(show.world.images), language)
    canvas, title = painter.canvas, sentence(show, language)
    canvas.text(_LEFT, 30, title, size=15, bold=True)
    canvas.text(_LEFT, 49, say("stack.note", language), size=11.5, fill=theme.SOFT)
    for band in drawing.bands:
        painter.band(band)
    for column in drawing.columns:
        painter.column(column, front=column.image.id in show.focus)
    ground = painter.ground + 4
    canvas.line(_LEFT, ground, canvas.width - _LEFT, ground, stroke=theme.EDGE)
    for number, note in enumerate(footnotes(show, language)):
        canvas.text(_LEFT, ground + 20 + 17 * number, note, size=11, fill=theme.SOFT)
    return canvas.document(title)
