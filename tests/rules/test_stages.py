"""Builds of several stages, triggers, .dockerignore, and how builds end."""

from __future__ import annotations

import pytest
from support.hubs import Hub

STAGES = (
    "FROM busybox:1.35 AS Build\nRUN echo built > /out\nFROM busybox:1.35 AS unused\nRUN echo u > /u\n"
    'FROM busybox:1.35\nCOPY --from=build /out /1\nCOPY --from=0 /out /2\nCOPY --from=stack:1 /etc/ /3/\nCMD ["sh"]\n'
)


@pytest.fixture
def hub(hub: Hub) -> Hub:
    hub.pull("busybox:1.35", "stack:1")
    return hub


def test_copies_from_a_name_an_index_and_an_image(hub: Hub) -> None:
    output = hub.made(STAGES, "-t", "m:1")
    assert "Step 4/9 : RUN echo u > /u\n" in output, "a stage that nobody needs is built all the same"
    assert hub.read("m:1", "/1") == hub.read("m:1", "/2") == "built\n"
    assert hub.read("m:1", "3/passwd") == hub.read("stack:1", "etc/passwd")


def test_a_target_in_any_case_ends_the_build_there(hub: Hub) -> None:
    assert "Step 2/2 : RUN echo built > /out\n" in hub.made(STAGES, "--target", "BUILD")
    assert "Step 4/4 : RUN echo u > /u\n" in hub.made(STAGES, "--target", "unused")


@pytest.mark.parametrize("target", ["nope", "0", "2"])
def test_a_target_that_is_not_there(hub: Hub, target: str) -> None:
    ran = hub.build(STAGES, "--target", target)
    assert ran.code == 1
    assert ran.err.endswith(f'Error response from daemon: target stage "{target}" could not be found\n')
    assert "Step" not in ran.out


def test_stages_stay_as_images_of_their_own(hub: Hub) -> None:
    hub.made(STAGES, "-t", "m:1")
    assert len(hub.lines("image ls -q --filter dangling=true")) == 2
    assert len(hub.lines("image rm m:1")) == 1 + 2 * 3 + 1
    assert len(hub.lines("image prune -f")) == 1 + 2 * 2 + 2


def test_triggers_run_under_from(hub: Hub) -> None:
    hub.made("FROM busybox:1.35\nONBUILD COPY a.txt /ob\nONBUILD ENV X=1\n", "-t", "ob:1", **{"a.txt": "hello"})
    output = hub.made("FROM ob:1\nRUN echo $X > /x\n", "-t", "ob:2")
    assert "Step 1/2 : FROM ob:1\n# Executing 2 build triggers\n ---> " in output
    assert (hub.read("ob:2", "/ob"), hub.read("ob:2", "/x")) == ("hello", "1\n")
    assert not hub.inspect("ob:2")["Config"].get("OnBuild")


def test_ignored_files_are_not_there(hub: Hub) -> None:
    hub.write(".dockerignore", "secret\nsub\n!sub/keep\n")
    for name in ("secret", "sub/gone", "sub/keep"):
        hub.write(name, name)
    hub.made("FROM busybox:1.35\nCOPY . /all\n", "-t", "ig:1")
    assert sorted(hub.files("ig:1").get("all").children) == [".dockerignore", "Dockerfile", "sub"]  # type: ignore[union-attr]
    ran = hub.build("FROM busybox:1.35\nCOPY secret /\n")
    words = "file not found in build context or excluded by .dockerignore: stat secret: file does not exist"
    assert (ran.code, ran.err.splitlines()[-1]) == (1, f"COPY failed: {words}")


def test_a_failed_step_gives_its_code_and_leaves_what_came_before(hub: Hub) -> None:
    ran = hub.build("FROM busybox:1.35\nRUN echo a > /a\nRUN exit 42\n", "-t", "f:1")
    assert ran.code == 42
    assert ran.err.endswith("The command '/bin/sh -c exit 42' returned a non-zero code: 42\n")
    assert len(hub.lines("image ls -q --filter dangling=true")) == 1
    assert hub.lines("ps -a --format {{.Status}}")[0].startswith("Exited (42)")
    assert hub.run("image inspect f:1").code == 1


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--bogus", "."), 125), (("-t", "BAD", "."), 125), (("-t", "", "."), 125), (("--rm=maybe", "."), 125),
        (("--label",), 125), (("--memory=x", "."), 125), ((), 1), ((".", "x"), 1), (("nodir",), 1),
        (("-f", "nope", "."), 1), (("--platform", "a/b/c/d", "."), 1),
    ],
)  # fmt: skip
def test_lines_that_are_wrong(hub: Hub, options: tuple[str, ...], code: int) -> None:
    hub.write("Dockerfile", "FROM busybox:1.35\n")
    before = hub.engine.state
    ran = hub("build", *options)
    assert ran.code == code
    assert "Step" not in ran.out
    assert hub.engine.state == before


@pytest.mark.parametrize(
    ("dockerfile", "words"),
    [
        ("FROM nosuch\n", "pull access denied for nosuch, repository does not exist"),
        ("FROM busybox:1.35\nCOPY --from=9 /a /b\n", "invalid from flag value 9: index out of bounds"),
        ("FROM busybox:1.35\nCOPY --from=zip /a /b\n", "invalid from flag value zip: pull access denied for zip"),
        ("FROM scratch\n", "No image was generated. Is your Dockerfile empty?"),
        ("FROM busybox:1.35\nCOPY ../x /\n", "COPY failed: forbidden path outside the build context: ../x ()"),
    ],
)
def test_dockerfiles_that_cannot_be_built(hub: Hub, dockerfile: str, words: str) -> None:
    ran = hub.build(dockerfile)
    assert ran.code == 1
    assert words in ran.err


def test_pull_refuses_what_is_no_platform(hub: Hub) -> None:
    ran = hub.run("pull -q --platform a/b/c/d busybox")
    words = '"a/b/c/d": cannot parse platform specifier: invalid argument'
    assert (ran.code, ran.err) == (1, f"Error response from daemon: {words}\n")
