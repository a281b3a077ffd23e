"""Which kind of progress a graph build shows, and what else is said of it on standard error: warnings, failures."""

from __future__ import annotations

import os
from typing import Protocol

from dockkernel.build.buildkit.events import ChecksFound, KitEvent, Waited
from dockkernel.commands.buildx_flags import BuildxError
from dockkernel.commands.request_buildx import BuildxBuild
from dockkernel.commands.session import Session
from dockkernel.dockerfile.source import SourceText, excerpt
from dockkernel.errors import DockError

DESCRIPTION = 'building with "default" instance using docker driver'
CONSOLE = "docker:default"
MODES = ("auto", "none", "plain", "quiet", "rawjson", "tty")


class Progress(Protocol):
    """Shows the progress of one build."""

    def tell(self, event: KitEvent) -> None:
        """Takes one event."""
        ...

    def idle(self, now_ns: int) -> None:
        """Time has passed without an event."""
        ...

    def close(self) -> None:
        """The build has ended."""
        ...


class NoProgress:
    """Shows nothing."""

    def tell(self, event: KitEvent) -> None:
        """Takes one event."""

    def idle(self, now_ns: int) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""


def mode_of(session: Session, request: BuildxBuild) -> str:
    """The kind of progress, one of `plain`, `tty`, `rawjson`, `quiet`, `none`; `BuildxError` for another word."""
    mode = request.progress or "auto"
    if request.quiet:
        if mode not in ("auto", "quiet"):
            raise BuildxError(f"progress={mode} and quiet cannot be used together")
        return "quiet"
    if mode == "auto":
        mode = session.env.get("BUILDKIT_PROGRESS") or "auto"
    if mode not in MODES:
        raise BuildxError(f"invalid progress mode {mode}")
    if mode == "tty" and not session.stderr_tty:
        raise BuildxError("failed to get console: provided file is not a console")
    if mode == "auto":
        return "tty" if session.stderr_tty else "plain"
    return mode


class Shown:
    """The progress of one build in a session."""

    def __init__(self, session: Session, mode: str) -> None:
        self._session = session
        self._mode = mode
        self._progress = _printer(session, mode)
        self._checks: ChecksFound | None = None
        self._closed = False

    def tell(self, event: KitEvent) -> None:
        """Takes one event."""
        if isinstance(event, Waited):
            self._progress.idle(self._session.engine.clock.now_ns())
            return
        if isinstance(event, ChecksFound):
            self._checks = event
        self._progress.tell(event)

    def close(self) -> None:
        """The build has ended: the rest of the progress, and the warnings of the checks. Once is enough."""
        if self._closed:
            return
        self._closed = True
        self._progress.close()
        if self._checks is not None and self._mode in ("plain", "tty"):
            from dockkernel.dockerfile.lint import warnings_text

            self._session.err(warnings_text(self._checks.warnings, self._checks.source, debug=self._session.debug))

    def fail(self, error: DockError, source: SourceText | None) -> BuildxError:
        """The failure of the build: its place in the Dockerfile is shown, its words are given back to be raised."""
        self.close()
        if error.span is not None and source is not None and source.text:
            self._session.err(excerpt(source, error.span, carets=False) + "\n")
        failure = BuildxError(f"failed to solve: {error.message}", hint=error.hint)
        failure.span = error.span
        return failure


def _printer(session: Session, mode: str) -> Progress:
    if mode == "rawjson":
        from dockkernel.commands.progress_rawjson import RawJsonProgress

        return RawJsonProgress(session.err)
    if mode == "tty":
        from dockkernel.commands.progress_tty import TtyProgress

        return TtyProgress(session.err, CONSOLE, _terminal_size, colours="NO_COLOR" not in session.env)
    if mode == "plain":
        from dockkernel.commands.progress_plain import PlainProgress

        return PlainProgress(session.err, DESCRIPTION)
    return NoProgress()


def _terminal_size() -> tuple[int, int]:
    try:
        size = os.get_terminal_size(2)
    except OSError:
        return 80, 24
    return size.columns or 80, size.lines or 24
