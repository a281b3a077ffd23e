"""diff: the library's, which busybox's differs from in that it always gives the unified form."""

from __future__ import annotations

from dockkernel.exec.virtual.call import Call, Tools


async def diff(call: Call) -> int:
    """`diff [-urqNbwi] FILE FILE`."""
    from dockkernel.exec.virtual.shell import run_library

    if call.speech.busybox and not any(word.startswith("-") and set(word) & set("uq") for word in call.argv):
        call.argv.insert(0, "-u")
    return await run_library(call)


COMMANDS: Tools = {"diff": diff}
