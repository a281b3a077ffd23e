"""The classic builder's cache: what hits, what misses, and from where on."""

from __future__ import annotations

import os

import pytest
from support.hubs import Hub

FILES = 'FROM busybox:1.35\nCOPY d /d\nCOPY a.txt /\nRUN echo x > /x\nCMD ["sh"]\n'
ARGS = "FROM busybox:1.35\nARG V=1\nENV Z=1\nRUN echo a > /a\nRUN echo $V > /v\n"


@pytest.fixture
def hub(hub: Hub) -> Hub:
    hub.pull("busybox:1.35")
    return hub


def hits(output: str) -> str:
    """One letter for each step after FROM: `c` for cache, `-` for work done."""
    steps = output.split("Step ")[2:]
    return "".join("c" if "Using cache" in step else "-" for step in steps)


def files(hub: Hub, name: str, *options: str) -> str:
    return hits(hub.made(FILES, "-t", name, *options))


@pytest.fixture
def built(hub: Hub) -> Hub:
    hub.write("d/f", "one")
    hub.write("d/g", "two")
    hub.write("a.txt", "1")
    assert files(hub, "c:1") == "----"
    return hub


def test_the_same_again(built: Hub) -> None:
    assert files(built, "c:2") == "cccc"
    assert built.image("c:2").id == built.image("c:1").id


def test_times_do_not_count(built: Hub) -> None:
    for name in ("d/f", "a.txt"):
        os.utime(built.cwd / name, (10**9, 10**9))
    assert files(built, "c:2") == "cccc"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no modes")
def test_modes_count(built: Hub) -> None:
    (built.cwd / "a.txt").chmod(0o600)
    assert files(built, "c:2") == "c---"


def test_everything_after_a_miss_misses_and_old_contents_hit_again(built: Hub) -> None:
    built.write("d/g", "three")
    assert files(built, "c:2") == "----"
    built.write("d/g", "two")
    assert files(built, "c:3") == "cccc"
    assert built.image("c:3").id == built.image("c:1").id


def test_labels_are_steps_at_the_end(built: Hub) -> None:
    output = built.made(FILES, "-t", "c:2", "--label", "x=y", "--label", "b=c")
    assert hits(output) == "cccc--"
    assert "Step 6/7 : LABEL b=c\n" in output
    assert "Step 7/7 : LABEL x=y\n" in output


def test_no_cache_builds_anew_and_the_newest_is_found_next(built: Hub) -> None:
    assert files(built, "c:2", "--no-cache") == "----"
    assert built.image("c:2").id != built.image("c:1").id
    assert files(built, "c:3") == "cccc"
    assert built.image("c:3").id == built.image("c:2").id


def test_pull_asks_for_the_base_and_keeps_the_cache(built: Hub) -> None:
    output = built.made(FILES, "-t", "c:2", "--pull")
    assert "Status: Image is up to date for busybox:1.35\n" in output
    assert hits(output) == "cccc"


def test_removing_the_image_takes_the_cache_along(built: Hub) -> None:
    built.out("image rm c:1")
    assert files(built, "c:2") == "----"


def test_an_argument_misses_from_the_first_run_on(hub: Hub) -> None:
    assert hits(hub.made(ARGS, "-t", "e:1")) == "----"
    assert hits(hub.made(ARGS, "-t", "e:2", "--build-arg", "V=2")) == "cc--"
    assert hits(hub.made(ARGS, "-t", "e:3", "--build-arg", "V=2")) == "cccc"
    assert hits(hub.made(ARGS, "-t", "e:4", "--build-arg", "V=1")) == "cccc"
    top = hub("history", "--no-trunc", "--format", "{{.CreatedBy}}", "e:2").out.splitlines()[0]
    assert top == "|1 V=2 /bin/sh -c echo $V > /v"


def test_a_changed_variable_misses_at_once(hub: Hub) -> None:
    hub.made(ARGS, "-t", "e:1")
    assert hits(hub.made(ARGS.replace("Z=1", "Z=2"), "-t", "e:2")) == "c---"
    assert hits(hub.made(ARGS, "-t", "e:3")) == "cccc"


def test_arguments_that_nobody_declares_are_told(hub: Hub) -> None:
    output = hub.made(ARGS, "--build-arg", "NOPE=1", "--build-arg", "HTTP_PROXY=x", "--build-arg", "OTHER=2")
    assert "[Warning] One or more build-args [NOPE OTHER] were not consumed\n" in output
