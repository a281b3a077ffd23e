"""The arguments of an instruction by its shape: a JSON list, words, name=value pairs, or one text."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from dockkernel.dockerfile.gotext import BLANKS, readable
from dockkernel.dockerfile.source import WordError
from dockkernel.dockerfile.splitting import BLANK_RUN
from dockkernel.errors import ParseError
from dockkernel.oci.quoting import go_quote

_NOT_STRINGS = "when using JSON array syntax, arrays must be comprised of strings only"


@dataclass(frozen=True, slots=True)
class KeyValue:
    """A name and its value as written; `legacy` is the form without `=`."""

    key: str
    value: str
    legacy: bool = False


@dataclass(frozen=True, slots=True)
class Heredoc:
    """A here-document: its name, its body (tabs still in place), and what its declaration asks for."""

    name: str
    expand: bool = True
    strip_tabs: bool = False
    descriptor: int = 0
    body: str = ""


@dataclass(frozen=True, slots=True)
class Arguments:
    """What follows keyword and flags: words, in JSON form or not, or pairs (of ENV and LABEL)."""

    words: tuple[str, ...] = ()
    json: bool = False
    pairs: tuple[KeyValue, ...] = ()


_NONE = Arguments()


def parse_arguments(keyword: str, text: str, escape: str) -> Arguments:
    """Give the arguments of an instruction, whose text has no blanks around it.

    Raises ParseError: in the daemon's words, without a place.
    """
    if not text:
        return _NONE
    match keyword.lower():
        case "run" | "cmd" | "entrypoint" | "shell":
            return _json(text) or Arguments((text,))
        case "copy" | "add" | "volume":
            return _json(text) or Arguments(tuple(BLANK_RUN.split(text)))
        case "from" | "expose":
            return Arguments(tuple(BLANK_RUN.split(text)))
        case "env" | "label":
            return Arguments(pairs=_pairs(text, keyword.upper(), escape))
        case "arg":
            return Arguments(tuple(split_words(text, escape)))
        case "healthcheck":
            return _healthcheck(text)
        case "maintainer" | "stopsignal" | "user" | "workdir":
            return Arguments((text,))
        case _:
            return _NONE


def _json(text: str) -> Arguments | None:
    """Give the strings of a JSON list, or None when the text is none (then it is read in its other form).

    What follows the list is not looked at.
    """
    if not text.startswith("["):
        return None
    try:
        value, _ = _DECODER.raw_decode(text)
    except RecursionError:
        raise ParseError(_NOT_STRINGS) from None
    except ValueError:
        return None
    if not all(isinstance(word, str) for word in value):
        raise ParseError(_NOT_STRINGS)
    return Arguments(tuple(readable(word) for word in value), json=True)


def _no_number(text: str) -> object:
    raise ValueError(text)


_DECODER = json.JSONDecoder(parse_int=lambda _: 0, parse_float=lambda _: 0.0, parse_constant=_no_number)


def _healthcheck(text: str) -> Arguments:
    """Give the type (CMD, NONE) as first word and its command in either form."""
    size = next((index for index, char in enumerate(text) if char in BLANKS), len(text))
    kind, rest = text[:size], text[size:].lstrip(BLANKS)
    if not rest:
        return Arguments((kind,))
    command = _json(rest) or Arguments((rest,))
    return Arguments((kind, *command.words), command.json)


def _pairs(text: str, keyword: str, escape: str) -> tuple[KeyValue, ...]:
    words = split_words(text, escape)
    if not words:
        return ()
    if "=" not in words[0]:
        parts = BLANK_RUN.split(text, maxsplit=1)
        if len(parts) < 2:
            raise ParseError(f"{keyword} must have two arguments")
        return (KeyValue(parts[0], parts[1], legacy=True),)
    pairs: list[KeyValue] = []
    for word in words:
        key, equals, value = word.partition("=")
        if not equals:
            raise WordError(f"Syntax error - can't find = in {go_quote(word)}. Must be of the form: name=value", word)
        pairs.append(KeyValue(key, value))
    return tuple(pairs)


def split_words(text: str, escape: str) -> list[str]:
    """Give the words of a text, split at blanks outside quotes; quotes and escapes stay for later."""
    if escape not in text and "'" not in text and '"' not in text:
        return [word for word in re.split(f"[{BLANKS}]+", text) if word]
    words: list[str] = []
    word: list[str] = []
    quote_mark = ""
    seen = False
    position = 0
    while position < len(text):
        char = text[position]
        position += 1
        if not quote_mark and char in BLANKS:
            if seen:
                words.append("".join(word))
            word, seen = [], False
            continue
        if char == escape and quote_mark != "'":
            if position == len(text):
                break
            word += (char, text[position])
            position += 1
            seen = True
            continue
        if char == quote_mark:
            quote_mark = ""
        elif not quote_mark and char in "'\"":
            quote_mark = char
        word.append(char)
        seen = True
    if seen:
        words.append("".join(word))
    return words
