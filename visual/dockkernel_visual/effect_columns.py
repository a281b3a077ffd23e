"""A removal in three columns of boxes, and the lines between them. Pure, no drawing.

Invariant: all that the snapshot says is untagged, deleted or kept is in a box of its own, in a box that stands for
several, or counted in the last box of its column.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby

from dockkernel.snapshot import EffectShow, ImageView
from dockkernel_visual.effect_fates import Box, Fates, concerned
from dockkernel_visual.geometry import chain_of
from dockkernel_visual.words import Language, count, listed, say, size, some

MOST_ROWS = 11
MOST_LINES = 14
"""Lines to the layers; where there would be more, or no layer goes, layers of the same images are one box."""
_FOLDED_PARENTS = 3


@dataclass(frozen=True, slots=True)
class Line:
    """From a row to a row of the column beside it; `gone` when what it comes from goes."""

    left: int
    right: int
    gone: bool


@dataclass(frozen=True, slots=True)
class Columns:
    """The three columns from left to right, and the lines in the two gaps between them."""

    names: tuple[Box, ...]
    images: tuple[Box, ...]
    layers: tuple[Box, ...]
    name_lines: tuple[Line, ...]
    layer_lines: tuple[Line, ...]


def columns(show: EffectShow, language: Language) -> Columns:
    """The boxes of a removal, folded until each column has room."""
    images, fates = concerned(show), Fates(show, language)
    holding = {image.id: _names_of(image, fates) for image in images}
    standing = {image.id: chain_of(image) for image in images}
    drawn = shorten(_parents(fates.images(images), language), language)
    names = shorten(fates.names(images), language)
    single = _by_images(fates.layers(images), _rows(drawn), standing)
    if not show.deleted_layers or len(_lines(drawn, single, standing)) > MOST_LINES:
        single = _folded(single, language, _kind_and_group, lambda run: len(run) > 1)
    layers = shorten(single, language)
    turned = {name: (image,) for image, held in holding.items() for name in held}
    return Columns(names, drawn, layers, _lines(names, drawn, turned), _lines(drawn, layers, standing))


def _names_of(image: ImageView, fates: Fates) -> list[str]:
    return [*image.names, *image.digests, *(container.id for container in fates.users[image.id])]


def _rows(boxes: Sequence[Box]) -> dict[str, int]:
    """Key → row of its box; what is only counted has no place to draw a line to."""
    return {key: row for row, box in enumerate(boxes) if box.fate != "rest" for key in box.keys}


def _lines(left: Sequence[Box], right: Sequence[Box], joined: Mapping[str, Iterable[str]]) -> tuple[Line, ...]:
    starts, ends = _rows(left), _rows(right)
    found = {
        Line(row, ends[other], left[row].fate == "gone")
        for key, row in starts.items()
        for other in joined.get(key, ())
        if other in ends
    }
    return tuple(sorted(found, key=lambda line: (line.left, line.right)))


def _by_images(layers: Sequence[Box], rows: Mapping[str, int], standing: Mapping[str, Sequence[str]]) -> list[Box]:
    """The layers, each in the group of the image boxes that stand on it."""
    groups: defaultdict[str, set[int]] = defaultdict(set)
    for image, chain in standing.items():
        for key in chain:
            groups[key].add(rows.get(image, -1))
    return [replace(box, group=frozenset(groups[box.keys[0]])) for box in layers]


def _kind(box: Box) -> Hashable:
    return box.noun, box.fate, box.note


def _kind_and_group(box: Box) -> Hashable:
    return box.noun, box.fate, box.note, box.group


def _folded(
    boxes: Sequence[Box],
    language: Language,
    alike: Callable[[Box], Hashable],
    wanted: Callable[[tuple[Box, ...]], bool],
) -> list[Box]:
    """The column with those runs of like neighbours as one box that are `wanted` so."""
    folded: list[Box] = []
    for _, group in groupby(boxes, key=alike):
        run = tuple(group)
        folded += [_together(run, language)] if wanted(run) else run
    return folded


def _parents(boxes: Sequence[Box], language: Language) -> list[Box]:
    """Intermediate images are many and have no names: three or more in a row are one box."""
    return _folded(boxes, language, _kind, lambda run: run[0].noun == "parent" and len(run) >= _FOLDED_PARENTS)


def shorten(boxes: Sequence[Box], language: Language, most: int = MOST_ROWS) -> tuple[Box, ...]:
    """The column in at most so many boxes: neighbours of one group fold, then like ones, then the end is counted."""
    for alike in (_kind_and_group, _kind):
        for fate in ("quiet", "kept", "gone"):
            if len(boxes) > most:
                boxes = _folded(boxes, language, alike, partial(_several, fate))
    if len(boxes) <= most:
        return tuple(boxes)
    return (*boxes[: most - 1], _rest(boxes[most - 1 :], language))


def _several(fate: str, run: Sequence[Box]) -> bool:
    return run[0].fate == fate and len(run) > 1


def _together(run: Sequence[Box], language: Language) -> Box:
    """Neighbours of one fate as one box."""
    keys = tuple(key for box in run for key in box.keys)
    first, many = run[0], count(run[0].noun, len(keys), language)
    titles = [box.title for box in run] + [""] * (len(keys) - len(run))
    title = f"{many} · {size(sum(box.bytes for box in run))}" if first.noun == "layer" else many
    title = listed(titles, language, 1) if first.noun in ("name", "container") else title
    note = say("stay", language) if first.fate == "quiet" and first.noun != "container" else first.note
    hover = "\n".join(some([box.title[:60] for box in run], language, 10))
    group = frozenset[object]().union(*(box.group for box in run))
    return Box(keys, first.noun, title, note, first.fate, hover, sum(box.bytes for box in run), group)


def _rest(boxes: Sequence[Box], language: Language) -> Box:
    """What has no room, counted by what becomes of it."""
    words = {"quiet": say("stay", language), "kept": say("kept", language)}
    fates: Counter[str] = Counter()
    for box in boxes:
        fates[words.get(box.fate, box.note)] += len(box.keys)
    keys = tuple(key for box in boxes for key in box.keys)
    note = ", ".join(say("fate", language, n=n, fate=fate) for fate, n in fates.items())
    return replace(boxes[0], keys=keys, title=say("more", language, n=len(keys)), note=note, fate="rest", hover=note)
