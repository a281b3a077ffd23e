"""Who runs a cell."""

from __future__ import annotations

import pytest

from dockkernel.commands.cell import CellKind, read_cell, status
from dockkernel.commands.script import NotPlain, read_plain
from dockkernel.commands.script import status as script_status

DOCKER = [
    "docker image ls",
    "docker",
    "\n\n  # pull first\n\ndocker pull redis\n",
    "$ docker image ls",
    "$ mkdir mynginx\n$ cd mynginx",
    "docker\timages | head -1",
    "docker;docker",
    "DOCKER_BUILDKIT=0 docker build .",
    "A='x y' B=\"q\" docker build .",
    "docker \\\n  image ls",
    "docker --version",
    "docker -v",
    "\r\ndocker image ls\r\n",
    "docker image ls -f dangling=true",
]
DOCKERFILE = [
    "FROM scratch",
    "from nginx\nrun echo",
    "# syntax=docker/dockerfile:1\nFROM a AS b",
    "# escape=`\nFROM a",
    "# a comment\n\nARG V=1\nFROM x:$V",
    "ARG V\nFROM x:${V}",
    "ARG A B=2\nFROM x",
    "FROM --platform=linux/amd64 nginx:1.11 AS base\nCOPY . .",
    "FROM a b c",
    "FROM $BASE",
    'FROM "nginx"',
    "# only a comment first\nRUN echo early\nFROM x",
    "  FROM nginx",
]
PYTHON = [
    "",
    "# docker image ls",
    "import docker",
    "docker = 1",
    "docker: int = 3",
    "docker.from_env()",
    "docker += 1",
    "docker == x",
    "docker, b = 1, 2",
    "docker[0]",
    "docker is None",
    "dockerfile = 2",
    "docker_client = 2",
    "from x import y",
    "from x import FROM",
    "from . import y\n# FROM x",
    "from x import (\n  y,\n)",
    "from os import path\nprint 'not python either'",
    "ARG = 1\nFROM = 2",
    "ARG: int = 3",
    "ARG in FROM",
    "ARG = 'x'\nFROM scratch",
    "ARG x",
    '# query\nq = """\nSELECT a\nFROM table\n"""',
    'q = """\nFROM table\n"""',
    "FROM = 'x'",
    "FROM, b = 1, 2",
    "FROM (x)",
    "FROM [0]",
    "%docker image ls",
    "%%docker\ndocker image ls",
    "!docker image ls",
    "%%dockerfile -t x\nFROM x",
    "print('$ docker')",
    "yield_from x",
    "ENV = 1\nFROM x",
]


@pytest.mark.parametrize("text", DOCKER)
def test_docker_cells(text: str) -> None:
    assert read_cell(text).kind is CellKind.DOCKER


@pytest.mark.parametrize("text", DOCKERFILE)
def test_dockerfile_cells(text: str) -> None:
    assert read_cell(text).kind is CellKind.DOCKERFILE


@pytest.mark.parametrize("text", PYTHON)
def test_python_cells_are_left_alone(text: str) -> None:
    cell = read_cell(text)
    assert (cell.kind, cell.text) == (CellKind.PYTHON, text)


def test_a_pasted_transcript_runs_only_what_was_typed() -> None:
    text = "$ docker commit \\\n    --author me \\\n    web nginx:v2\nsha256:07e33465974800ce65751acc279adc6ed2dc5ed4\n\n$ docker image ls nginx\nREPOSITORY  TAG"
    assert read_cell(text).text == "docker commit \\\n    --author me \\\n    web nginx:v2\n\n\ndocker image ls nginx\n"


def test_continuation_prompts_and_here_documents_of_a_transcript() -> None:
    text = "$ cat > f <<EOF\n> one\n> two\n> EOF\nout\n$ docker pull \\\n> redis"
    assert read_cell(text).text == "cat > f <<EOF\none\ntwo\nEOF\n\ndocker pull \\\nredis"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("docker image ls", "complete"),
        ("docker run \\", "incomplete"),
        ("docker run \\\n", "incomplete"),
        ("docker image ls &&", "incomplete"),
        ("docker image ls |\n", "incomplete"),
        ("docker image ls -f 'a", "incomplete"),
        ('docker image ls "$(docker image', "incomplete"),
        ("docker build - <<EOF\nFROM x", "incomplete"),
        ("docker build - <<'EOF'\nFROM x\nEOF", "complete"),
        ("docker build - <<-EOF\n\tFROM x\n\tEOF\n", "complete"),
        ("docker ls; for i in 1 2; do docker ls", "incomplete"),
        ("docker ls; for i in 1 2; do docker ls; done", "complete"),
        ("docker ls; if true\nthen\n  docker ls\n", "incomplete"),
        ("docker ls; case a in a) docker ls ;; esac", "complete"),
        ("docker ls; { docker ls", "incomplete"),
        ("docker ls; (docker ls", "incomplete"),
        ("docker ls )", "invalid"),
        ("docker ls && && docker", "invalid"),
        ("docker ls; done", "invalid"),
        ("docker ls # it's fine", "complete"),
        ("docker ls ${x:-'a}'}", "complete"),
        ("FROM x\nRUN a \\", "incomplete"),
        ("FROM x\nRUN <<EOF\necho", "incomplete"),
        ("FROM x\nRUN <<EOF\necho\nEOF", "complete"),
        ("# escape=`\nFROM x\nRUN a `", "incomplete"),
        ("FROM x\nRUN a \\\n# comment", "incomplete"),
        ("FROM x\nRUN a", "complete"),
    ],
)
def test_is_complete(text: str, expected: str) -> None:
    assert status(read_cell(text)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "docker image ls",
        "docker image rm $(docker image ls -q redis) || true",
        "docker a; docker b\ndocker c && docker d # why",
        'X=1\nexport Y="$X-2"\ndocker build --build-arg v=$Y --build-arg w=${X} .',
        "docker image ls --format {{.ID}}",
        "cd ~/web\npwd\necho -n $?",
        "docker build \\\n -t x .",
    ],
)
def test_plain_scripts(text: str) -> None:
    assert read_plain(text).statements


@pytest.mark.parametrize(
    "text",
    [
        "docker image ls | head",
        "docker image ls > f",
        "mkdir x",
        "for i in 1; do docker ls; done",
        "docker ls &",
        "(docker ls)",
        "docker ls $((1+1))",
        "docker ls ${x:-y}",
        "docker ls `docker ls`",
        "docker ls {a,b}",
        "! docker ls",
        "$x ls",
        "docker ls \\",
        "docker build - <<EOF\nFROM x\nEOF",
        "cd -P /x",
        "echo -e a",
    ],
)
def test_everything_else_needs_a_shell(text: str) -> None:
    with pytest.raises(NotPlain):
        read_plain(text)
    assert script_status(text) in ("complete", "incomplete")
