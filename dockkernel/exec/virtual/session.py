"""One interpreter of the shell library, with the image's files and our commands in it.

The library is a bash with its own `grep`, `sed`, `awk` … It does not look whether the image has a program. So what it
knows and the image has not is registered as a command of ours, which finds nothing and says so; what the image has and
the library does not know, what we do ourselves, and what a script names by a path are registered too.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from dockkernel.errors import LimitExceeded
from dockkernel.exec.virtual import programs, vocabulary
from dockkernel.exec.virtual.bridge import Bridge
from dockkernel.exec.virtual.call import Call, Sink
from dockkernel.exec.virtual.diagnostics import HIDDEN, Translator
from dockkernel.exec.virtual.machine import run_tool
from dockkernel.exec.virtual.ordering import Arrivals, Ordered
from dockkernel.exec.virtual.programs import DEFAULT_PATH, CannotRun
from dockkernel.exec.virtual.vocabulary import BUILTINS, LIBRARY, OVERRIDDEN, SHELLS


class Session:
    """One shell process; `text` is its script, `zero` its `$0`."""

    def __init__(self, call: Call, text: str, zero: str, *, without: str = "", traced: bool = False) -> None:
        from bashkit import Bash, ExecutionProfile

        self._call = call
        self._machine = machine = call.machine
        self._text = text
        self._zero = zero
        self._without = without
        self._arrivals = Arrivals()
        self._user = machine.names.user(machine.identity.uid) or str(machine.identity.uid)
        self._traced = traced or vocabulary.traces(text)
        self._careful = self._traced or vocabulary.orders_matter(text)
        self._known: set[str] = set()
        self._bridge = Bridge(call.files)
        self._bash: Any = Bash(
            cwd=call.cwd,
            env=dict(call.env),
            username=self._user,
            hostname=machine.hostname,
            profile=ExecutionProfile.Interactive,
            timeout_seconds=max(0.001, machine.left()),
        )
        self._bash.mount("/", self._bridge.filesystem())
        self._present = programs.names_in_path(call.files, call.env.get("PATH", DEFAULT_PATH))
        self._absent = (LIBRARY | OVERRIDDEN) - BUILTINS - self._present.keys()
        self._looked_up = vocabulary.looked_up(text, self._absent | ({"bash"} - self._present.keys()))
        self._register_all()

    def prelude(self) -> str:
        """Functions that a script needs to see the image as it is; empty for most scripts."""
        text = ""
        if "command" in self._looked_up:
            text = f'command() {{ case "$1" in -[vV]) {HIDDEN}command "$@";; *) builtin command "$@";; esac; }}; '
        if "bash" not in self._present and vocabulary.mentions(self._text, "bash"):
            text += f'bash() {{ {HIDDEN}bash "$@"; }}; '
        if "HOSTNAME" in self._text and "HOSTNAME" not in self._call.env and self._call.speech.shell != "bash":
            # Only bash sets it by itself.
            text += "HOSTNAME=; "
        return text

    async def execute(self, line: str, source: str) -> int:
        """Runs a command line to its end; `source` is where its standard input is read."""
        machine, call = self._machine, self._call
        translator = Translator(call.speech, self._zero, self._text)
        ordered = Ordered(call.stdout, call.stderr, self._arrivals)
        stdout = _Taken(ordered.out if self._traced else call.stdout.write, self._arrivals)
        errors = _Taken(ordered.err if self._traced else call.stderr.write, self._arrivals)
        before = call.files.on_read, call.files.on_write
        call.files.on_read = self._read
        call.files.on_write = self._arrivals.arrived
        machine.running.append(self._bash)
        try:
            result = await self._bash.execute(line, stdout=stdout.write, stderr=_Filtered(errors, translator).write)
        finally:
            machine.running.remove(self._bash)
            call.files.on_read, call.files.on_write = before
            call.files.withdraw(source)
        await ordered.flush()
        await call.stderr.write(translator.rest())
        machine.check()
        _judge(result)
        return translator.code(int(result.exit_code))

    def _register_all(self) -> None:
        from dockkernel.exec.virtual.tools import SHELL_TOOLS, TOOLS

        for name, where in self._present.items():
            if name not in BUILTINS and name not in SHELLS and (name in TOOLS or name not in LIBRARY):
                self._register(name)
            self._register(where)
        for name in (*self._absent, *(name for name in SHELL_TOOLS if name not in BUILTINS), "umask", f"{HIDDEN}bash"):
            self._register(name)
        if self._call.speech.shell != "bash" and vocabulary.described(self._text, self._present):
            self._register("type")
        for name in self._looked_up - {"command"}:
            self._register(name)
        if self._careful or (self._call.speech.shell == "dash" and "\\" in self._text):
            # Our echo lets the library hand over what was written before, and knows dash's escapes.
            self._register("echo")
        self._scan(self._text)
        self._expect_missing()

    def _expect_missing(self) -> None:
        """What the script runs and nobody has: so that the shell's own words for it stand in pipes and files too."""
        try:
            names = self._bash.analyze(self._text).command_names
        except Exception:
            # A text that is no script: its error is told when it is run.
            return
        asked = vocabulary.asked_for(self._text)
        for name in set(names) - BUILTINS - SHELLS - self._present.keys() - asked:
            if "$" not in name and "/" not in name:
                self._register(name)

    def _register(self, name: str) -> None:
        if name not in self._known and name != self._without:
            self._known.add(name)
            self._bash.add_command(name, self._dispatch)

    def _read(self, path: str, data: bytes) -> None:
        if len(data) <= vocabulary.MAX_SCAN and b"\0" not in data[:512]:
            self._scan(data.decode("utf-8", "replace"))

    def _scan(self, text: str) -> None:
        for word in vocabulary.paths(text):
            self._register(word)

    async def _dispatch(self, context: Any) -> int:
        """A command of the script that the library hands to us."""
        if not self._careful:
            return await self._command(context, context.stdout, context.stderr)
        arrivals = self._arrivals
        if self._traced:
            await arrivals.traces()
        code = await self._command(context, arrivals.watched(context.stdout), arrivals.watched(context.stderr))
        if self._traced:
            arrivals.ended([context.name, *context.argv])
        return code

    async def _command(self, context: Any, stdout: Sink, stderr: Sink) -> int:
        from dockkernel.exec.virtual.tools import SHELL_TOOLS

        machine, name, env, cwd = self._machine, context.name, context.env, context.cwd
        stdin = _Stdin(context.stdin)
        try:
            machine.check()
            if name in SHELL_TOOLS:
                call = Call(machine, name, list(context.argv), env, cwd, stdin, stdout, stderr)
                return await run_tool(call, SHELL_TOOLS)
            name = name.removeprefix(HIDDEN)
            path = name if "/" in name else self._searched(name, env, cwd)
            full = programs.find(machine.files, path, "", cwd)
            argv = [name, *context.argv]
            return await machine.start(full, argv, self._environment(env), cwd, stdin, stdout, stderr, texts=True)
        except CannotRun as problem:
            await stderr.write((self._problem(name, problem) + "\n").encode("utf-8", "surrogateescape"))
            return problem.code
        except BrokenPipeError:
            return 141

    def _searched(self, name: str, env: Mapping[str, str], cwd: str) -> str:
        """The file of a plain name, as a shell looks for it: one that may not be executed is better than none."""
        files, path = self._machine.files, env.get("PATH", DEFAULT_PATH)
        found = programs.search(files, name, path, cwd) or programs.search(files, name, path, cwd, want=0)
        if found is None:
            raise CannotRun(127, "")
        return found

    def _environment(self, env: Mapping[str, str]) -> dict[str, str]:
        """The child's environment: first what the first process got, in its order; without the library's own names."""
        given = self._machine.environment
        added = {("USER", self._user), ("SHLVL", env.get("SHLVL"))}
        own = {name: value for name, value in env.items() if name in given or (name, value) not in added}
        if "SHLVL" not in given and self._call.speech.shell != "dash":
            own["SHLVL"] = "1"
        first = {name: own[name] for name in given if name in own}
        return {**first, **{name: own[name] for name in sorted(own) if name not in first}}

    def _problem(self, name: str, problem: CannotRun) -> str:
        speech = self._call.speech
        if problem.code == 126:
            if speech.shell == "bash" and self._call.files.is_dir(name):
                return speech.shell_error(self._zero, f"{name}: Is a directory")
            return speech.shell_error(self._zero, f"{name}: Permission denied")
        if "/" in name and speech.shell == "bash":
            return speech.shell_error(self._zero, f"{name}: No such file or directory")
        return speech.not_found(self._zero, name)


