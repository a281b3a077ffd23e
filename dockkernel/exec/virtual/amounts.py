"""Amounts as people type them: `5`, `10k`, `1MiB`."""

from __future__ import annotations

import re

_UNITS = {"": 1, "c": 1, "w": 2, "b": 512, "k": 1024, "K": 1024, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
_UNITS |= {
    "kB": 1000,
    "KB": 1000,
    "MB": 10**6,
    "GB": 10**9,
    "KiB": 1024,
    "MiB": 1 << 20,
    "GiB": 1 << 30,
    "m": 1 << 20,
    "g": 1 << 30,
}


def amount(text: str) -> int | None:
    """Bytes of `5`, `10k`, `1MiB` …; None when it is no amount."""
    found = re.fullmatch(r"(\d+)([A-Za-z]*)", text)
    if found is None or found[2] not in _UNITS:
        return None
    return int(found[1]) * _UNITS[found[2]]
