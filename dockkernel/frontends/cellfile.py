"""The Dockerfile that the cells of one notebook make together: each `--continue` adds its steps to it.

It always stands as the last cell that was built left it. A cell that is run again goes back to where the file was
before that cell: its old part and all parts after it are dropped. A cell whose build fails adds nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from dockkernel.frontends.failure import CellError
from dockkernel.frontends.notes import CellPart, CellSource

_ESCAPE = re.compile(r"\s*#\s*escape\s*=\s*([\\`])", re.IGNORECASE)
_CARRIED = frozenset(
    "add-host allow build-arg build-context builder cgroup-parent network platform progress secret security-opt "
    "shm-size ssh ulimit".split()
)
"""Flags of a build that say what its steps do: the cells that go on need them too. Names and outputs are not among
them, since they belong to what was built then."""


@dataclass(frozen=True, slots=True)
class DockerfileCell:
    """One cell that holds a Dockerfile or a part of one."""

    key: str
    """The same when the cell is run again: the notebook's id of it, or its text where there is none."""
    label: str
    cell: str
    """The whole text of the cell."""
    before: int
    """Lines of the cell before the Dockerfile's text."""
    text: str
    flags: tuple[str, ...] = ()
    context: str | None = None
    """The folder of `--context`, None for the one of the cells before it, or the notebook's."""


@dataclass(frozen=True, slots=True)
class CellFile:
    """The cells in order; the first began the file."""

    cells: tuple[DockerfileCell, ...] = field(default=())

    def up_to(self, key: str) -> CellFile:
        """The file as it was before the cell of that key; as it is when it has no such cell."""
        keys = [cell.key for cell in self.cells]
        return CellFile(self.cells[: keys.index(key)]) if key in keys else self

    def go_on(self, cell: DockerfileCell) -> CellFile:
        """The file with one more cell. `CellError` when there is nothing to go on from."""
        if not self.cells and not _begins_stage(cell.text):
            raise CellError("--continue: no Dockerfile cell was built before this one; begin with FROM")
        return CellFile((*self.cells, cell))

    @property
    def text(self) -> str:
        """The whole Dockerfile."""
        return "".join(self._texts())

    @property
    def context(self) -> str:
        """The folder that COPY sees: the newest that was given."""
        return next((cell.context for cell in reversed(self.cells) if cell.context is not None), ".")

    def flags(self) -> list[str]:
        """The flags of a build of the whole: those of the last cell after what is carried over from those before."""
        carried = [word for cell in self.cells[:-1] for word in _carried(cell.flags)]
        return [*carried, *(self.cells[-1].flags if self.cells else ())]

    def source(self) -> CellSource:
        """Where the lines of the whole stand in the cells."""
        parts, first = [], 1
        for cell, text in zip(self.cells, self._texts(), strict=True):
            lines = text.count("\n")
            parts.append(CellPart(cell.label, cell.cell, cell.before, first, first + lines - 1))
            first += lines
        if parts:
            # An error at the end of the file may be said to be on the empty line after it.
            parts[-1] = CellPart(parts[-1].label, parts[-1].cell, parts[-1].before, parts[-1].first, first)
        return CellSource(self.text, tuple(parts))

    def _texts(self) -> Iterator[str]:
        """The cells' texts; all but the last are closed, so that the next one does not go on in their last line."""
        found = _ESCAPE.match(self.cells[0].text) if self.cells else None
        escape = found.group(1) if found else "\\"
        for number, cell in enumerate(self.cells, 1):
            text = cell.text if number == len(self.cells) else _closed(cell.text, escape)
            yield text if text.endswith("\n") or len(self.cells) == 1 else text + "\n"


def _begins_stage(text: str) -> bool:
    lines = (line.strip() for line in text.split("\n"))
    first = next((line for line in lines if line and not line.startswith("#")), "")
    return first.partition(" ")[0].upper() in ("FROM", "ARG")


def _closed(text: str, escape: str) -> str:
    """The text without a continuation at its very end, which a build takes for nothing."""
    lines = text.rstrip().split("\n")
    lines[-1] = lines[-1].rstrip()
    if lines[-1].endswith(escape) and not lines[-1].lstrip().startswith("#"):
        lines[-1] = lines[-1][: -len(escape)].rstrip()
    return "\n".join(lines) + "\n"


def _carried(words: Sequence[str]) -> list[str]:
    """Those words of a build's flags that the next cells need."""
    from dockkernel.commands.table import find

    commands = (find(("build",)), find(("buildx", "build")))
    flags = {flag.name: flag for found in commands if found for flag in found[0].flags}
    short = {flag.short: flag for flag in flags.values() if flag.short}
    kept: list[str] = []
    rest = list(words)
    while rest:
        word = rest.pop(0)
        name, mark, _ = word[2:].partition("=")
        if not word.startswith("--"):
            # `-t NAME`: only the value behind the last letter of a cluster is a word of its own.
            flag = short.get(word[-1:]) if word.startswith("-") and len(word) == 2 else None
            del rest[: 1 if flag is not None and flag.takes_value else 0]
            continue
        takes = name in flags and flags[name].takes_value and not mark
        pair = [word, *rest[: 1 if takes else 0]]
        del rest[: len(pair) - 1]
        kept += pair if name in _CARRIED else []
    return kept
