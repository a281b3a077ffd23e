"""Completion and help at the cursor, for docker scripts, single commands and Dockerfiles."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dockkernel.commands.cell import CellKind
from dockkernel.commands.cursor import command_at, words_of

if TYPE_CHECKING:
    from dockkernel.engine.state import State

INSTRUCTIONS = (
    "ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL ONBUILD RUN SHELL STOPSIGNAL USER VOLUME WORKDIR"
).split()
_FROM = re.compile(r"\s*FROM\s+(?:--\S+\s+)*(\S*)$", re.IGNORECASE)
_COPY_FROM = re.compile(r"\s*(?:COPY|ADD)\s+(?:--\S+\s+)*--from=(\S*)$", re.IGNORECASE)
_MAGIC = re.compile(r"(?:.*=)?\s*%docker\b(.*)")
_CELL_MAGIC = re.compile(r"\s*%%docker\b.*\n")
_STAGE = re.compile(r"^\s*FROM\s+.*?\sAS\s+(\S+)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Found:
    """What may stand between `start` and the cursor; positions are code points of the whole text."""

    start: int
    matches: tuple[str, ...] = ()


def complete(kind: CellKind, code: str, cursor: int, state: State) -> Found:
    """Completions in a docker or Dockerfile cell; `code` is the cell as it was typed, prompts included."""
    before = code[:cursor]
    return complete_dockerfile(before, state) if kind is CellKind.DOCKERFILE else complete_script(before, state)


def complete_script(before: str, state: State) -> Found:
    """Completions of the docker command in which a script ends."""
    start, command = command_at(before)
    if not re.match(r"docker\s", command):
        return Found(len(before))
    return complete_command(command[len("docker") :], state, offset=start + len("docker"))


def complete_command(arguments: str, state: State, *, offset: int) -> Found:
    """Completions of what follows the word `docker`; `offset` is where that text stands."""
    from dockkernel.commands.complete import complete as complete_words

    # A continued line is blanks, as many as there are characters, so that positions stay.
    found = complete_words(state, arguments.replace("\\\n", "  "))
    return Found(offset + found.start, tuple(found.matches))


def complete_dockerfile(before: str, state: State) -> Found:
    """Instruction names at the start of a line, images after FROM, stages after `--from=`."""
    line_start = before.rfind("\n") + 1
    line = before[line_start:]
    name = re.fullmatch(r"\s*([A-Za-z]*)", line)
    if name and not before[:line_start].rstrip(" \n").endswith("\\"):
        wanted = name.group(1)
        matches = [word for word in INSTRUCTIONS if word.startswith(wanted.upper())]
        return Found(len(before) - len(wanted), tuple(matches))
    for pattern, stages in ((_FROM, False), (_COPY_FROM, True)):
        if found := pattern.match(line):
            names = {*_STAGE.findall(before[:line_start]), *(() if stages else _images(state))}
            wanted = found.group(1)
            return Found(len(before) - len(wanted), tuple(sorted(n for n in names if n.startswith(wanted))))
    return Found(len(before))


def _images(state: State) -> set[str]:
    from dockkernel.oci.reference import Reference

    return {Reference.parse(name).familiar() for name in state.tags} | {"scratch"}


def help_in(kind: CellKind, code: str, cursor: int) -> str | None:
    """The help of the docker command under the cursor: in a docker cell, or behind `%docker` in any other."""
    if kind is CellKind.DOCKERFILE:
        return None
    under = re.compile(r"[\w-]*").match(code, cursor)
    before = code[: under.end() if under else cursor]
    magic = _MAGIC.match(before.rpartition("\n")[2])
    if kind is CellKind.PYTHON and magic:
        return help_of(words_of(magic.group(1)))
    if kind is CellKind.PYTHON and not _CELL_MAGIC.match(before):
        return None
    words = words_of(command_at(before)[1])
    return help_of(words[1:]) if words[:1] == ["docker"] else None


def help_of(words: list[str]) -> str | None:
    """The help of the command that these words begin with: the longest path that is one, else Docker's own."""
    from dockkernel.commands.argv import Answer, read

    names = list(itertools.takewhile(lambda word: not word.startswith("-"), words))
    for length in range(min(len(names), 3), -1, -1):
        answer = read([*names[:length], "--help"])
        if isinstance(answer, Answer) and answer.out and not answer.code:
            return answer.out
    return None
