"""Shells: scripts run by the bashkit library over our files, with our commands in it.

The library is a bash with its own `grep`, `sed`, `awk` … It does not look whether the image has a program, so names that
it knows and the image has not are registered as commands that are not found; names of the image that it does not know,
and all that we do ourselves, are registered as ours. What a script names by a path is found in the script's text.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from typing import Any

from dockkernel.errors import LimitExceeded
from dockkernel.exec.virtual import programs
from dockkernel.exec.virtual.bridge import Bridge
from dockkernel.exec.virtual.call import Call, Sink, Source, read_all
from dockkernel.exec.virtual.diagnostics import Translator
from dockkernel.exec.virtual.machine import run_tool
from dockkernel.exec.virtual.programs import DEFAULT_PATH, SHELLS, CannotRun

LIBRARY = frozenset(
    """arch awk b2sum base32 base64 basename basenc bc bunzip2 bzcat bzip2 cksum clear cmp column comm csv cut
    date diff dirname egrep envsubst expand expr factor fgrep file fmt fold gawk getconf
    grep gunzip hexdump hostid iconv join jq kill less locale logname mawk md5sum more nawk nl
    numfmt od paste patch pgrep pkill pr printenv ps rev rg sed seq sha1sum sha224sum sha256sum
    sha384sum sha512sum shasum shuf sleep sort split strings sum tac tr tree tsort tty unexpand uniq
    uptime users uuidgen watch who xxd yes yq zcat zip unzip echo printf true false test [ pwd find xargs timeout nohup
    nice time tee watch""".split()
)
"""Programs whose work the library does well."""

BUILTINS = frozenset(
    """. : [ [[ alias bg break builtin cd command continue echo eval exec exit export false fg getopts hash help
    history jobs kill let local printf pwd read readonly return set shift source test times trap true type ulimit
    umask unalias unset wait declare typeset""".split()
)
"""What a shell itself knows, on every image."""

_OTHER = frozenset(
    """assert curl dotenv flock free git glob http json log man mkfifo nano nproc openssl parallel retry semver sudo template
    tomlq verify vi vim wget make ssh scp sqlite python python3 node gzip install ln ls link unlink id whoami groups stat
    chmod chown chgrp cp mv rm rmdir mkdir touch mktemp readlink realpath truncate dd du df tar head tail wc cat env
    hostname uname sync busybox which nsenter""".split()
)
"""More names that the library has commands of its own for, good or not."""

_PATHS = re.compile(r"(?:\.{1,2}|~|[\w.+@-]*)/[\w./+@-]*[\w+@-]")
_LOOKED_UP = re.compile(r"(?:command\s+-[vV]|type|hash|which)\s+(?:-\w+\s+)*([\w.+-]+)")
_MAX_SCAN = 1 << 18


async def run_shell(call: Call, zero: str) -> int:
    """`sh` with its arguments; `zero` is its `$0`."""
    argv = list(call.argv)
    at = _command_at(argv)
    text = ""
    if at is not None:
        if at >= len(argv):
            call.warn(_needs_argument(call, zero))
            await call.flush()
            return 2
        text = argv[at]
        if len(argv) == at + 1:
            argv.append(zero)
    stdin = await read_all(call.stdin)
    if at is None and not any(not word.startswith(("-", "+")) for word in argv):
        text = stdin.decode("utf-8", "replace")
    opened = _Session(call, text, zero)
    return await opened.execute(["sh", *argv], stdin)


async def run_library(call: Call) -> int:
    """A program that the library has, started by itself."""
    opened = _Session(call, " ".join(call.argv), call.name, without=call.name)
    return await opened.execute([call.name, *call.argv], await read_all(call.stdin), direct=True)


def _command_at(argv: list[str]) -> int | None:
    """Where the script of `-c` is."""
    want = False
    for index, word in enumerate(argv):
        if word in {"--", "-"} or not word.startswith(("-", "+")):
            return (index + (word in {"--", "-"})) if want else None
        if word.startswith("-") and not word.startswith("--") and "c" in word:
            want = True
    return len(argv) if want else None


def _needs_argument(call: Call, zero: str) -> str:
    match call.speech.shell:
        case "ash":
            return f"{zero}: -c requires an argument\n"
        case "dash":
            return f"{zero}: 0: -c requires an argument\n"
    return f"{zero}: -c: option requires an argument\n"


class _Session:
    """One interpreter of the library."""

    def __init__(self, call: Call, text: str, zero: str, *, without: str = "") -> None:
        from bashkit import Bash, ExecutionProfile

        self._call = call
        self._machine = call.machine
        self._without = without
        self._known: set[str] = set()
        self._bridge = Bridge(call.files)
        env = dict(call.env)
        self._bash: Any = Bash(
            cwd=call.cwd,
            env=env,
            username=self._machine.names.user(self._machine.identity.uid) or str(self._machine.identity.uid),
            hostname=self._machine.hostname or "localhost",
            profile=ExecutionProfile.Interactive,
            timeout_seconds=max(0.001, self._machine.left()),
        )
        self._bash.mount("/", self._bridge.filesystem())
        self._text = text
        self._zero = zero
        self._looked_up = set(_LOOKED_UP.findall(text))
        self._register_image(env.get("PATH", DEFAULT_PATH))
        self._scan(text)

    async def execute(self, argv: list[str], stdin: bytes, *, direct: bool = False) -> int:
        """Runs the command line to its end."""
        machine, call = self._machine, self._call
        line = shlex.join(argv)
        source = call.files.offer(stdin) if stdin else "/dev/null"
        translator = Translator(call.speech, self._zero, self._text)
        before = call.files.on_read
        call.files.on_read = self._read
        machine.running.append(self._bash)
        try:
            result = await self._bash.execute(
                f"{line} < {source}",
                stdout=call.stdout.write,
                stderr=_Filtered(call.stderr, translator).write,
            )
        finally:
            machine.running.remove(self._bash)
            call.files.on_read = before
            call.files.withdraw(source)
        await call.stderr.write(translator.rest())
        machine.check()
        self._judge(result)
        return translator.code(int(result.exit_code))

    def _judge(self, result: Any) -> None:
        """`LimitExceeded` when the library stopped at one of its limits."""
        if result.stdout_truncated or result.stderr_truncated:
            raise LimitExceeded("the process wrote more output than the portable shell takes (10 MB)")
        text = str(result.error or "")
        if "budget exhausted" in text or "resource limit" in text or "timeout" in text.lower():
            raise LimitExceeded(f"the portable shell stopped the process: {text}")

    def _register_image(self, path: str) -> None:
        from dockkernel.exec.virtual.tools import SHELL_TOOLS, TOOLS

        present = programs.names_in_path(self._call.files, path)
        for name, where in present.items():
            if name not in BUILTINS and (name in TOOLS or not (name in LIBRARY or name in SHELLS)):
                self._register(name)
            self._register(where)
        for name in (LIBRARY | _OTHER) - BUILTINS:
            if name not in present:
                self._register(name)
        for name in SHELL_TOOLS:
            self._register(name)

    def _register(self, name: str) -> None:
        if name not in self._known and name != self._without:
            self._known.add(name)
            self._bash.add_command(name, self._dispatch)

    def _read(self, path: str, data: bytes) -> None:
        if len(data) <= _MAX_SCAN and b"\0" not in data[:512]:
            self._scan(data.decode("utf-8", "replace"))

    def _scan(self, text: str) -> None:
        """Registers what the text may run by a path."""
        for word in set(_PATHS.findall(text[:_MAX_SCAN])):
            self._register(word)

    async def _dispatch(self, context: Any) -> int:
        """A command of the script that the library hands to us."""
        from dockkernel.exec.virtual.tools import SHELL_TOOLS

        machine = self._machine
        name, env, cwd = context.name, context.env, context.cwd
        stdin, stdout, stderr = _Stdin(context.stdin), context.stdout, context.stderr
        if name in SHELL_TOOLS:
            call = Call(machine, name, list(context.argv), env, cwd, stdin, stdout, stderr)
            return await run_tool(call, SHELL_TOOLS)
        path = name if "/" in name else programs.search(machine.files, name, env.get("PATH", DEFAULT_PATH), cwd)
        try:
            machine.check()
            if path is None:
                raise CannotRun(127, "not found")
            full = programs.find(machine.files, path, "", cwd)
            env = self._environment(env)
            return await machine.start(full, [name, *context.argv], env, cwd, stdin, stdout, stderr, texts=True)
        except CannotRun as problem:
            await stderr.write((self._problem(name, problem) + "\n").encode("utf-8", "surrogateescape"))
            return problem.code
        except BrokenPipeError:
            return 141

    def _environment(self, env: Mapping[str, str]) -> dict[str, str]:
        """The child's environment, first what the first process got, in its order."""
        first = {name: env[name] for name in self._machine.environment if name in env}
        return {**first, **{name: env[name] for name in sorted(env) if name not in first}}

    def _problem(self, name: str, problem: CannotRun) -> str:
        speech, zero = self._call.speech, self._zero
        if problem.code == 126:
            return speech.shell_error(zero, f"{name}: Permission denied")
        if "/" in name and speech.shell == "bash":
            return speech.shell_error(zero, f"{name}: No such file or directory")
        return speech.not_found(zero, name)


class _Stdin:
    """The library's byte reader as a source."""

    def __init__(self, reader: Any) -> None:
        self._reader = reader

    async def chunk(self) -> bytes:
        """The next bytes, empty at the end."""
        return await self._reader.read_chunk() or b""


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
