"""Pictures of Docker images: functions from snapshots to SVG and text.

`present` makes what a notebook shows; `stack`, `effect`, `disk` and `build` make one SVG each. `live` makes the HTML
of a build that runs.
"""

from __future__ import annotations

from dockkernel.snapshot import EffectShow, GraphSnapshot, Show, StackShow
from dockkernel_visual.build_view import build
from dockkernel_visual.build_view_live import live
from dockkernel_visual.disk_view import disk
from dockkernel_visual.effect_view import effect
from dockkernel_visual.stack_view import stack
from dockkernel_visual.text import describe
from dockkernel_visual.words import Language

__all__ = ["build", "describe", "disk", "effect", "live", "present", "stack"]


def present(show: Show, *, language: Language = "en") -> dict[str, str]:
    """The MIME bundle of a picture: `image/svg+xml`, and its words as `text/plain`."""
    if isinstance(show, StackShow):
        drawing = stack(show, language)
    elif isinstance(show, EffectShow):
        drawing = effect(show, language)
    elif isinstance(show, GraphSnapshot):
        drawing = build(show, language)
    else:
        drawing = disk(show, language)
    return {"image/svg+xml": drawing, "text/plain": describe(show, language)}
