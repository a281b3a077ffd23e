"""From images to boxes: the icicle of the chain-ID tree. Pure, no drawing.

Layers are shared by chain ID, so images form a tree of prefixes. A layer's box is as wide as the number of images that
stand on it; the images are the columns. Invariant: the boxes over a column, from the ground up, are the image's layers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from dockkernel.snapshot import ImageView, LayerView

GAP = 3.0
"""Pixels between a box and what stands on it."""
LOWEST = 20.0
"""Pixels of a layer of no bytes: one line of text."""
STEP = 4.0
"""Pixels from one dotted line to the next."""
MOST_STEPS = 4
"""Dotted lines that are drawn of the steps in one place."""
_STEEPEST, _FLATTEST = 12.0, 3.0
_TALLEST = 400.0


@dataclass(frozen=True, slots=True)
class Floor:
    """A layer of an image and the metadata-only steps before it."""

    steps: tuple[LayerView, ...]
    layer: LayerView


@dataclass(frozen=True, slots=True)
class Run:
    """Floors that the same images stand on: the images that end on the last of them, and the runs that go on."""

    floors: tuple[Floor, ...]
    path: tuple[str, ...]
    """Chain IDs from the base to the last floor."""
    images: tuple[ImageView, ...]
    branches: tuple[Run, ...]

    @property
    def span(self) -> int:
        """Columns: images that stand on it."""
        return len(self.images) + sum(branch.span for branch in self.branches)


@dataclass(frozen=True, slots=True)
class Band:
    """One box: a layer, or several that are folded into one; the columns it spans, and pixels up from the ground."""

    layers: tuple[LayerView, ...]
    """Base first."""
    steps: tuple[LayerView, ...]
    """Metadata-only steps just below the box."""
    path: tuple[str, ...]
    """Chain IDs from the base to the highest of the layers."""
    first: int
    span: int
    bottom: float
    height: float

    @property
    def size(self) -> int:
        """Bytes of the layers."""
        return sum(layer.size for layer in self.layers)


@dataclass(frozen=True, slots=True)
class Column:
    """One image's place: its column, how high its layers reach, the metadata steps after the last, its chain IDs."""

    image: ImageView
    index: int
    top: float
    steps: tuple[LayerView, ...]
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Icicle:
    """The boxes, base first, and the columns, left to right."""

    bands: tuple[Band, ...]
    columns: tuple[Column, ...]


def floors_of(image: ImageView) -> tuple[tuple[Floor, ...], tuple[LayerView, ...]]:
    """The image's layers with the steps before each, and the steps after the last."""
    floors: list[Floor] = []
    steps: list[LayerView] = []
    for layer in image.layers:
        if layer.chain_id:
            floors.append(Floor(tuple(steps), layer))
            steps = []
        else:
            steps.append(layer)
    return tuple(floors), tuple(steps)


def chain_of(image: ImageView) -> tuple[str, ...]:
    """The image's chain IDs, base first."""
    return tuple(layer.chain_id for layer in image.layers if layer.chain_id)


def steps_height(steps: Sequence[LayerView]) -> float:
    """Pixels that the dotted lines of steps take."""
    return STEP * min(len(steps), MOST_STEPS) + (2.0 if steps else 0.0)


def grow(images: Sequence[ImageView]) -> Run:
    """The tree of the images' layers; the root has no floors unless all images stand on them."""
    return _grow([(image, floors_of(image)[0]) for image in images], 0)


def _grow(stacks: Sequence[tuple[ImageView, tuple[Floor, ...]]], start: int) -> Run:
    end = start
    while len({floors[end].layer.chain_id if end < len(floors) else "" for _, floors in stacks}) == 1:
        if end == len(stacks[0][1]):
            break
        end += 1
    floors = tuple(_common([floors[level] for _, floors in stacks]) for level in range(start, end))
    path = tuple(floor.layer.chain_id for floor in stacks[0][1][:end]) if stacks else ()
    groups: dict[str, list[tuple[ImageView, tuple[Floor, ...]]]] = {}
    for image, own in stacks:
        if len(own) > end:
            groups.setdefault(own[end].layer.chain_id, []).append((image, own))
    ended = tuple(image for image, own in stacks if len(own) == end)
    return Run(floors, path, ended, tuple(_grow(group, end) for group in groups.values()))


