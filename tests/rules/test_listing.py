"""`docker image ls`, `tag` and `history`: rows, filters with odd values, names that move."""

from __future__ import annotations

import pytest
from support.hubs import Hub

ROW = "{{.Repository}}:{{.Tag}}"


def rows(hub: Hub, options: str = "") -> list[str]:
    return hub.lines(f"image ls --format {ROW} {options}")


def test_the_newest_first_and_tags_as_strings(hub: Hub) -> None:
    hub.pull("busybox:1.35")
    hub.made("FROM busybox:1.35\nLABEL a=1\n", "-t", "n:9")
    for tag in ("10", "latest"):
        hub.out(f"tag n:9 n:{tag}")
    assert rows(hub) == ["n:10", "n:9", "n:latest", "busybox:1.35"]


def test_parents_show_with_all_only(hub: Hub) -> None:
    hub.pull("busybox:1.35")
    hub.made("FROM busybox:1.35\nRUN echo 1 > /a\nRUN echo 2 > /b\n", "-t", "c:1")
    assert rows(hub) == ["c:1", "busybox:1.35"]
    assert rows(hub, "-a") == ["c:1", "<none>:<none>", "busybox:1.35"]
    hub.out("image rm busybox:1.35")
    assert rows(hub) == ["c:1"]
    assert rows(hub, "--filter dangling=true") == []


def test_a_pull_by_digest_is_a_row_without_a_tag(hub: Hub) -> None:
    hub.pull("busybox:1.35")
    digest = hub.digest("busybox:1.35")
    hub.out("image rm busybox:1.35")
    words = hub.lines(f"pull {digest}")
    assert words[0] == f"docker.io/library/{digest}: Pulling from library/busybox"
    assert words[-2:] == [f"Status: Downloaded newer image for {digest}", f"docker.io/library/{digest}"]
    assert rows(hub) == ["busybox:<none>"] == rows(hub, "--filter dangling=true") == rows(hub, "busybox")
    assert hub.lines("image ls --digests --format {{.Digest}}") == [digest.partition("@")[2]]


def test_one_id_for_each_row(hub: Hub) -> None:
    hub.pull("stack:1")
    hub.out("tag stack:1 other:1")
    assert len(hub.lines("image ls -q")) == 2
    assert len(set(hub.lines("image ls -q --no-trunc"))) == 1


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("stack", 2), ("stack:1", 1), ("stack:[12]", 2), ("s*", 2), ("*", 3), ("*/*/demo", 1), ("demo", 0),
        ("team/demo", 0), ("docker.io/library/stack", 0), ("sta", 0),
    ],
)  # fmt: skip
def test_a_name_is_a_whole_pattern(hub: Hub, pattern: str, found: int) -> None:
    hub.pull("stack:1", "stack:2", "busybox:1.35")
    hub.out("tag stack:1 example.com/team/demo")
    assert len(rows(hub, pattern)) == found


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ("--filter label=a", {"la", "lab"}),
        ("--filter label=a --filter label=b", {"lab"}),
        ("--filter label=empty=", {"la"}),
        ("--filter label=", set()),
        ("--filter reference=l? --filter reference=bus*", {"la", "busybox"}),
        ("--filter REFERENCE=l?", {"la"}),
        ("--filter reference=la lab", {"la", "lab"}),
        ("--filter before=lab:1", {"busybox", "la"}),
        ("--filter before=lab:1 --filter before=la:1", {"busybox"}),
        ("--filter since=busybox:1.35", {"la", "lab"}),
        ("--filter since=la:1 --filter since=busybox:1.35", {"lab"}),
        ("--filter until=1h", {"busybox"}),
        ("--filter until=2000-01-01T00:00:00Z", set()),
        ("--filter dangling=0", {"busybox", "la", "lab"}),
        ("--filter dangling=maybe --filter dangling=true", set()),
    ],
)
def test_filters(hub: Hub, options: str, found: set[str]) -> None:
    hub.pull("busybox:1.35")
    for name, labels in (("la", "a=1 empty="), ("lab", "a=1 b=2")):
        hub.made(f"FROM busybox:1.35\nLABEL {labels}\n", "-t", f"{name}:1")
        hub.wait(2)
    assert set(hub.lines(f"image ls --format {{{{.Repository}}}} {options}")) == found


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("--filter dangling=maybe", "invalid filter 'dangling=[maybe]'"),
        ("--filter dangling=true --filter dangling=false", "invalid filter 'dangling=[true false]'"),
        ("--filter bogus=1", "invalid filter 'bogus'"),
        ("--filter label!=a", "invalid filter 'label!'"),
        ("--filter since=nope", "No such image: nope:latest"),
        ("--filter before=", "invalid reference format"),
        ("--filter until=garbage", 'failed to parse value as time or duration: "garbage"'),
        ("--filter reference=[", "syntax error in pattern"),
    ],
)
def test_filters_that_the_daemon_refuses(hub: Hub, options: str, words: str) -> None:
    hub.pull("busybox:1.35")
    ran = hub.run(f"image ls {options}")
    assert (ran.code, ran.out, ran.err) == (1, "", f"Error response from daemon: {words}\n")


