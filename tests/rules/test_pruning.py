"""`docker image prune`: which images go, with every filter, also the odd ones."""

from __future__ import annotations

import pytest
from support.hubs import Hub

NOTHING = "Total reclaimed space: 0B\n"


def labelled(hub: Hub) -> None:
    for name, labels in (("la", "a=1 empty="), ("lab", "a=1 b=2"), ("lb", "b=2")):
        hub.made(f"FROM busybox:1.35\nLABEL {labels}\n", "-t", f"{name}:1")


def left(hub: Hub) -> set[str]:
    return set(hub.lines("image ls --format {{.Repository}}"))


def test_a_rebuilt_tag_leaves_a_dangling_image_behind(hub: Hub) -> None:
    hub.pull("busybox:1.35")
    hub.made("FROM busybox:1.35\nRUN echo old > /v\n", "-t", "app:1")
    old, chain = hub.image("app:1").id, hub.chains("app:1")[0]
    hub.made("FROM busybox:1.35\nRUN echo new > /v\n", "-t", "app:1")
    assert hub.lines("image ls --filter dangling=true --format {{.Repository}}:{{.Tag}}") == ["<none>:<none>"]
    assert hub.out("image prune -f") == (
        f"Deleted Images:\ndeleted: {old}\ndeleted: {chain}\n\nTotal reclaimed space: 4B\n"
    )
    assert hub.out("image prune -f") == NOTHING


def test_an_old_image_that_is_the_parent_of_the_new_one_is_not_dangling(hub: Hub) -> None:
    hub.pull("busybox:1.35")
    hub.made("FROM busybox:1.35\nRUN echo 1 > /v\n", "-t", "app:1")
    hub.made("FROM busybox:1.35\nRUN echo 1 > /v\nRUN echo 2 > /w\n", "-t", "app:1")
    assert hub.out("image ls -q --filter dangling=true") == ""
    assert hub.out("image prune -f") == NOTHING


def test_all_takes_what_no_container_uses(hub: Hub) -> None:
    hub.pull("busybox:1.35", "stack:1", "stack:2")
    hub.out("create stack:1 true")
    hub.out("image prune -af")
    assert hub.lines("image ls --format {{.Repository}}:{{.Tag}}") == ["stack:1"]


@pytest.mark.parametrize(
    ("options", "kept"),
    [
        ("--filter label=a", {"busybox", "lb"}),
        ("--filter label=a=1", {"busybox", "lb"}),
        ("--filter label=a=2", {"busybox", "la", "lab", "lb"}),
        ("--filter label=empty=", {"busybox", "lab", "lb"}),
        ("--filter label=a --filter label=b", {"busybox", "la", "lb"}),
        ("--filter label!=a", {"la", "lab"}),
        ("--filter label!=a --filter label!=b", {"lab"}),
        ("--filter until=1h", {"la", "lab", "lb"}),
        ("--filter until=2000-01-01", {"busybox", "la", "lab", "lb"}),
        ("--filter until=9999999999", set()),
    ],
)
def test_filters_choose(hub: Hub, options: str, kept: set[str]) -> None:
    hub.pull("busybox:1.35")
    labelled(hub)
    hub.out(f"image prune -af {options}")
    assert left(hub) == kept


def test_a_duration_counts_from_the_whole_second(hub: Hub) -> None:
    hub.pull("busybox:1.35")
    hub.clock.now = hub.clock.now // 10**9 * 10**9
    hub.made("FROM busybox:1.35\nLABEL a=1\n", "-t", "app:1")
    hub.out("image prune -af --filter until=0s --filter label=a")
    assert "app" in left(hub)
    hub.wait(1)
    hub.out("image prune -af --filter until=0s --filter label=a")
    assert "app" not in left(hub)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("-f --filter dangling=false", "invalid filter 'dangling=[false true]'"),
        ("-f --filter dangling=0", "invalid filter 'dangling=[0 true]'"),
        ("-af --filter dangling=true", "invalid filter 'dangling=[true false]'"),
        ("-f --filter bogus=1", "invalid filter 'bogus'"),
        ("-f --filter before=x", "invalid filter 'before'"),
        ("-f --filter until=garbage", 'failed to parse value as time or duration: "garbage"'),
        ("-f --filter until=1h --filter until=2h", "more than one until filter specified"),
    ],
)
def test_filters_that_the_daemon_refuses(hub: Hub, options: str, words: str) -> None:
    hub.pull("busybox:1.35")
    ran = hub.run(f"image prune {options}")
    assert (ran.code, ran.out, ran.err) == (1, "", f"Error response from daemon: {words}\n")
    assert left(hub) == {"busybox"}


@pytest.mark.parametrize("options", ["--filter dangling=true", "--filter dangling=1", "-a --filter dangling=false"])
def test_dangling_may_say_what_all_says(hub: Hub, options: str) -> None:
    assert hub.out(f"image prune -f {options}") == NOTHING


@pytest.mark.parametrize(("options", "code"), [("--filter label", 125), ("--bogus", 125), ("extra", 1)])
def test_wrong_lines_end_in_the_client(hub: Hub, options: str, code: int) -> None:
    ran = hub.run(f"image prune -f {options}")
    assert (ran.code, ran.out) == (code, "")


def test_without_yes_nothing_goes(hub: Hub) -> None:
    hub.pull("busybox:1.35")
    ran = hub("image", "prune", "-a", stdin=b"n\n")
    warning = "WARNING! This will remove all images without at least one container associated to them.\n"
    assert (ran.code, ran.out) == (0, f"{warning}Are you sure you want to continue? [y/N] ")
    assert left(hub) == {"busybox"}
