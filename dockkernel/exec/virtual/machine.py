"""One run of a process and all it starts: who it is, its files, and how a program's name becomes a running program."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dockkernel.exec.virtual import programs
from dockkernel.exec.virtual.call import Call, Failure, Misuse, Sink, Source, Tools
from dockkernel.exec.virtual.files import Files
from dockkernel.exec.virtual.identity import Identity, Names
from dockkernel.exec.virtual.messages import Speech, reason
from dockkernel.exec.virtual.programs import DEFAULT_PATH, Binary, CannotRun, Program, Script
from dockkernel.exec.virtual.recorded import recorded_output
from dockkernel.exec.virtual.vocabulary import LIBRARY, SHELLS

_WRITE_ERROR = "io error: "
_MAX_INTERPRETERS = 4
"""`#!` files that may name each other, as Linux has it."""


class Stopped(Exception):
    """The run was interrupted or passed a limit; the message says which."""


@dataclass(slots=True)
class Machine:
    """What all programs of one run share."""

    files: Files
    speech: Speech
    hostname: str
    environment: Mapping[str, str]
    """As the first process got it."""
    now_ns: Callable[[], int]
    left: Callable[[], float]
    """Seconds until the time limit."""
    check: Callable[[], None] = lambda: None
    """Raises `Stopped` when the run is to end."""
    begun: bool = False
    """Whether the first program was found."""
    running: list[Any] = field(default_factory=list)
    """The interpreters at work, to be cancelled."""

    @property
    def identity(self) -> Identity:
        """The credentials of the process."""
        return self.files.identity

    @property
    def names(self) -> Names:
        """Users and groups as they are in the image now."""
        return Names(self.files.text)

    async def run(
        self,
        argv: Sequence[str],
        env: Mapping[str, str],
        cwd: str,
        stdin: Source,
        stdout: Sink,
        stderr: Sink,
    ) -> int:
        """Starts a program as execvp(3) does and waits for it; `CannotRun` when there is none."""
        self.check()
        path = programs.find(self.files, argv[0], env.get("PATH", DEFAULT_PATH), cwd)
        return await self.start(path, argv, env, cwd, stdin, stdout, stderr)

    async def start(
        self,
        path: str,
        argv: Sequence[str],
        env: Mapping[str, str],
        cwd: str,
        stdin: Source,
        stdout: Sink,
        stderr: Sink,
        *,
        texts: bool = False,
    ) -> int:
        """Runs the file; with `texts` one without `#!` is run by the shell, as a shell does it."""
        argv = list(argv)
        program = programs.identify(self.files, path)
        # A script is told the path by which it was started.
        shown = argv[0] if "/" in argv[0] else path
        for _ in range(_MAX_INTERPRETERS):
            if not isinstance(program, Script):
                break
            argv, program = self._interpreted(program, argv, shown)
            shown = argv[0]
        if isinstance(program, programs.Text):
            if not texts:
                raise CannotRun(126, f'exec: "{argv[0]}": exec format error')
            argv, program = ["sh", shown, *argv[1:]], Binary("/bin/sh", "sh")
        if isinstance(program, Script):
            raise CannotRun(126, f'exec: "{argv[0]}": too many levels of symbolic links')
        return await self._binary(program, argv, env, cwd, stdin, stdout, stderr)

    def _interpreted(self, script: Script, argv: list[str], shown: str) -> tuple[list[str], Program]:
        name = script.interpreter
        if not self.files.exists(name):
            raise CannotRun(127, f'exec: "{argv[0]}": no such file or directory')
        words = [name, script.argument] if script.argument else [name]
        return [*words, shown, *argv[1:]], programs.identify(self.files, name)

    async def _binary(
        self,
        program: Binary,
        argv: list[str],
        env: Mapping[str, str],
        cwd: str,
        stdin: Source,
        stdout: Sink,
        stderr: Sink,
    ) -> int:
        from dockkernel.exec.virtual import shell
        from dockkernel.exec.virtual.tools import TOOLS

        self.begun = True
        command, name = program.command, argv[0]
        if command == "busybox" and len(argv) > 1:
            argv = argv[1:]
            command = name = argv[0]
        call = Call(self, command, argv[1:], env, cwd, stdin, stdout, stderr, program.path)
        if command in SHELLS:
            return await shell.run_shell(call, name)
        if command in TOOLS:
            return await run_tool(call, TOOLS)
        if command in LIBRARY:
            return await shell.run_library(call)
        text = recorded_output(self.files, program.path)
        if text is None:
            return await refuse(call)
        call.out(text)
        await call.flush()
        return 0


async def run_tool(call: Call, tools: Tools) -> int:
    """One of our commands, its failures turned into its error lines."""
    try:
        code = tools[call.name](call)
        if inspect.isawaitable(code):
            code = await code
    except Failure as failure:
        call.error(failure.text)
        if isinstance(failure, Misuse) and not call.speech.busybox:
            call.warn(f"Try '{call.name} --help' for more information.\n")
        code = failure.code
    except BrokenPipeError:
        return 141
    except OSError as error:
        call.error(f"{error.filename}: {reason(error)}" if error.filename else reason(error))
        code = 1
    except RuntimeError as error:
        _cannot_write(call, error)
        code = 1
    try:
        await call.flush()
    except BrokenPipeError:
        return 141
    except RuntimeError as error:
        _cannot_write(call, error)
        await call.flush()
        return 1
    return code


def _cannot_write(call: Call, error: RuntimeError) -> None:
    """The shell library's error of a redirection that takes no more (a full or read-only file system)."""
    mark, _, why = str(error).partition(_WRITE_ERROR)
    if mark or not why:
        raise error
    call.drop()
    call.error(f"write error: {why}")


async def refuse(call: Call) -> int:
    """The honest end of a program that is in the image but that nothing here can run."""
    call.warn(
        f"{call.name}: not simulated yet by the portable shell: the program is in the image, but its machine code "
    )
    call.warn("cannot run here\n")
    await call.flush()
    return 127
