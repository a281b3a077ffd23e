"""Sizes, ages, durations and times in Docker's words."""

from __future__ import annotations

import re

import pytest

from dockkernel.commands import human
from dockkernel.commands.human import SECOND
from dockkernel.errors import InvalidInput
from dockkernel.oci.times import to_ns

DAY = 86400


@pytest.mark.parametrize(
    ("size", "three", "four"),
    [
        (0, "0B", "0B"),
        (1, "1B", "1B"),
        (999, "999B", "999B"),
        (1000, "1kB", "1kB"),
        (1001, "1kB", "1.001kB"),
        (1009, "1.01kB", "1.009kB"),
        (12345, "12.3kB", "12.35kB"),
        (999_499, "999kB", "999.5kB"),
        (999_500, "1e+03kB", "999.5kB"),
        (999_999, "1e+03kB", "1000kB"),
        (1_005_000, "1MB", "1.005MB"),
        (1_984_309, "1.98MB", "1.984MB"),
        (9_995_000, "9.99MB", "9.995MB"),
        (99_950_000, "100MB", "99.95MB"),
        (46_570_000_000, "46.6GB", "46.57GB"),
    ],
)
def test_sizes(size: int, three: str, four: str) -> None:
    assert human.human_size(size, 3) == three
    assert human.human_size(size) == four


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "Less than a second"),
        (0, "Less than a second"),
        (1, "1 second"),
        (59, "59 seconds"),
        (60, "About a minute"),
        (119, "About a minute"),
        (120, "2 minutes"),
        (3599, "59 minutes"),
        (3600, "About an hour"),
        (5399, "About an hour"),
        (5400, "2 hours"),
        (172_000, "2 days"),
        (13 * DAY, "13 days"),
        (14 * DAY, "2 weeks"),
        (59 * DAY, "8 weeks"),
        (60 * DAY, "2 months"),
        (729 * DAY, "24 months"),
        (730 * DAY, "2 years"),
        (3660 * DAY, "10 years"),
    ],
)
def test_ages(seconds: int, words: str) -> None:
    assert human.human_duration(seconds * SECOND) == words


def test_an_age_counts_from_the_whole_second() -> None:
    created = "2026-11-25T02:22:06.9Z"
    now = to_ns("2026-11-25T02:22:07Z")
    assert human.created_since(created, now) == "1 second ago"


def test_no_time_has_no_age_and_the_first_year() -> None:
    assert human.created_since("0001-01-01T00:00:00Z", 0) == ""
    assert human.created_since("", 0) == ""
    assert human.created_at("") == "0001-01-01 00:00:00 +0000 UTC"
    assert human.created_at("2026-11-25T03:38:05.1+01:00") == "2026-11-25 02:38:05 +0000 UTC"


@pytest.mark.parametrize(
    ("text", "size"), [("10m", 10 << 20), ("1.5g", 3 << 29), ("64MiB", 64 << 20), ("5 kb", 5120), ("7", 7), ("7B", 7)]
)
def test_binary_sizes(text: str, size: int) -> None:
    assert human.parse_binary_size(text) == size


@pytest.mark.parametrize(
    ("text", "message"),
    [("x", "invalid size: 'x'"), ("-1", "invalid size: '-1'"), ("5q", "invalid suffix: 'q'"), ("", "invalid size: ''")],
)
def test_wrong_sizes(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        human.parse_binary_size(text)


@pytest.mark.parametrize(
    ("text", "nanoseconds", "shown"),
    [
        ("1h30m", 5400 * SECOND, "1h30m0s"),
        ("1.5s", SECOND * 3 // 2, "1.5s"),
        ("-1m", -60 * SECOND, "-1m0s"),
        ("0", 0, "0s"),
        (".5h", 1800 * SECOND, "30m0s"),
        ("250ms", SECOND // 4, "250ms"),
        ("1us", 1000, "1µs"),
        ("7ns", 7, "7ns"),
    ],
)
def test_durations(text: str, nanoseconds: int, shown: str) -> None:
    assert human.parse_duration(text) == nanoseconds
    assert human.format_duration(nanoseconds) == shown


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("5", 'time: missing unit in duration "5"'),
        ("x", 'time: invalid duration "x"'),
        ("5y", 'time: unknown unit "y" in duration "5y"'),
        ("", 'time: invalid duration ""'),
        ("999999999h", 'time: invalid duration "999999999h"'),
    ],
)
def test_wrong_durations(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        human.parse_duration(text)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("10m", 10_000 - 600),
        ("1970-01-01T00:00:10Z", 10),
        ("1970-01-01T01:00:10+01:00", 10),
        ("1970-01-02", DAY),
        ("1970-01-02T01", DAY + 3600),
        ("1970-01-02T01:01", DAY + 3660),
        ("12.5", 12.5),
    ],
)
def test_moments(text: str, seconds: float) -> None:
    assert human.parse_moment(text, 10_000 * SECOND) == int(seconds * SECOND)


def test_a_wrong_moment() -> None:
    with pytest.raises(InvalidInput, match=r'^failed to parse value as time or duration: "garbage"$'):
        human.parse_moment("garbage", 0)
