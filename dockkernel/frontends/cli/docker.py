"""`dockkernel docker ARGS…`: one docker command in this process, with its standard streams and exit code."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from dockkernel.commands.argv import Answer, read
from dockkernel.commands.events import Err, Out
from dockkernel.errors import DockError
from dockkernel.frontends.cli.terminal import Terminal

if TYPE_CHECKING:
    from dockkernel.commands.session import Session
    from dockkernel.engine.engine import Engine

NO_STORE = 1
"""Exit code when the store cannot be opened."""


def run_docker(argv: Sequence[str], sink: Terminal) -> int:
    """Runs the command. Help and wrong command lines are answered without opening the store."""
    call = read(argv, env=os.environ)
    if isinstance(call, Answer):
        sink.emit(Out(call.out))
        sink.emit(Err(call.err))
        return call.code
    from dockkernel.commands.run import perform

    try:
        with engine_of_process() as engine:
            return perform(session_of_process(engine, sink), call)
    except DockError as error:
        sink.emit(Err(f"dockkernel: {error.message}\n"))
        return NO_STORE
    except BrokenPipeError:
        raise
    except OSError as error:
        sink.emit(Err(f"dockkernel: cannot open the store: {error.filename}: {error.strerror}\n"))
        return NO_STORE


@contextlib.contextmanager
def engine_of_process() -> Iterator[Engine]:
    """The engine that this process's environment names, closed at the end."""
    from dockkernel.frontends.assembly import open_engine

    engine = open_engine(env=os.environ)
    try:
        yield engine
    finally:
        engine.close()


def session_of_process(engine: Engine, sink: Terminal) -> Session:
    """The surroundings of a command in this process."""
    from dockkernel.commands.session import Session

    stdin = sys.stdin
    return Session(
        engine=engine,
        sink=sink,
        cwd=_cwd(),
        env=dict(os.environ),
        stdin=stdin.buffer if stdin else None,
        stdin_tty=bool(stdin and stdin.isatty()),
        stdout_tty=bool(sys.stdout and sys.stdout.isatty()),
        stderr_tty=bool(sys.stderr and sys.stderr.isatty()),
        live=sink.live,
    )


def _cwd() -> Path:
    """Where the command is typed; what the shell says of a folder that has been removed since."""
    try:
        return Path.cwd()
    except OSError:
        return Path(os.environ.get("PWD", os.sep))
