"""`docker search`: filters and limits as the daemon takes them, over the catalogs."""

from __future__ import annotations

import pytest
from support.hubs import Hub


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ("busybox", ["busybox"]),
        ("--limit 1 s", ["busybox"]),
        ("--limit 0 s", ["busybox", "stack"]),
        ("--filter is-official=false stack", ["stack"]),
        ("--filter is-official=true stack", []),
        ("--filter is-automated=true stack", []),
        ("--filter stars=0 stack", ["stack"]),
        ("--filter stars=3 stack", []),
        ("nothing-of-the-kind", []),
    ],
)
def test_found(hub: Hub, options: str, found: list[str]) -> None:
    assert hub.lines(f"search --format {{{{.Name}}}} {options}") == found


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("--filter x=1", "invalid filter 'x'"),
        ("--filter is-official=maybe", "invalid filter 'is-official=[maybe]'"),
        ("--filter stars=x", "invalid filter 'stars=x': strconv.Atoi: parsing \"x\": invalid syntax"),
        ("--limit 101", "limit 101 is outside the range of [1, 100]"),
    ],
)
def test_refused(hub: Hub, options: str, words: str) -> None:
    ran = hub.run(f"search {options} busybox")
    assert (ran.code, ran.out, ran.err) == (1, "", f"Error response from daemon: {words}\n")
