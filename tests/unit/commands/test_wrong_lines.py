"""Wrong command lines are answered as the Docker CLI 28.2.2 answers them: recorded from it, argument by argument."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dockkernel.commands.argv import Answer, read

RECORDED: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[2] / "golden" / "cli" / "wrong.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("recorded", RECORDED, ids=[" ".join(line["argv"]) or "-" for line in RECORDED])
def test_the_answer_is_the_clients(recorded: dict[str, Any]) -> None:
    answer = read(recorded["argv"])
    assert isinstance(answer, Answer)
    assert (answer.out, answer.err, answer.code) == (recorded["out"], recorded["err"], recorded["code"])


@pytest.mark.parametrize("line", ["docker", "docker image", "docker -D image", "docker manifest"])
def test_a_word_that_only_holds_commands_shows_its_help_on_standard_error(line: str) -> None:
    answer = read(line.split()[1:])
    assert isinstance(answer, Answer)
    assert answer.code == 0
    assert answer.out == ""
    assert answer.err.lstrip("\n").startswith("Usage:  docker")


@pytest.mark.parametrize(
    "line", ["--help", "help", "-h", "image --help", "help image", "--help image", "image ls --help"]
)
def test_help_that_was_asked_for_is_on_standard_output(line: str) -> None:
    answer = read(line.split())
    assert isinstance(answer, Answer)
    assert answer.code == 0
    assert answer.out.startswith("Usage:  docker")


def test_the_program_may_have_another_name() -> None:
    answer = read(["image", "bogus"], program="podman")
    assert isinstance(answer, Answer)
    assert answer.err.startswith("podman: unknown command: podman image bogus\n")


def test_groups_that_are_not_here_say_so() -> None:
    answer = read(["swarm", "init"])
    assert answer == Answer(err="docker swarm is not available on the embedded engine\n", code=1)
