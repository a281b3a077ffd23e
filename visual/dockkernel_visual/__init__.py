"""Pictures of Docker images: functions from snapshots to SVG and text.

`present` makes what a notebook shows; `stack`, `effect` and `disk` make one SVG each.
"""

from __future__ import annotations

from dockkernel.snapshot import EffectShow, Show, StackShow
from dockkernel_visual.disk_view import disk
from dockkernel_visual.effect_view import effect
from dockkernel_visual.stack_view import stack
from dockkernel_visual.text import describe
from dockkernel_visual.words import Language

__all__ = ["describe", "disk", "effect", "present", "stack"]


def present(show: Show, *, language: Language = "en") -> dict[str, str]:
    """The MIME bundle of a picture: `image/svg+xml`, and its words as `text/plain`."""
    if isinstance(show, StackShow):
        drawing = stack(show, language)
    elif isinstance(show, EffectShow):
        drawing = effect(show, language)
    else:
        drawing = disk(show, language)
    return {"image/svg+xml": drawing, "text/plain": describe(show, language)}
