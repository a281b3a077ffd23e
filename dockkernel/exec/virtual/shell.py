"""Starting a shell, or a single program of the shell library."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from dockkernel.exec.virtual import vocabulary
from dockkernel.exec.virtual.call import Call, read_all
from dockkernel.exec.virtual.session import Session


@dataclass(frozen=True, slots=True)
class Invocation:
    """A shell's command line."""

    options: list[str]
    """Words such as `-ex`, `-o`, `pipefail`; without `-c`."""
    command: bool
    """Whether `-c` was given."""
    rest: list[str]
    """The script and its arguments, or a file and its arguments."""

    @staticmethod
    def of(argv: list[str]) -> Invocation:
        """Reads the arguments as a POSIX shell does: options end at the first operand."""
        options: list[str] = []
        command = False
        todo = list(argv)
        while todo and todo[0][:1] in {"-", "+"} and todo[0] not in {"-", "--"}:
            word = todo.pop(0)
            if word.startswith("--"):
                continue
            command = command or (word[0] == "-" and "c" in word)
            kept = word[0] + "".join(letter for letter in word[1:] if letter not in "clis")
            if len(kept) > 1:
                options.append(kept)
            if "o" in word and todo:
                options.append(todo.pop(0))
        if todo and todo[0] in {"-", "--"}:
            todo.pop(0)
        return Invocation(options, command, todo)


async def run_shell(call: Call, zero: str) -> int:
    """`sh` with its arguments; `zero` is its `$0`."""
    asked = Invocation.of(call.argv)
    if asked.command and not asked.rest:
        call.warn(_needs_argument(call, zero))
        await call.flush()
        return 2
    stdin = await read_all(call.stdin)
    if asked.command:
        text, arguments = asked.rest[0], asked.rest[1:]
        zero, arguments = (arguments[0], arguments[1:]) if arguments else (zero, [])
    elif asked.rest:
        text, arguments = call.files.text(call.at(asked.rest[0])), asked.rest[1:]
    else:
        text, arguments = stdin.decode("utf-8", "replace"), []
    traced = any(word.startswith("-") and "x" in word for word in asked.options)
    session = Session(call, text, zero if asked.command else (asked.rest or [zero])[0], traced=traced)
    source = call.files.offer(stdin) if stdin else "/dev/null"
    if (asked.command or asked.rest) and text and vocabulary.redirects_itself(text):
        return await session.execute(_outermost(asked, session.prelude() + text, arguments, source), source)
    if asked.command:
        words = [*asked.options, "-c", session.prelude() + text, zero, *arguments]
    else:
        words = [*asked.options, *asked.rest]
    return await session.execute(f"sh {shlex.join(words)} < {source}", source)


def _outermost(asked: Invocation, text: str, arguments: list[str], source: str) -> str:
    """The script as the text of the library's outermost shell."""
    first = f"exec < {source}; "
    if arguments:
        first += f"set -- {shlex.join(arguments)}; "
    if asked.options:
        first += f"set {shlex.join(asked.options)}; "
    return first + text


async def run_library(call: Call) -> int:
    """A program that the library has, started by itself."""
    stdin = await read_all(call.stdin)
    session = Session(call, " ".join(call.argv), call.name, without=call.name)
    source = call.files.offer(stdin) if stdin else "/dev/null"
    return await session.execute(f"{shlex.join([call.name, *call.argv])} < {source}", source)


def _needs_argument(call: Call, zero: str) -> str:
    match call.speech.shell:
        case "ash":
            return f"{zero}: -c requires an argument\n"
        case "dash":
            return f"{zero}: 0: -c requires an argument\n"
    return f"{zero}: -c: option requires an argument\n"
