"""An instruction's text in its keyword, its flags and the rest."""

from __future__ import annotations

import re

from dockkernel.dockerfile.gotext import BLANKS

BLANK_RUN = re.compile(r"[\t\v\f\r ]+")
"""What separates the words of a list."""

_PLAIN_FLAG = re.compile(r"--[^\s'\"\\]+(?=[ \t]|$)", re.ASCII)


def split_command(text: str) -> tuple[str, tuple[str, ...], str]:
    """Give the keyword, the flags (`--name=value`, quotes taken away) and the rest without blanks around it."""
    keyword, *rest = BLANK_RUN.split(text.strip(BLANKS), maxsplit=1)
    if not rest:
        return keyword, (), ""
    if not rest[0].lstrip(BLANKS).startswith("--"):
        return keyword, (), rest[0].strip(BLANKS)
    flags, arguments = _split_flags(rest[0])
    return keyword, tuple(flags), arguments.strip(BLANKS)


def _split_flags(text: str) -> tuple[list[str], str]:
    """Give the words at the start that begin with two dashes, and what follows them; a bare `--` ends them."""
    flags: list[str] = []
    position = 0
    while position < len(text):
        if text[position] in BLANKS:
            position += 1
            continue
        if not text.startswith("--", position):
            return flags, text[position:]
        word, quoted, position = _flag_word(text, position)
        if word == "--":
            return flags, text[position:]
        if quoted or word:
            flags.append(word)
    return flags, ""


def _flag_word(text: str, position: int) -> tuple[str, bool, int]:
    """Give the word that begins here, whether it had quotes, and where it ends; a backslash escapes."""
    plain = _PLAIN_FLAG.match(text, position)
    if plain is not None:
        return plain.group(), False, plain.end()
    word: list[str] = []
    quote = ""
    quoted = False
    while position < len(text):
        char = text[position]
        if not quote and char in BLANKS:
            break
        position += 1
        if char == quote:
            quote = ""
        elif not quote and char in "'\"":
            quote, quoted = char, True
        elif char == "\\":
            word.append(text[position : position + 1])
            quote = quote if position < len(text) else ""
            position += 1
        else:
            word.append(char)
    return "".join(word), quoted, min(position, len(text))
