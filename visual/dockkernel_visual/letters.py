"""Text from outside on one line of a picture: harmless characters, its width, and how it is cut.

Names, commands and messages come from images that anybody may have made. What XML 1.0 does not allow, what moves a
terminal's cursor and what turns the direction of writing is replaced by U+FFFD. Widths are those of DejaVu Sans, the
widest of the usual fonts, so that a line that fits here fits everywhere.
"""

from __future__ import annotations

import re
from typing import Final
from unicodedata import combining, east_asian_width

_HARMFUL: Final = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\u202a-\u202e\u2066-\u2069]"
)

_GROUPS: Final = (
    (0.35, "'ijlIJ ,.·/:;\\|f"),
    (0.42, "-()[]t!r"),
    (0.56, '"*_`sz?cL'),
    (0.65, "FkvxyPTYaoeESbdghnpqu0123456789${}"),
    (0.80, "ABCDGHKNOQRUVXZ&"),
    (1.00, "mW%@…"),
)
_WIDTHS: Final = {char: width for width, chars in _GROUPS for char in chars}
_OTHER, _WIDE, _MONO, _BOLD = 0.85, 1.05, 0.605, 1.13


def clean(text: str) -> str:
    """The text with nothing in it that could break a document, a terminal or the order of reading."""
    return text if text.isprintable() else _HARMFUL.sub("\ufffd", text)


def one_line(text: str) -> str:
    """Clean text with each run of white space as one blank."""
    return " ".join(clean(text).split())


def _em(char: str, *, mono: bool) -> float:
    if char.isascii():
        return _MONO if mono else _WIDTHS.get(char, _OTHER)
    if combining(char):
        return 0.0
    if east_asian_width(char) in "WF":
        return _WIDE
    return _MONO if mono else _WIDTHS.get(char, _OTHER)


def text_width(text: str, size: float, *, mono: bool = False, bold: bool = False) -> float:
    """How wide the text is at most, in pixels."""
    return sum(_em(char, mono=mono) for char in text) * size * (_BOLD if bold and not mono else 1)


def fit(text: str, size: float, width: float, *, mono: bool = False, bold: bool = False) -> str:
    """The text on one line, cut with `…` where it is wider than `width` pixels; empty where not two letters fit."""
    text = one_line(text[: int(width) + 200])
    scale = size * (_BOLD if bold and not mono else 1)
    room, used, whole = width / scale - _em("…", mono=mono), 0.0, 0
    for number, char in enumerate(text):
        used += _em(char, mono=mono)
        if used <= room:
            whole = number + 1
    if used * scale <= width:
        return text
    return text[:whole].rstrip() + "…" if whole > 1 else ""


def fit_name(name: str, size: float, width: float, *, bold: bool = False) -> str:
    """An image's name in `width` pixels: what is cut first is the registry and the path, last the end of the tag."""
    name = one_line(name)
    if text_width(name, size, bold=bold) <= width:
        return name
    parts = name.split("/")
    for first in range(1, len(parts)):
        shorter = "…/" + "/".join(parts[first:])
        if text_width(shorter, size, bold=bold) <= width:
            return shorter
    return fit("…/" + parts[-1] if len(parts) > 1 else name, size, width, bold=bold)
