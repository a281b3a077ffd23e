"""Where the machine has no bash (Windows), a script that needs a whole shell runs in the portable one.

It is bashkit over the real folders, with `docker` as one of its commands. It has no other program of the machine, and
text only passes between its commands; it says so where a script comes upon that.
"""

from __future__ import annotations

import ctypes
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from dockkernel.commands.events import Err, Event, Out, Recorder, Sink
from dockkernel.frontends.place import Outcome, Place, RunDocker

_LIMIT = 1_000_000
"""Commands and turns of a loop after which a script is taken to be endless."""
_SECONDS = 3600.0
_GRACE_SECONDS = 1.5


def run_portable(text: str, place: Place, sink: Sink, docker: RunDocker, *, store: Mapping[str, str]) -> Outcome:
    """Runs the script under `set -e`; `store` holds the variables by which another process opens the same store.

    `place` takes over the folder and the exported variables that the script leaves.
    """
    import bashkit

    disks = _Disks.of(place.cwd)
    commands = _Commands(docker, place, sink, disks, store)
    shell = bashkit.Bash(
        cwd=disks.inside(place.cwd),
        env={name: value for name, value in place.env.items() if name not in _SHELL_OWN},
        max_commands=_LIMIT,
        max_loop_iterations=_LIMIT,
        timeout_seconds=_SECONDS,
        custom_builtins={"docker": commands.docker, "dockkernel": commands.dockkernel},
        profile=bashkit.ExecutionProfile.Interactive,
    )
    shell.mount(disks.point, bashkit.FileSystem.real(str(disks.anchor), writable=True))
    result = _run(shell, f"set -e; {text}", commands)
    if result.error and not result.stderr:
        sink.emit(Err(f"{result.error}\n"))
    if "command not found" in result.stderr:
        sink.emit(Err("This is the portable shell: the machine has no bash, so its other programs are not there.\n"))
    state = shell.shell_state()
    place.cwd = disks.outside(state.cwd)
    exported = {name: value for name, value in state.env.items() if name not in _SHELL_OWN}
    for name in place.env.keys() - exported.keys() - _SHELL_OWN:
        del place.env[name]
    place.env.update(exported)
    return Outcome(result.exit_code)


def _run(shell: Any, text: str, commands: _Commands) -> Any:
    """Runs in a thread, since the shell holds the one that it runs in; an interrupt ends it at its next command."""
    results: list[Any] = []
    thread = threading.Thread(target=lambda: results.append(shell.execute_sync(text, on_output=commands.output)))
    thread.start()
    try:
        while thread.is_alive():
            thread.join(0.05)
    except KeyboardInterrupt:
        shell.cancel()
        commands.interrupt()
        thread.join(_GRACE_SECONDS)
        raise
    if commands.error is not None:
        raise commands.error
    return results[0]


_SHELL_OWN = frozenset({"_", "SHLVL", "PWD", "OLDPWD", "PATH", "HOME", "USER", "HOSTNAME", "UID", "EUID", "SHELL"})


@dataclass(frozen=True, slots=True)
class _Disks:
    """How the folders of the machine are named inside: as they are, and on Windows drive C as `/c`."""

    point: str
    anchor: Path

    @classmethod
    def of(cls, cwd: Path) -> _Disks:
        return cls(f"/{cwd.drive[0].lower()}" if cwd.drive else "/", Path(cwd.anchor))

    def inside(self, path: Path) -> str:
        return str(PurePosixPath(self.point, *path.relative_to(self.anchor).parts))

    def outside(self, path: str) -> Path:
        return self.anchor.joinpath(*PurePosixPath(path).relative_to(self.point).parts)


class _Commands:
    """What the shell calls back: `docker`, and its own output."""

    def __init__(self, docker: RunDocker, place: Place, sink: Sink, disks: _Disks, store: Mapping[str, str]) -> None:
        self.run, self.place, self.sink, self.disks, self.store = docker, place, sink, disks, store
        self.error: Exception | None = None
        self.thread: int | None = None

    def output(self, stdout: str, stderr: str) -> None:
        """Passes on what the shell writes."""
        for text, kind in ((stdout, Out), (stderr, Err)):
            if text:
                self.sink.emit(kind(text))

    def interrupt(self) -> None:
        """Raises `KeyboardInterrupt` in the thread that runs a docker command now, if one does."""
        if self.thread is not None:
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self.thread), ctypes.py_object(KeyboardInterrupt))

    def docker(self, context: Any) -> Any:
        """`docker` as a command of the shell."""
        from bashkit import BuiltinResult

        recorder = Recorder()
        env = {**self.place.env, **{name: text for name, text in context.env.items() if name not in _SHELL_OWN}}
        place = Place(self.disks.outside(context.cwd), env)
        stdin = None if context.stdin is None else context.stdin.encode()
        self.thread = threading.get_ident()
        try:
            code = self.run(context.argv, place, recorder, stdin=stdin)
        except KeyboardInterrupt:
            return BuiltinResult(exit_code=130)
        except Exception as error:
            self.error = error
            return BuiltinResult(exit_code=125)
        finally:
            self.thread = None
        for event in recorder.events:
            if not isinstance(event, Out | Err):
                self.sink.emit(event)
        data = b"".join(_bytes(event) for event in recorder.events if isinstance(event, Out))
        try:
            stdout = data.decode("utf-8")
        except UnicodeDecodeError:
            message = "docker: the portable shell passes text only; write binary output to a file (-o FILE)\n"
            return BuiltinResult(stderr=message, exit_code=1)
        return BuiltinResult(stdout=stdout, stderr=recorder.stderr, exit_code=code)

    def dockkernel(self, context: Any) -> Any:
        """`dockkernel` as a command of the shell: a process of its own on the same store."""
        from bashkit import BuiltinResult

        done = subprocess.run(
            [sys.executable, "-P", "-m", "dockkernel", *context.argv],
            cwd=self.disks.outside(context.cwd),
            env={**self.place.env, **self.store},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
        return BuiltinResult(stdout=done.stdout, stderr=done.stderr, exit_code=done.returncode)


def _bytes(event: Event) -> bytes:
    data = event.data if isinstance(event, Out) else b""
    return data if isinstance(data, bytes) else data.encode("utf-8", "surrogateescape")
