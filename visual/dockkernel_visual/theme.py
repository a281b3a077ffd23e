"""Colours and type. Every picture stands on a light card of its own, so that it reads the same on white and on black.

Only presentation attributes are used: a notebook viewer that strips styles and scripts still shows the whole picture.
The hues are Okabe and Ito's colour-blind-safe ones, darkened until white text on them has a contrast of 4.5 to 1.
"""

from __future__ import annotations

import hashlib
from typing import Final

CARD: Final = "#ffffff"
EDGE: Final = "#d5dbe3"
PANEL: Final = "#f4f6f9"
INK: Final = "#1f2733"
SOFT: Final = "#5b6573"
GONE: Final = "#a3362c"
KEPT: Final = "#2f6f9f"

HUES: Final = ("#2f6f9f", "#23776a", "#8f5f0a", "#7c5aa6", "#a8493f", "#3c6e3c", "#93457a", "#4d5d8a")
"""Each has at least 4.5 to 1 against white."""

SANS: Final = "Inter, system-ui, -apple-system, Segoe UI, Noto Sans, Noto Sans CJK SC, sans-serif"
MONO: Final = "ui-monospace, SFMono-Regular, Menlo, Consolas, DejaVu Sans Mono, monospace"


def hue(key: str, avoid: str = "") -> str:
    """A colour that depends on `key` alone, and is not `avoid`: steady from cell to cell and notebook to notebook."""
    choices = [colour for colour in HUES if colour != avoid]
    return choices[int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big") % len(choices)]