def _judge(result: Any) -> None:
    """`LimitExceeded` when the library stopped at one of its limits."""
    if result.stdout_truncated or result.stderr_truncated:
        raise LimitExceeded("the process wrote more output than the portable shell takes (10 MB)")
    text = str(result.error or "")
    if "limit exceeded" in text or "budget exhausted" in text or "timed out" in text:
        raise LimitExceeded(f"the portable shell stopped the process: {text}")


class _Stdin:
    """The library's byte reader as a source."""

    def __init__(self, reader: Any) -> None:
        self._reader = reader

    async def chunk(self) -> bytes:
        """The next bytes, empty at the end."""
        return await self._reader.read_chunk() or b""


class _Taken:
    """A sink in the form that the library takes: a method written in Python."""

    def __init__(self, write: Callable[[bytes], Awaitable[None]], arrivals: Arrivals) -> None:
        self._write = write
        self._arrivals = arrivals

    async def write(self, data: bytes) -> None:
        """Passes the bytes on."""
        await self._write(data)
        self._arrivals.arrived()


class _Filtered:
    """A sink for the library's stderr that says things as the image's shell does."""

    def __init__(self, sink: Sink, translator: Translator) -> None:
        self._sink = sink
        self._translator = translator

    async def write(self, data: bytes) -> None:
        """Passes on whole lines."""
        out = self._translator.feed(data)
        if out:
            await self._sink.write(out)
