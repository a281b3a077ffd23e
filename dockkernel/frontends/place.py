"""Where a script runs: a folder and an environment, as values that a script may change and its front end takes back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from dockkernel.commands.events import Sink


@dataclass(slots=True)
class Place:
    """A folder and exported variables. `cd` and `export` change it in place."""

    cwd: Path
    env: dict[str, str]

    def copy(self) -> Place:
        """One of its own, for a subshell."""
        return Place(self.cwd, dict(self.env))


class RunDocker(Protocol):
    """Runs `docker` with these arguments in a place, and gives its exit code."""

    def __call__(self, words: Sequence[str], place: Place, sink: Sink, *, stdin: bytes | None = None) -> int:
        """`stdin` is None for an empty standard input."""
        ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a script ended: the exit code, and the command that it ended with, as text."""

    exit_code: int
    command: str = ""
