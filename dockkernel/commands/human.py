"""Sizes, ages and durations in the words Docker shows and reads.

Facts from docker/go-units and Go's `time.ParseDuration`: sizes are powers of 1000 with three or four significant
digits in C's `%g` form (so 999500 bytes are `1e+03kB`), hours are rounded, everything else is cut down.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from dockkernel.errors import InvalidInput
from dockkernel.oci.times import to_ns

SECOND = 1_000_000_000
"""Nanoseconds in a second."""

_DECIMAL_UNITS = ("B", "kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ZERO_YEAR = "0001-01-01T00:00:00"
_DURATION_UNITS = {"ns": 1, "us": 1000, "µs": 1000, "μs": 1000, "ms": 10**6, "s": SECOND, "m": 60 * SECOND}
_DURATION_UNITS["h"] = 3600 * SECOND
_INT64 = 1 << 63


def human_size(size: float, precision: int = 4) -> str:
    """`size` bytes in powers of 1000: `1.984MB`; `precision` 3 for image lists, 4 for totals.

    >>> human_size(1984309, 3), human_size(1984309), human_size(999500, 3)
    ('1.98MB', '1.984MB', '1e+03kB')
    """
    index = 0
    while size >= 1000 and index < len(_DECIMAL_UNITS) - 1:
        size /= 1000
        index += 1
    return f"{size:.{precision}g}{_DECIMAL_UNITS[index]}"


def human_duration(nanoseconds: int) -> str:
    """How long: `About a minute`, `5 hours`, `3 weeks`; anything under a second is `Less than a second`."""
    seconds = nanoseconds / SECOND
    hours = int(seconds / 3600 + 0.5)
    whole = int(seconds)
    for limit, words in (
        (1, "Less than a second"),
        (2, "1 second"),
        (60, f"{whole} seconds"),
        (120, "About a minute"),
        (3600, f"{whole // 60} minutes"),
    ):
        if whole < limit:
            return words
    if hours == 1:
        return "About an hour"
    for limit, amount, unit in (
        (48, hours, "hours"),
        (24 * 14, hours // 24, "days"),
        (24 * 60, hours // 24 // 7, "weeks"),
        (24 * 365 * 2, hours // 24 // 30, "months"),
    ):
        if hours < limit:
            return f"{amount} {unit}"
    return f"{whole // 3600 // 24 // 365} years"


def is_zero_time(text: str) -> bool:
    """Whether a time is missing or Go's zero time (year 1)."""
    return not text or text.startswith(_ZERO_YEAR)


