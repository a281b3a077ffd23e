"""diff: the library's, with two corrections."""

from __future__ import annotations

import re
from dataclasses import replace

from dockkernel.exec.virtual.call import Call, Gathered, Tools

_ONE_LINE = re.compile(rb"^@@ -(\d+(?:,\d+)?) \+(\d+(?:,\d+)?) @@", re.MULTILINE)


async def diff(call: Call) -> int:
    """`diff [-urqNbwi] FILE FILE`; busybox's always gives the unified form."""
    from dockkernel.exec.virtual.shell import run_library

    argv = list(call.argv)
    if call.speech.busybox and not any(word.startswith("-") and set(word) & set("uq") for word in argv):
        argv.insert(0, "-u")
    made = Gathered()
    code = await run_library(replace(call, argv=argv, stdout=made))
    await call.stdout.write(_ONE_LINE.sub(_ranges, bytes(made.data)))
    return code


def _ranges(found: re.Match[bytes]) -> bytes:
    """A range of one line is written without its length."""
    return b"@@ -%s +%s @@" % (found[1].removesuffix(b",1"), found[2].removesuffix(b",1"))


COMMANDS: Tools = {"diff": diff}
