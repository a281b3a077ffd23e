"""The only door to the handlers: words in, events out, an exit code back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

from dockkernel.commands.argv import Answer, Call, read
from dockkernel.commands.errors import ClientError, CreateError, DaemonError, SetupError, UnavailableError
from dockkernel.commands.events import Note
from dockkernel.errors import DockError

if TYPE_CHECKING:
    from dockkernel.commands.session import Session

Handler = Callable[["Session", Any], int]


def execute(session: Session, argv: Sequence[str], *, program: str = "docker") -> int:
    """Runs one docker command (`argv` without the word `docker`) and gives its exit code.

    Everything that goes wrong and has words for the user is told on standard error. `KeyboardInterrupt`,
    `BrokenPipeError` and our own bugs pass through.
    """
    call = read(argv, program=program, env=session.env)
    if isinstance(call, Answer):
        if call.out:
            session.out(call.out)
        if call.err:
            session.err(call.err)
        return call.code
    return perform(session, call, program=program)


def perform(session: Session, call: Call, *, program: str = "docker") -> int:
    """Runs a command that was read before."""
    session.debug = call.debug
    if call.notices:
        session.out(call.notices)
    try:
        return _handler(call)(session, call.request)
    except DockError as error:
        return tell(session, error, call, program=program)
    except BrokenPipeError:
        raise
    except OSError as error:
        return tell(session, DaemonError(_os_message(error)), call, program=program)


def _handler(call: Call) -> Handler:
    if not call.spec.handler:
        raise UnavailableError(call.shown)
    module, _, name = call.spec.handler.partition(":")
    handler: Handler = getattr(import_module(module), name)
    return handler


def tell(session: Session, error: DockError, call: Call, *, program: str = "docker") -> int:
    """Writes a failed command's message to standard error and gives the exit code."""
    code: int = getattr(error, "exit_code", 1)
    text = error.message if isinstance(error, ClientError) else f"Error response from daemon: {error.message}"
    in_run = call.spec.runs_container and (isinstance(error, CreateError) or not isinstance(error, ClientError))
    if in_run or isinstance(error, SetupError):
        text = f"{program}: {text}\n\nRun '{program} {call.spec.name} --help' for more information"
        code = 125 if code == 1 else code
    session.err(text + "\n")
    if error.hint or (error.span and session.source):
        session.emit(Note("error", error.message, error.hint or "", session.source, error.span))
    return code


def _os_message(error: OSError) -> str:
    reason = (error.strerror or str(error)).lower()
    return f"{error.filename}: {reason}" if error.filename else reason
