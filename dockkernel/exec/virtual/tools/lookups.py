"""type, hash and `command -v` for names that the shell library would find although the image has them not."""

from __future__ import annotations

from dockkernel.exec.virtual import programs
from dockkernel.exec.virtual.call import Call, Tools
from dockkernel.exec.virtual.diagnostics import HIDDEN
from dockkernel.exec.virtual.programs import DEFAULT_PATH
from dockkernel.exec.virtual.vocabulary import BUILTINS


def _found(call: Call, name: str) -> str | None:
    if "/" in name:
        return name if call.files.allowed(call.at(name), 1) else None
    return programs.search(call.files, name, call.env.get("PATH", DEFAULT_PATH), call.cwd)


def command(call: Call) -> int:
    """`command -v|-V NAME`."""
    flag, *names = call.argv
    for name in names:
        path = name if name in BUILTINS else _found(call, name)
        if path is None:
            call.failed = True
            if flag == "-V":
                call.out(f"{name}: not found\n")
        elif flag == "-v":
            call.out(path + "\n")
        else:
            call.out(f"{name} is a shell builtin\n" if name in BUILTINS else f"{name} is {path}\n")
    return 127 if call.failed and call.speech.shell != "bash" else call.status()


def type_of(call: Call) -> int:
    """`type NAME`."""
    for name in (word for word in call.argv if not word.startswith("-")):
        path = _found(call, name)
        if name in BUILTINS:
            call.out(f"{name} is a shell builtin\n")
        elif path is not None:
            call.out(f"{name} is {path}\n")
        elif call.speech.shell == "bash":
            call.error(f"{name}: not found")
        else:
            call.failed = True
            call.out(f"{name}: not found\n")
    return 127 if call.failed and call.speech.shell != "bash" else call.status()


def remember(call: Call) -> int:
    """`hash NAME`."""
    for name in (word for word in call.argv if not word.startswith("-")):
        if name not in BUILTINS and _found(call, name) is None:
            call.error(f"{name}: not found")
    return call.status()


SHELL_COMMANDS: Tools = {HIDDEN + "command": command, "type": type_of, "hash": remember}