def test_history_names_the_parents_that_are_here(hub: Hub) -> None:
    hub.pull("busybox:1.35")
    hub.made("FROM busybox:1.35\nRUN echo 1 > /a\n", "-t", "c:1")
    hub.made('FROM c:1\nENV A=1\nCMD ["sh"]\n', "-t", "c:2")
    parents = [hub.image("c:2").id]
    while parent := hub.engine.state.images[parents[-1]].parent:
        parents.append(parent)
    assert hub.lines("history -q --no-trunc c:2") == [*parents, "<missing>"]
    words = hub("history", "c:2", "--format", "{{.CreatedBy}}").out.splitlines()
    assert words[:3] == ['/bin/sh -c #(nop)  CMD ["sh"]', "/bin/sh -c #(nop)  ENV A=1", "/bin/sh -c echo 1 > /a"]


def test_a_tag_moves_and_the_digests_of_the_repository_stay(hub: Hub) -> None:
    hub.pull("stack:1", "busybox")
    hub.out("tag stack:1 busybox:latest")
    assert sorted(rows(hub)) == ["busybox:<none>", "busybox:latest", "stack:1"]
    ran = hub.lines("pull busybox")
    assert ran[-2] == "Status: Downloaded newer image for busybox:latest"
    assert not [line for line in ran if "Pull" in line and "Pulling from" not in line]
    assert sorted(rows(hub)) == ["busybox:latest", "stack:1"]


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("X", "invalid reference format: repository name (library/X) must be lowercase"),
        ("a:b:c", "invalid reference format"),
        ("0" * 64, f"invalid repository name ({'0' * 64}), cannot specify 64-byte hexadecimal strings"),
        ("a:" + "t" * 129, "invalid reference format"),
    ],
)
def test_names_that_cannot_be_given(hub: Hub, target: str, words: str) -> None:
    hub.pull("stack:1")
    ran = hub.run(f"tag stack:1 {target}")
    message = f'Error parsing reference: "{target}" is not a valid repository/tag: {words}\n'
    assert (ran.code, ran.err) == (1, message)


def test_a_digest_algorithm_is_no_name(hub: Hub) -> None:
    hub.pull("stack:1")
    ran = hub.run("tag stack:1 sha256:abc")
    words = "refusing to create an ambiguous tag using digest algorithm as name"
    assert (ran.code, ran.err) == (1, f"Error response from daemon: {words}\n")


def test_a_full_name_shows_short(hub: Hub) -> None:
    hub.pull("stack:1")
    hub.out("tag stack:1 docker.io/library/zz")
    hub.out("tag stack:1 index.docker.io/u/w")
    assert sorted(rows(hub)) == ["stack:1", "u/w:latest", "zz:latest"]
