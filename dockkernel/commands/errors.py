"""How a command fails: who speaks decides the words around the message, and the exit code.

::

    DockError                any other: the daemon speaks, `Error response from daemon: …`, exit code 1
    ├── DaemonError          the same with an exit code of its own
    └── ClientError          the client speaks: the bare message
        ├── SetupError       the client's own check in `docker run`: `docker: …` and a pointer to its help, 125
        └── CreateError      the same for `docker run` alone; bare for `docker create`
"""

from __future__ import annotations

from dockkernel.errors import DockError, Span


class DaemonError(DockError):
    """Told as `Error response from daemon: …`."""

    def __init__(self, message: str, exit_code: int = 1, *, hint: str | None = None, span: Span | None = None) -> None:
        super().__init__(message, hint=hint, span=span)
        self.exit_code = exit_code


class ClientError(DockError):
    """Told as it is; the message may have several lines."""

    def __init__(self, message: str, exit_code: int = 1, *, hint: str | None = None, span: Span | None = None) -> None:
        super().__init__(message, hint=hint, span=span)
        self.exit_code = exit_code


class SetupError(ClientError):
    """A container cannot be set up as asked: `docker: …` and `Run 'docker run --help' for more information`."""

    def __init__(self, message: str, exit_code: int = 125) -> None:
        super().__init__(message, exit_code)


class CreateError(ClientError):
    """A container cannot be made: told like a `SetupError` by `docker run`, as it is by `docker create`."""


class UnavailableError(ClientError):
    """A command that Docker has and the embedded engine has not."""

    def __init__(self, words: str) -> None:
        super().__init__(f"{words} is not available on the embedded engine yet")
