"""Text as Docker's own language treats it: blanks, quoted strings, durations, numbers.

Docker is written in Go, and its messages and its accepted spellings follow Go's standard library. The rules are those
of the Go documentation of `unicode.IsSpace`, `strconv.ParseInt`, `strconv.ParseBool` and
`time.ParseDuration`, and of the `RAMInBytes` sizes of Docker's flags.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction

from dockkernel.dockerfile.source import LONE_SURROGATE, WordError
from dockkernel.errors import ParseError
from dockkernel.oci.quoting import go_quote

BLANKS = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006"
    "\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)
"""The characters that Go counts as space (Python's own set has four control characters more)."""

_UNITS = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "μs": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
}
_DURATION_PART = re.compile(r"(?P<number>[0-9]*(?:\.[0-9]*)?)(?P<unit>[^0-9.]*)")
_SIZE = re.compile(r"(?P<number>[0-9]+(?:\.[0-9]+)?|\.[0-9]+) ?(?P<unit>[kmgtpe])?i?b?", re.IGNORECASE)
_MAX_INT64 = 2**63 - 1


def readable(text: str) -> str:
    """Give the text with bytes that are no UTF-8 shown as U+FFFD, as the daemon's answers and records have them."""
    return text if text.isascii() else LONE_SURROGATE.sub("\ufffd", text)


def parse_duration(text: str) -> int:
    """Give the nanoseconds of a duration such as `1m30s`.

    Raises ParseError: in Go's words, when it is none.
    """
    invalid = ParseError(f"time: invalid duration {go_quote(text)}")
    sign, rest = (-1, text[1:]) if text.startswith("-") else (1, text.removeprefix("+"))
    if rest == "0":
        return 0
    if not rest:
        raise invalid
    total = Fraction(0)
    while rest:
        part = _DURATION_PART.match(rest)
        if part is None or part["number"] in ("", "."):
            raise invalid
        if not part["unit"]:
            if part.end() < len(rest):
                raise invalid
            raise ParseError(f"time: missing unit in duration {go_quote(text)}")
        if part["unit"] not in _UNITS:
            raise ParseError(f"time: unknown unit {go_quote(part['unit'])} in duration {go_quote(text)}")
        whole, _, fraction = part["number"].partition(".")
        value = Fraction(int(whole[:40] or "0")) + Fraction(int(fraction[:40] or "0"), 10 ** len(fraction[:40]))
        total += value * _UNITS[part["unit"]]
        rest = rest[part.end() :]
        if total > _MAX_INT64 or len(whole.lstrip("0")) > 39:
            raise invalid
    return sign * int(total)


def parse_int(text: str, *, bits: int = 32) -> int:
    """Give the signed decimal number of so many bits.

    Raises ParseError: in Go's words, when it is none or too large.
    """
    if not re.fullmatch(r"[+-]?[0-9]+", text, re.ASCII):
        raise ParseError(f"strconv.ParseInt: parsing {go_quote(text)}: invalid syntax")
    digits = text.lstrip("+-").lstrip("0")
    value = int(digits or "0") if len(digits) < 30 else 1 << 64
    value = -value if text.startswith("-") else value
    if not -(1 << (bits - 1)) <= value < 1 << (bits - 1):
        raise ParseError(f"strconv.ParseInt: parsing {go_quote(text)}: value out of range")
    return value


def parse_uint(text: str, *, base: int = 10, bits: int = 32) -> int | None:
    """Give the unsigned number, or None when it is none or too large."""
    allowed = "0123456789"[:base]
    if not text or any(char not in allowed for char in text) or len(text.lstrip("0")) > 30:
        return None
    value = int(text, base)
    return value if value < 1 << bits else None


def parse_bool(text: str) -> bool | None:
    """Give the truth value of 1, t, true, 0, f, false in the usual spellings, or None when it is none of them."""
    if text in ("1", "t", "T", "true", "TRUE", "True"):
        return True
    if text in ("0", "f", "F", "false", "FALSE", "False"):
        return False
    return None


def parse_size(text: str) -> int | None:
    """Give the bytes of a size such as `64m` (powers of 1024), or None when it is none."""
    match = _SIZE.fullmatch(text)
    if match is None or len(match["number"]) > 40:
        return None
    power = "kmgtpe".index(match["unit"].lower()) + 1 if match["unit"] else 0
    value = int(Fraction(match["number"]) * 1024**power)
    return value if value <= _MAX_INT64 else None


def suggestion(word: str, options: list[str], *, fold_case: bool = False) -> str | None:
    """Give the option nearest to a mistyped word (at most two edits away), or None.

    With `fold_case` upper and lower case are one, and the answer takes the case of the word. An exact match gives None:
    then the error was about something else. Of equally near options one that only swaps neighbours wins.
    """
    fold: Callable[[str], str] = str.lower if fold_case else str
    wanted = fold(word)
    if wanted in {fold(option) for option in options} or len(wanted) > 64:
        return None
    # Words whose lengths differ by more are further away than that.
    close = [option for option in options if abs(len(option) - len(wanted)) <= 2]
    near = sorted((_distance(wanted, fold(option)), _swapped(wanted, fold(option)), option) for option in close)
    if not near or near[0][0] > 2:
        return None
    best = near[0][2]
    if not fold_case:
        return best
    return best.lower() if word == word.lower() else best.upper() if word == word.upper() else best.lower()


def with_suggestion(message: str, word: str, near: str | None) -> ParseError:
    """Give the error about a word with the nearest one after it, as BuildKit says it, and as a hint."""
    if near is None:
        return WordError(message, word)
    return WordError(f"{message} (did you mean {near}?)", word, hint=f"did you mean {near}?")


def _distance(left: str, right: str) -> int:
    row = list(range(len(right) + 1))
    for count, char in enumerate(left, 1):
        previous, row[0] = row[0], count
        for column, other in enumerate(right, 1):
            previous, row[column] = row[column], min(row[column] + 1, row[column - 1] + 1, previous + (char != other))
    return row[-1]


def _swapped(left: str, right: str) -> bool:
    """Tell (False sorts first) whether the words do not have the same letters."""
    return sorted(left) != sorted(right)
