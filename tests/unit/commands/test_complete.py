"""What may stand at the cursor of a docker command line."""

from __future__ import annotations

import pytest

from dockkernel.commands.complete import complete
from dockkernel.engine.state import ContainerRecord, ImageRecord, State

NGINX, LOST = "sha256:" + "ab12" * 16, "sha256:" + "cd34" * 16
STATE = State(
    images={
        NGINX: ImageRecord(NGINX, "", "2024-01-01T00:00:00Z", (), {"tier": "web"}),
        LOST: ImageRecord(LOST, "", "2024-01-01T00:00:00Z", ()),
    },
    tags={
        "docker.io/library/nginx:latest": NGINX,
        "docker.io/library/nginx:1.11": NGINX,
        "reg.example:5000/team/app:v1": NGINX,
    },
    digests={"docker.io/library/nginx@sha256:" + "0" * 64: NGINX},
    containers={"f0" * 32: ContainerRecord("f0" * 32, "web", NGINX, "nginx", "", {})},
)


def completed(text: str) -> tuple[str, ...]:
    """The matches, each checked to replace the text from the place that is told."""
    found = complete(STATE, text)
    assert 0 <= found.start <= len(text)
    return found.matches


@pytest.mark.parametrize(
    ("text", "matches"),
    [
        (" image l", ("load", "ls")),
        (" ima", ("image", "images")),
        (" -D ima", ("image", "images")),
        (" --log-level debug ima", ("image", "images")),
        (" --log-level ", ("debug", "error", "fatal", "info", "warn")),
        (" help ima", ("image", "images")),
        (" rmi ng", ("nginx", "nginx:1.11", "nginx:latest")),
        (" rmi ab", ("ab12ab12ab12",)),
        (" rmi sha256:cd", (LOST,)),
        (" rmi nginx@", ("nginx@sha256:" + "0" * 64,)),
        (" rmi reg.example:5000/", ("reg.example:5000/team/app:v1",)),
        (" image ls --f", ("--filter", "--format")),
        (" image ls --format=j", ("json",)),
        (" image ls --format j", ("json",)),
        (" image ls --filter dang", ("dangling=false", "dangling=true")),
        (" image ls --filter=dangling=t", ("true",)),
        (" image ls -f label=", ("tier", "tier=web")),
        (" image ls -f before=nginx:", ("nginx:1.11", "nginx:latest")),
        (" image prune --dry", ("--dry-run",)),
        (" ps -f status=ex", ("exited",)),
        (" ps -f name=", ("web",)),
        (" rm ", ("web",)),
        (" rm f0", ("f0f0f0f0f0f0",)),
        (" inspect w", ("web",)),
        (" run -it nginx:1", ("nginx:1.11",)),
        (" run --pull=al", ("always",)),
        (" run nginx --", ()),
        (" tag nginx ng", ("nginx", "nginx:1.11", "nginx:latest")),
        (" tag nginx x ", ()),
        (" image rm -- -", ()),
        (" bogus ", ()),
        (" context use ", ("default",)),
    ],
)
def test_matches(text: str, matches: tuple[str, ...]) -> None:
    assert completed(text) == matches


def test_an_empty_line_offers_the_commands() -> None:
    matches = completed(" ")
    assert {"image", "images", "run", "help"} <= set(matches)
    assert "checkpoint" not in matches


def test_names_come_before_ids_which_must_be_begun() -> None:
    assert completed(" rmi ") == (LOST[7:19], "nginx", "nginx:1.11", "nginx:latest", "reg.example:5000/team/app:v1")


@pytest.mark.parametrize(
    ("text", "start", "match"),
    [
        (' rmi "ngi', 5, '"nginx"'),
        (" rmi 'nginx:l", 5, "'nginx:latest'"),
        (" image ls -f 'dangling=t", 23, "true"),
        (" rmi ngi\\\nnx:l", 5, "nginx:latest"),
        (" 🐳 ", 3, ""),
    ],
)
def test_quotes_and_places(text: str, start: int, match: str) -> None:
    found = complete(STATE, text)
    assert found.start == start
    assert found.matches[:1] == ((match,) if match else ())


def test_without_a_store_only_words_are_offered() -> None:
    assert complete(None, " rmi ").matches == ()
    assert complete(None, " image pr").matches == ("prune",)


def test_pull_knows_the_catalog() -> None:
    assert "ubuntu:18.04" in complete(None, " pull ubuntu:1").matches
