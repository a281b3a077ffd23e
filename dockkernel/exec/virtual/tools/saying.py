"""echo: a text and nothing else."""

from __future__ import annotations

import os
import re

from dockkernel.exec.virtual.call import Call, Tools


async def echo(call: Call) -> int:
    """`echo [-neE] [WORD]`."""
    argv = list(call.argv)
    newline, escapes = True, call.speech.shell == "dash"
    while argv and re.fullmatch("-[neE]+", argv[0]) and (call.speech.shell != "dash" or argv[0] == "-n"):
        flags = argv.pop(0)
        newline = newline and "n" not in flags
        escapes = flags.rfind("e") > flags.rfind("E") if set(flags) & set("eE") else escapes
    text = " ".join(argv)
    if escapes:
        text, newline = unescape(text, newline)
    call.out(text + ("\n" if newline else ""))
    return 0


_ESCAPES = {"a": "\a", "b": "\b", "e": "\x1b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\"}


_ESCAPE = re.compile(r"\\(?:0([0-7]{0,3})|x([0-9a-fA-F]{1,2})|(.))", re.DOTALL)


def unescape(text: str, newline: bool) -> tuple[str, bool]:
    r"""The text with backslash escapes done; `\c` ends it and the newline."""
    cut = re.search(r"(?<!\\)(?:\\\\)*\\c", text)
    if cut:
        text, newline = text[: cut.end() - 2], False

    def value(found: re.Match[str]) -> str:
        if found[1] is not None or found[2] is not None:
            code = int(found[1] or "0", 8) & 255 if found[1] is not None else int(found[2], 16)
            return os.fsdecode(bytes([code])) if code > 127 else chr(code)
        return _ESCAPES.get(found[3], "\\" + found[3])

    return _ESCAPE.sub(value, text), newline


COMMANDS: Tools = {"echo": echo}
