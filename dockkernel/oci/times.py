"""Times as the OCI config writes them: RFC 3339, UTC, nanoseconds, trailing zeros dropped (Go's RFC3339Nano)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache

from dockkernel.errors import ParseError

_PATTERN = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?([Zz]|[+-]\d\d:\d\d)")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ZERO = "0001-01-01T00:00:00Z"
"""Go's zero time: "never"."""


def from_ns(ns: int) -> str:
    """The text of a time in nanoseconds since the epoch.

    >>> from_ns(1_500_000_000)
    '1970-01-01T00:00:01.5Z'
    """
    seconds, fraction = divmod(ns, 1_000_000_000)
    digits = f".{fraction:09d}".rstrip("0").rstrip(".")
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}{digits}Z"


@lru_cache(maxsize=16384)
def to_ns(text: str) -> int:
    """Nanoseconds since the epoch of an RFC 3339 text (negative before 1970); `ParseError` when it is none."""
    match = _PATTERN.fullmatch(text)
    if not match:
        raise ParseError(f'parsing time "{text}" as "2006-01-02T15:04:05.999999999Z07:00": cannot parse')
    zone = "+00:00" if match[4] in "Zz" else match[4]
    try:
        moment = datetime.fromisoformat(f"{match[1]}T{match[2]}{zone}")
    except ValueError as error:
        raise ParseError(f'parsing time "{text}": {error}') from error
    whole = moment - _EPOCH
    seconds = whole.days * 86_400 + whole.seconds
    return seconds * 1_000_000_000 + int((match[3] or "0").ljust(9, "0"))


def normal(text: str) -> str:
    """The text as Go writes the time that it reads there: zeros at the end of the fraction dropped; zones stay.

    `ParseError` when it is no time.

    >>> normal("2024-01-01T00:00:00.500Z")
    '2024-01-01T00:00:00.5Z'
    """
    match = _PATTERN.fullmatch(text)
    if not match:
        raise ParseError(f'parsing time "{text}" as "2006-01-02T15:04:05.999999999Z07:00": cannot parse')
    fraction = f".{match[3] or ''}".rstrip("0").rstrip(".")
    return f"{match[1]}T{match[2]}{fraction}{match[4].upper()}"
