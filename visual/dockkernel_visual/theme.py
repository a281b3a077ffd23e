"""Colours and type. Every picture stands on a light card of its own, so that it reads the same on white and on black.

The hues are Okabe and Ito's colour-blind-safe ones, darkened until white text on them has a contrast of 4.5 to 1; the
tones of what is shared are light enough for dark text. Colour never tells anything alone: words, strike and hatch do.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from typing import Final

WIDTH: Final = 836.0
"""Pixels of every picture: what JupyterLab has room for beside its side bar on a screen of 1280; wider ones it cuts."""

CARD: Final = "#ffffff"
EDGE: Final = "#d5dbe3"
LINK: Final = "#9aa5b1"
PANEL: Final = "#f4f6f9"
INK: Final = "#1f2733"
SOFT: Final = "#5b6573"
GONE: Final = "#a3362c"
KEPT: Final = "#2f6f9f"

HUES: Final = ("#2f6f9f", "#23776a", "#8f5f0a", "#7c5aa6", "#3c6e3c", "#93457a", "#4d5d8a")
"""White text stands on each; none is near the red of what goes."""

SHARED: Final = ("#c9d9ea", "#a9c4df", "#8fb3d6", "#7ba6d0")
"""Dark text stands on each; the more share, the deeper."""

SANS: Final = "Inter, system-ui, -apple-system, Segoe UI, Noto Sans, Noto Sans CJK SC, sans-serif"
MONO: Final = "ui-monospace, Menlo, Consolas, monospace"


def hue(key: str, avoid: Collection[str] = ()) -> str:
    """A colour that depends on `key` alone, or the next one that is none of `avoid`."""
    first = int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big") % len(HUES)
    return next((colour for colour in HUES[first:] + HUES[:first] if colour not in avoid), HUES[first])
