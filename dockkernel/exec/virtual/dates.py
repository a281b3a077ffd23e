"""The dates that people type, as nanoseconds since the epoch, UTC."""

from __future__ import annotations

import datetime
import re


def parse_stamp(text: str, now_ns: int) -> int | None:
    """`[[CC]YY]MMDDhhmm[.ss]` as nanoseconds, UTC."""
    found = re.fullmatch(r"(\d{2}|\d{4})?(\d{2})(\d{2})(\d{2})(\d{2})(?:\.(\d{2}))?", text)
    if found is None:
        return None
    year = found[1] or str(_utc(now_ns).year)
    if len(year) == 2:
        year = ("19" if int(year) > 68 else "20") + year
    try:
        numbers = [int(year), *(int(found[index]) for index in range(2, 6)), int(found[6] or 0)]
        return _nanos(datetime.datetime(*numbers, tzinfo=datetime.UTC))  # type: ignore[misc,arg-type]
    except ValueError:
        return None


_DATES = (
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%d",
    "%Y%m%d",
    "%d %b %Y",
    "%b %d %Y",
    "%b %d, %Y",
    "%a %b %d %H:%M:%S %Z %Y",
    "%a, %d %b %Y %H:%M:%S",
)


def parse_date(text: str, now_ns: int) -> int | None:
    """The dates that people give to `-d`: `@seconds`, ISO 8601, `1 Jan 2020`, now, yesterday, `2 days ago`."""
    text = text.strip()
    if re.fullmatch(r"@-?\d+(\.\d+)?", text):
        whole, _, part = text[1:].partition(".")
        return int(whole) * 10**9 + int((part + "0" * 9)[:9])
    words = {"now": 0, "today": 0, "yesterday": -1, "tomorrow": 1}
    if text.lower() in words:
        return now_ns + words[text.lower()] * 86400 * 10**9
    ago = re.fullmatch(r"([-+]?\d+) (second|sec|minute|min|hour|day|week|month|year)s?( ago)?", text)
    if ago:
        unit = {"sec": 1, "second": 1, "min": 60, "minute": 60, "hour": 3600, "day": 86400, "week": 604800}
        seconds = int(ago[1]) * (unit.get(ago[2]) or (2592000 if ago[2] == "month" else 31536000))
        return now_ns + (-seconds if ago[3] else seconds) * 10**9
    cleaned = re.sub(r"\s*(UTC|GMT|Z|\+00:?00)$", "", text)
    fraction = re.search(r"(:\d{2})\.(\d{1,9})$", cleaned)
    if fraction:
        cleaned = cleaned[: fraction.start(2) - 1]
    for form in _DATES:
        try:
            found = datetime.datetime.strptime(cleaned, form).replace(tzinfo=datetime.UTC)
        except ValueError:
            continue
        return _nanos(found) + (int((fraction[2] + "0" * 9)[:9]) if fraction else 0)
    return None


def _utc(now_ns: int) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(now_ns // 10**9, datetime.UTC)


def _nanos(moment: datetime.datetime) -> int:
    return int((moment - datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)).total_seconds()) * 10**9
