"""Which command of a script the cursor is in."""

from __future__ import annotations

import re

_JOINTS = frozenset(";&|()\n`")


def command_at(text: str) -> tuple[int, str]:
    """Where the simple command begins in which `text` ends, and its text from there; quotes keep joints together.

    >>> command_at("docker image ls; docker image rm $(docker image ls -")
    (35, 'docker image ls -')
    """
    starts, quote, at = [0], "", 0
    while at < len(text):
        char = text[at]
        if char == "\\" and quote != "'":
            at += 1
        elif quote == "'":
            quote = "" if char == "'" else quote
        elif char == '"' or (char == "'" and not quote):
            quote = "" if quote else char
        elif text.startswith("$(", at):
            starts.append(at + 2)
            quote, at = "", at + 1
        elif char == ")" and len(starts) > 1 and not quote:
            starts.pop()
        elif char in _JOINTS and not quote:
            starts[-1] = at + 1
        at += 1
    start = starts[-1]
    lead = re.compile(r"(?:\s|\$ |[A-Za-z_]\w*=\S*\s)*").match(text, start)
    start = lead.end() if lead else start
    return start, text[start:]


def words_of(command: str) -> list[str]:
    """The words before and under the cursor, without their quotes; good enough to find a command's name."""
    return [word.strip("\"'") for word in command.replace("\\\n", " ").split()]
