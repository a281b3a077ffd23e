"""From images to boxes: the icicle of the chain-ID tree. Pure, no drawing.

Layers are shared by chain ID, so images form a tree of prefixes. A layer's box is as wide as the number of images that
stand on it; the images are the columns, in an order in which neighbours share most.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from dockkernel.snapshot import ImageView, LayerView


@dataclass(slots=True)
class Node:
    """One layer in the tree: the layers on it, the images whose top it is, the columns it spans."""

    layer: LayerView | None
    depth: int = 0
    branches: dict[str, Node] = field(default_factory=dict)
    images: list[ImageView] = field(default_factory=list)
    first: int = 0
    span: int = 0


@dataclass(frozen=True, slots=True)
class Band:
    """One layer's box: columns it spans, and pixels up from the ground."""

    layer: LayerView
    depth: int
    path: tuple[str, ...]
    """Chain IDs from the base to this layer."""
    first: int
    span: int
    bottom: float
    height: float


@dataclass(frozen=True, slots=True)
class Column:
    """One image's place: its column, how high its layers reach, and how many metadata steps come after the last."""

    image: ImageView
    index: int
    top: float
    steps: tuple[LayerView, ...]


def height_of(size: int) -> float:
    """Pixels for a layer of `size` bytes, on a log scale: 20 for nothing, about 80 for 100 MB."""
    return 20.0 + 12.0 * math.log10(1 + size / 1000)


def _real(image: ImageView) -> list[LayerView]:
    return [layer for layer in image.layers if layer.chain_id]


def metadata_after_top(image: ImageView) -> tuple[LayerView, ...]:
    """The steps after the image's last layer, first to last."""
    steps: list[LayerView] = []
    for layer in image.layers:
        steps = [] if layer.chain_id else [*steps, layer]
    return tuple(steps)


def grow(images: Iterable[ImageView]) -> Node:
    """The tree of the images' layers, with columns given out from left to right."""
    root = Node(None)
    for image in images:
        node = root
        for layer in _real(image):
            node = node.branches.setdefault(layer.chain_id, Node(layer, node.depth + 1))
        node.images.append(image)
    _place(root, 0)
    return root


def _place(node: Node, first: int) -> int:
    node.first = first
    column = first + len(node.images)
    for branch in node.branches.values():
        column = _place(branch, column)
    node.span = column - first
    return column


def icicle(images: Sequence[ImageView], gap: float = 3.0) -> tuple[list[Band], list[Column]]:
    """The bands and columns of the images, in drawing order (base first)."""
    bands: list[Band] = []
    columns: list[Column] = []

    def walk(node: Node, ground: float, path: tuple[str, ...]) -> None:
        for offset, image in enumerate(node.images):
            columns.append(Column(image, node.first + offset, ground, metadata_after_top(image)))
        for branch in node.branches.values():
            if branch.layer is None:
                continue
            height, chain = height_of(branch.layer.size), (*path, branch.layer.chain_id)
            bands.append(Band(branch.layer, branch.depth, chain, branch.first, branch.span, ground, height))
            walk(branch, ground + height + gap, chain)

    walk(grow(images), 0.0, ())
    return bands, columns


def neighbours(images: Sequence[ImageView], focus: Sequence[str], most: int) -> tuple[list[ImageView], int]:
    """The images to draw, and how many that share a layer with them are left out.

    The focus comes first, then the listed images that share a layer with it, those that share most bytes first.
    """
    chosen = [image for image in images if image.id in focus][:most]
    bases = {layer.chain_id for image in chosen for layer in _real(image)}

    def shared(image: ImageView) -> int:
        return sum(layer.size for layer in _real(image) if layer.chain_id in bases)

    others = [
        image
        for image in images
        if image.id not in focus and not image.intermediate and bases & {layer.chain_id for layer in _real(image)}
    ]
    others.sort(key=lambda image: (-shared(image), image.names, image.id))
    room = max(most - len(chosen), 0)
    return chosen + others[:room], len(others) - len(others[:room])