def _common(floors: Sequence[Floor]) -> Floor:
    """One layer as its images tell it: the steps before it that they agree on."""
    steps: list[LayerView] = []
    for row in zip(*(floor.steps for floor in floors), strict=False):
        if len({step.created_by for step in row}) > 1:
            break
        steps.append(row[0])
    return Floor(tuple(steps), floors[0].layer)


def fold(floors: Sequence[Floor], small: float) -> list[tuple[Floor, ...]]:
    """The floors of a run in groups: neighbours of less than `small` bytes in one, each other by itself."""
    groups: list[list[Floor]] = []
    for floor, before in zip(floors, (None, *floors), strict=False):
        if before is not None and max(floor.layer.size, before.layer.size) < small:
            groups[-1].append(floor)
        else:
            groups.append([floor])
    return [tuple(group) for group in groups]


def _rows(run: Run, small: float) -> int:
    """Boxes in the tallest column."""
    return len(fold(run.floors, small)) + max((_rows(branch, small) for branch in run.branches), default=0)


def _sizes(run: Run) -> set[int]:
    return {floor.layer.size for floor in run.floors}.union(*(_sizes(branch) for branch in run.branches))


def smallness(root: Run, most_rows: int) -> float:
    """The size below which layers are folded so that no column has more boxes than that; 0 when all have room."""
    steps = [0.0, *(size + 1.0 for size in sorted(_sizes(root)))]
    low, high = 0, len(steps) - 1
    while low < high:
        middle = (low + high) // 2
        if _rows(root, steps[middle]) <= most_rows:
            high = middle
        else:
            low = middle + 1
    return steps[low]


def _logarithm(size: int) -> float:
    return math.log10(1 + size / 1000)


def _steepness(run: Run, small: float, fixed: float = 0.0, growing: float = 0.0) -> float:
    """Pixels for each power of ten, so that the tallest column is not higher than a screen."""
    for group in fold(run.floors, small):
        fixed += LOWEST + GAP + steps_height(group[0].steps)
        growing += _logarithm(sum(floor.layer.size for floor in group))
    here = max((_TALLEST - fixed) / growing, _FLATTEST) if growing else _STEEPEST
    return min([here, _STEEPEST, *(_steepness(branch, small, fixed, growing) for branch in run.branches)])


def icicle(images: Sequence[ImageView], most_rows: int = 14) -> Icicle:
    """The boxes and columns of the images; where a column would have more boxes than `most_rows`, small ones fold."""
    root = grow(images)
    small = smallness(root, most_rows)
    steepness = _steepness(root, small)
    bands: list[Band] = []
    columns: list[Column] = []

    def place(run: Run, ground: float, first: int) -> None:
        below = len(run.path) - len(run.floors)
        for group in fold(run.floors, small):
            layers = tuple(floor.layer for floor in group)
            below += len(layers)
            ground += steps_height(group[0].steps)
            height = LOWEST + steepness * _logarithm(sum(layer.size for layer in layers))
            bands.append(Band(layers, group[0].steps, run.path[:below], first, run.span, ground, height))
            ground += height + GAP
        for image in run.images:
            columns.append(Column(image, first, ground, floors_of(image)[1], run.path))
            first += 1
        for branch in run.branches:
            place(branch, ground, first)
            first += branch.span

    place(root, 0.0, 0)
    return Icicle(tuple(bands), tuple(columns))


def neighbours(images: Sequence[ImageView], focus: Sequence[str], most: int) -> tuple[list[ImageView], int]:
    """The images to draw, and how many of the focus or sharing a layer with it are left out.

    The focus comes first, then the listed images that share a layer with it, those that share most bytes first.
    """
    front = set(focus)
    wanted = [image for image in images if image.id in front]
    bases = {chain: None for image in wanted for chain in chain_of(image)}
    others = [
        (sum(layer.size for layer in image.layers if layer.chain_id in bases), image)
        for image in images
        if image.id not in front and not image.intermediate and any(chain in bases for chain in chain_of(image))
    ]
    others.sort(key=lambda found: (-found[0], found[1].names, found[1].id))
    drawn = [*wanted, *(image for _, image in others)]
    return drawn[:most], len(drawn[most:])
