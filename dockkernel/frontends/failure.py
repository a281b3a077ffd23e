"""What a failed cell raises: an exception that says its name and one line, and hides the frames that lead to it."""

from __future__ import annotations

import re
import traceback

_ADVICE = re.compile(r"(?:Run|See) '.*'(?: for more information)?\.?|Usage: .*|Aliases:|Options:|\s.*")
"""Lines after an error that say how to do better; a message that is wrapped goes on with blanks."""


def reason(stderr: str) -> str:
    """The one line of a command's standard error that says why it failed; empty when it said nothing."""
    lines = [line for line in stderr.splitlines() if line.strip()]
    telling = [line for line in lines if not _ADVICE.fullmatch(line)]
    return (telling or lines or [""])[-1].strip()


class DockerError(Exception):
    """A docker command ended with an exit code that is not 0. Its text is on standard error already."""

    def __init__(self, message: str, *, exit_code: int, command: str = "") -> None:
        super().__init__(message)
        self.exit_code = exit_code
        self.command = command

    def _render_traceback_(self) -> list[str]:
        """What IPython shows in place of a traceback."""
        what = f"{self.command}: " if self.command else ""
        return [f"{type(self).__name__}: {_short(what)}exit code {self.exit_code}"]


class CellError(Exception):
    """A cell could not be run at all: says why in one line."""

    def _render_traceback_(self) -> list[str]:
        return [f"{type(self).__name__}: {self}"]


class InternalError(Exception):
    """A mistake of this program, not of its user."""

    def __init__(self, cause: BaseException) -> None:
        super().__init__(f"internal error: {type(cause).__name__}: {cause}")
        self.cause = cause

    def _render_traceback_(self) -> list[str]:
        frames = traceback.format_exception(self.cause)
        return [
            f"{self}\nThis is a mistake in dockkernel, not yours. Please report it with the cell and these lines:\n",
            *frames,
        ]


def interrupted(error: KeyboardInterrupt) -> KeyboardInterrupt:
    """The same interrupt, shown without frames."""
    error._render_traceback_ = lambda: ["KeyboardInterrupt: the cell was interrupted"]  # type: ignore[attr-defined]
    return error


def _short(text: str, limit: int = 160) -> str:
    line = " ".join(text.split("\n"))
    return line if len(line) <= limit else line[: limit - 3] + "..: "
