"""Reading a cell: is it a docker script, a Dockerfile or Python, and which text of it is to run.

The one rule: nothing that is Python may be taken for something else. So a cell is only ours when its first words cannot
begin a Python statement, or (a bare `docker`) when what follows is no operator.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from dockkernel.commands import script

_PROMPT = re.compile(r"[ \t]*\$[ \t]+(?=\S)")
_CONTINUED = re.compile(r"[ \t]*>(?:[ \t]|$)")
_DOCKER = re.compile(
    r"[ \t]*(?:[A-Za-z_]\w*=(?:'[^']*'|\"[^\"]*\"|[^\s'\"])*[ \t]+)*(?:docker|dockkernel)(?=[\s;&|<>]|$)[ \t]*(.*)",
    re.DOTALL,
)
_PYTHON_AFTER_NAME = re.compile(r"(?:[-+*/%@&|^:]|//|\*\*|<<|>>)?=|[:.,)\]]|(?:in|is|and|or|if|not)[ \t]")
_INSTRUCTION = re.compile(r"[ \t]*([A-Za-z]+)[ \t]+(\S.*)")
_FROM = re.compile(
    r"(?:--[a-z]+=\S+[ \t]+)*[\"']?[\w$.][^\s=(\[,]*(?:[ \t]+(?!import\b|if\b|is\b|in\b|and\b|or\b)\S+)*[ \t]*\\?$"
)
_ARG = re.compile(r"[\"']?[A-Za-z_$]\w*(?:[ \t]*\\?$|=|[ \t]+(?!=|in\b|is\b|and\b|or\b|if\b|not\b)[\"']?[A-Za-z_$])")
_BUILD = re.compile(r"\s*#[ \t]*build[ \t]*=[ \t]*(-[^\n]*)(?:\n|$)", re.IGNORECASE)
_WORDS = frozenset(
    "ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL STOPSIGNAL USER VOLUME "
    "WORKDIR".split()
)


class CellKind(Enum):
    """Who runs a cell."""

    DOCKER = "docker"
    DOCKERFILE = "dockerfile"
    PYTHON = "python"


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell that was read: `text` is what is to run, with the line numbers of the cell."""

    kind: CellKind
    text: str


def read_cell(text: str) -> Cell:
    """Who runs this cell, and what of it: prompts and pasted output of a transcript are blanked out."""
    text = text.replace("\r\n", "\n")
    lines = text.split("\n")
    first, commented = _first_line(lines)
    if first is None:
        return Cell(CellKind.PYTHON, text)
    if _PROMPT.match(lines[first]):
        return Cell(CellKind.DOCKER, _transcript(lines))
    if is_docker("\n".join(lines[first:])):
        return Cell(CellKind.DOCKER, without_prompts(text))
    continues = "--continue" in build_line(text)[0].split()
    if _is_dockerfile(lines[first:], commented=commented, continues=continues):
        return Cell(CellKind.DOCKERFILE, text)
    return Cell(CellKind.PYTHON, text)


def build_line(text: str) -> tuple[str, str]:
    """The flags of a Dockerfile cell's first line, `# build=-t web --continue`, and the text below it.

    Without such a line the flags are empty and the text is whole. It looks like a directive so that others can follow.
    """
    found = _BUILD.match(text)
    return (found.group(1).strip(), text[found.end() :]) if found else ("", text)


def is_docker(text: str) -> bool:
    """True when the first word is the command `docker` or `dockkernel`, not a Python name that looks like it."""
    match = _DOCKER.match(text)
    return match is not None and not _PYTHON_AFTER_NAME.match(match.group(1))


def without_prompts(text: str) -> str:
    """The script with a pasted `$ ` taken off the lines that have one."""
    return "\n".join(_PROMPT.sub("", line, count=1) if _PROMPT.match(line) else line for line in text.split("\n"))


def read_script(text: str) -> str:
    """The script of a `%%docker` cell: a transcript when its first line has a prompt, else as it stands."""
    text = text.replace("\r\n", "\n")
    lines = text.split("\n")
    first, _ = _first_line(lines)
    if first is not None and _PROMPT.match(lines[first]):
        return _transcript(lines)
    return without_prompts(text)


def status(cell: Cell) -> script.Status:
    """Whether the cell could be run as it stands (`docker` and Dockerfile cells only)."""
    if cell.kind is CellKind.DOCKERFILE:
        return _dockerfile_status(cell.text)
    return script.status(cell.text)


def _first_line(lines: list[str]) -> tuple[int | None, bool]:
    """The first line that is neither blank nor a comment, and whether a comment stood before it."""
    commented = False
    for number, line in enumerate(lines):
        bare = line.strip()
        if bare and not bare.startswith("#"):
            return number, commented
        commented = commented or bool(bare)
    return None, commented


def _transcript(lines: list[str]) -> str:
    """The prompted lines with what continues them; other lines (output) become blank, so that numbers stay."""
    kept: list[str] = []
    open_lines: list[str] = []
    for line in lines:
        if open_lines and script.status("\n".join(open_lines)) == "incomplete":
            line = _CONTINUED.sub("", line, count=1)
            open_lines.append(line)
            kept.append(line)
        elif _PROMPT.match(line):
            line = _PROMPT.sub("", line, count=1)
            open_lines = [line]
            kept.append(line)
        else:
            open_lines = []
            kept.append("")
    return "\n".join(kept)


def _is_dockerfile(lines: list[str], *, commented: bool, continues: bool) -> bool:
    first = _instruction(lines[0])
    if continues and first:
        return True
    if first not in ("FROM", "ARG") and not (commented and first and lines[0].split()[0].isupper()):
        return False
    return any(_instruction(line) == "FROM" for line in lines)


def _instruction(line: str) -> str | None:
    """The instruction a line begins with, in capitals; None where Python could begin so too."""
    match = _INSTRUCTION.match(line)
    if match is None or match.group(1).upper() not in _WORDS:
        return None
    name, rest = match.group(1).upper(), match.group(2).strip()
    if name == "FROM":
        return name if _FROM.match(rest) else None
    if name == "ARG":
        return name if _ARG.match(rest) else None
    return None if rest[0] in "=.,:)" or _PYTHON_AFTER_NAME.match(rest) else name


def _dockerfile_status(text: str) -> script.Status:
    """A Dockerfile goes on while its last line is continued or a here-document is open."""
    escape = "\\"
    directive = re.match(r"\s*#\s*escape\s*=\s*(\S)", text, re.IGNORECASE)
    if directive:
        escape = directive.group(1)
    waiting: list[str] = []
    continued = False
    for line in text.split("\n"):
        if waiting:
            waiting = waiting[1:] if line.lstrip("\t") == waiting[0] else waiting
        elif not line.lstrip().startswith("#"):
            continued = line.rstrip().endswith(escape)
            if _instruction(line) in ("RUN", "COPY", "ADD"):
                waiting = re.findall(r"<<-?[\"']?([A-Za-z_]\w*)[\"']?", line)
    return "incomplete" if waiting or continued else "complete"
