"""The pictures in words: what a terminal, a screen reader or a viewer without images gets.

The same numbers as in the drawing, in about thirty lines at most, whatever the store holds.
"""

from __future__ import annotations

from dockkernel.snapshot import DiskShow, EffectShow, GraphSnapshot, Show, StackShow
from dockkernel_visual import build_view_rows, disk_view, effect_columns, effect_view, stack_view
from dockkernel_visual.disk_parts import MOST_IMAGES, listed_images, parts
from dockkernel_visual.letters import clean
from dockkernel_visual.names import name_of
from dockkernel_visual.words import Language, say, short, size, some, step, total

_MOST_LINES = 30
_ROWS = 8


def _stack_lines(show: StackShow, language: Language) -> list[str]:
    """The images in front with their steps, the newest above; of the others the name and size."""
    images, _ = stack_view.drawn_images(show)
    front = [image for image in images if image.id in show.focus]
    room = max((_MOST_LINES - len(images)) // max(len(front), 1) - 1, 2)
    lines = []
    for image in images:
        lines.append(f"{name_of(image, language)}  {short(image.id)}  {size(image.size)}")
        if image in front:
            rows = [
                f"  [{size(layer.size) if layer.chain_id else '·':>7}] {step(layer.created_by)[:70]}"
                for layer in reversed(image.layers)
            ]
            lines += some(rows, language, room)
    return [stack_view.sentence(show, language), *lines, *stack_view.footnotes(show, language)]


def _effect_lines(show: EffectShow, language: Language) -> list[str]:
    """What goes, then what is kept and why; the like of each together."""
    drawn = effect_columns.columns(show, language)
    lines = [effect_view.sentence(show, language), *effect_view.messages(show, language)]
    for boxes in (drawn.names, drawn.images, drawn.layers):
        told = [box for box in boxes if box.fate != "quiet"]
        for box in effect_columns.shorten(told, language, _ROWS):
            lines.append(f"  {'-' if box.fate == 'gone' else ' '} {box.title[:70]}: {box.note}")
    return lines


def _disk_lines(show: DiskShow, language: Language) -> list[str]:
    """The images with their sizes, then the parts that sum to the disk."""
    images = listed_images(show.world)
    most = MOST_IMAGES // 2
    lines = [
        f"  {size(image.size):>8}  {name_of(image, language)} ({disk_view.aside(image, language)})"
        for image in images[:most]
    ]
    if images[most:]:
        lines.append(f"  {disk_view.rest_line(images[most:], language)}")
    if images or show.world.layer_bytes:
        lines.append(f"{say('disk.once', language)} {total(show.world.layer_bytes)}:")
        lines += [f"  {words}" for words, _ in disk_view.legend(parts(show.world, language), language)]
    return [disk_view.sentence(show, language), *lines]


def describe(show: Show, language: Language = "en") -> str:
    """The lines of a picture as plain text."""
    if isinstance(show, StackShow):
        lines = _stack_lines(show, language)
    elif isinstance(show, EffectShow):
        lines = _effect_lines(show, language)
    elif isinstance(show, GraphSnapshot):
        lines = build_view_rows.lines(show, language)
    else:
        lines = _disk_lines(show, language)
    return "\n".join(clean(line) for line in lines)
