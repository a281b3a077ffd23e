"""The pictures in words: what a terminal, a screen reader or a viewer without images gets."""

from __future__ import annotations

from dockkernel.snapshot import DiskShow, EffectShow, Show, StackShow
from dockkernel_visual import disk_view, effect_view, stack_view
from dockkernel_visual.words import Language, say, short, size, step


def _stack_lines(show: StackShow, language: Language) -> list[str]:
    lines = [stack_view.sentence(show, language)]
    for image in show.world.images:
        if image.id not in show.focus:
            continue
        lines.append(f"{stack_view.name_of(image, language)}  {short(image.id)}  {size(image.size)}")
        for layer in reversed(image.layers):
            mark = f"[{size(layer.size):>7}]" if layer.chain_id else "[   ·   ]"
            lines.append(f"  {mark} {step(layer.created_by)[:70]}")
    return lines


def _effect_lines(show: EffectShow, language: Language) -> list[str]:
    lines = [effect_view.sentence(show, language), *(blocked.message for blocked in show.blocked)]
    lines += [f"  - {name}" for name in show.untagged]
    lines += [f"  - {short(image)}" for image in show.deleted_images]
    return lines


def _disk_lines(show: DiskShow, language: Language) -> list[str]:
    return [
        disk_view.sentence(show, language),
        *(f"  {size(part.bytes):>8}  {part.label}" for part in disk_view.parts(show, language)),
    ]


def describe(show: Show, language: Language = "en") -> str:
    """The lines of a picture as plain text."""
    if isinstance(show, StackShow):
        lines = _stack_lines(show, language)
    elif isinstance(show, EffectShow):
        lines = _effect_lines(show, language)
    else:
        lines = _disk_lines(show, language)
    images = show.before.images if isinstance(show, EffectShow) else show.world.images
    if any(image.teaching for image in images):
        lines.append(say("teaching", language))
    return "\n".join(lines)