def utc(seconds: int) -> str:
    """Whole seconds since the epoch as lists print them: `2026-11-25 02:38:05 +0000 UTC`."""
    return (_EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%d %H:%M:%S +0000 UTC").zfill(29)


def rfc3339(seconds: int) -> str:
    """Whole seconds since the epoch as `2026-11-25T02:38:05Z` (history)."""
    return (_EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ").zfill(20)


@lru_cache(maxsize=16384)
def created_at(created: str) -> str:
    """A config's `created` for a CREATED AT column: UTC, whole seconds; the year 1 where there is none."""
    return utc(to_ns(created or _ZERO_YEAR + "Z") // SECOND)


def created_since(created: str, now_ns: int) -> str:
    """A config's `created` for a CREATED column: `5 hours ago`; empty for Go's zero time, which tables show as `N/A`.

    Docker's API hands lists whole seconds, so the fraction of `created` is cut off first.
    """
    if is_zero_time(created):
        return ""
    return human_duration(now_ns - to_ns(created) // SECOND * SECOND) + " ago"


def parse_binary_size(text: str) -> int:
    """Bytes of `512m`, `1.5g`, `64MiB`; units are powers of 1024. ValueError with go-units' words."""
    end = max((index for index, char in enumerate(text) if char in "0123456789. "), default=-1)
    if end < 0:
        raise ValueError(f"invalid size: '{text}'")
    number, suffix = (text[:end] if text[end] == " " else text[: end + 1]), text[end + 1 :]
    if not re.fullmatch(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", number, re.ASCII):
        raise ValueError(f'strconv.ParseFloat: parsing "{number}": invalid syntax')
    size = float(number)
    if size < 0:
        raise ValueError(f"invalid size: '{text}'")
    unit = suffix.lower()
    if unit in ("", "b"):
        return int(size)
    power = "bkmgtp".find(unit[0])
    if power < 1 or unit[1:] not in ("", "b", "ib"):
        raise ValueError(f"invalid suffix: '{suffix}'")
    return int(size * 1024**power)


def parse_duration(text: str) -> int:
    """Nanoseconds of a Go duration: `1h30m`, `-1.5s`, `0`. ValueError with Go's words."""
    rest = text[1:] if text[:1] in ("+", "-") else text
    if rest == "0":
        return 0
    total = 0
    if not rest:
        raise ValueError(f'time: invalid duration "{text}"')
    while rest:
        match = re.match(r"(\d*)(?:\.(\d*))?([^\d.]*)", rest)
        if match is None or not (match[1] or match[2]):
            raise ValueError(f'time: invalid duration "{text}"')
        unit = match[3]
        if not unit:
            raise ValueError(f'time: missing unit in duration "{text}"')
        if unit not in _DURATION_UNITS:
            raise ValueError(f'time: unknown unit "{unit}" in duration "{text}"')
        fraction = match[2] or ""
        scale = _DURATION_UNITS[unit]
        total += int(match[1] or "0") * scale + (int(fraction) * scale // 10 ** len(fraction) if fraction else 0)
        if total >= _INT64:
            raise ValueError(f'time: invalid duration "{text}"')
        rest = rest[match.end() :]
    return -total if text.startswith("-") else total


def format_duration(nanoseconds: int) -> str:
    """A duration as Go prints it: `1h30m0s`, `1.5s`, `0s`."""
    if nanoseconds == 0:
        return "0s"
    sign, rest = ("-" if nanoseconds < 0 else ""), abs(nanoseconds)
    for unit, scale in (("ns", 1), ("µs", 1000), ("ms", 10**6)):
        if rest < scale * 1000:
            return sign + _decimal(rest, scale) + unit
    minutes, seconds = divmod(rest, 60 * SECOND)
    hours, minutes = divmod(minutes, 60)
    front = f"{hours}h{minutes}m" if hours else f"{minutes}m" if minutes else ""
    return sign + front + _decimal(seconds, SECOND) + "s"


def _decimal(value: int, scale: int) -> str:
    whole, part = divmod(value, scale)
    fraction = str(part).rjust(len(str(scale)) - 1, "0").rstrip("0") if part else ""
    return f"{whole}.{fraction}" if fraction else str(whole)


def parse_moment(text: str, now_ns: int) -> int:
    """Nanoseconds since the epoch that a filter value names: a duration back from now, a date, or Unix seconds.

    The forms are those of Docker's `--since`, `--until` and `until=`. Dates without a zone are read as UTC, and a
    duration leads to a whole second, as the client sends it. `InvalidInput` with Docker's words otherwise.
    """
    if text != "0":
        try:
            return (now_ns - parse_duration(text)) // SECOND * SECOND
        except ValueError:
            pass
    if re.fullmatch(r"\d+(\.\d{1,9})?", text):
        whole, _, fraction = text.partition(".")
        return int(whole) * SECOND + int(fraction.ljust(9, "0") or "0")
    match = re.fullmatch(r"(\d{4}-\d\d-\d\d)(?:T(\d\d)(:\d\d)?(:\d\d(?:\.\d{1,9})?)?)?(Z|[+-]\d\d:\d\d)?", text)
    if not match:
        raise InvalidInput(f'failed to parse value as time or duration: "{text}"')
    clock = f"{match[2] or '00'}{match[3] or ':00'}{match[4] or ':00'}"
    return to_ns(f"{match[1]}T{clock}{match[5] or 'Z'}")
