"""Completion of a docker command line: what may stand at the cursor, from the command table and the store's state."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dockkernel.commands.help import visible_flags
from dockkernel.commands.spec import CommandSpec, Flag
from dockkernel.commands.table import GLOBAL_FLAGS, GROUPS, HIDDEN_GROUPS, HOMES, find, group_commands

if TYPE_CHECKING:
    from dockkernel.engine.state import State

_SHORT_ID = 12
_PLAIN = re.compile(r"[\w@%+=:,./*-]*")


@dataclass(frozen=True, slots=True)
class Completion:
    """What may replace the text from `start` (an index into what was given) to the cursor."""

    start: int
    matches: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Word:
    """A word of the line: where it starts, its value without quotes, and the quote that is still open."""

    start: int
    value: str
    quote: str = ""


def complete(state: State | None, text: str) -> Completion:
    """Completions for `text`, the part of a docker command line between the word `docker` and the cursor.

    >>> complete(None, " image l").matches
    ('load', 'ls')
    """
    words = _split(text)
    last = words.pop()
    offset, candidates = _candidates(state, [word.value for word in words], last.value)
    wanted = last.value[offset:]
    matches = sorted({word for word in candidates if word.startswith(wanted)})
    if offset:
        # What stands before a value (`--format=`, `label=`) stays as it was typed.
        start = len(text) - len(wanted) if text.endswith(wanted) else len(text)
        return Completion(start, tuple(matches) if start < len(text) or not wanted else ())
    return Completion(last.start, tuple(_quoted(match, last.quote) for match in matches))


def _split(text: str) -> list[_Word]:
    """The words of a line; the last one ends at the cursor and may be empty."""
    words: list[_Word] = []
    value, start, quote, at = "", -1, "", 0
    first_quote = ""
    while at < len(text):
        char = text[at]
        if char in " \t\n" and not quote:
            if start >= 0:
                words.append(_Word(start, value))
            value, start, first_quote = "", -1, ""
        else:
            if start < 0:
                start, first_quote = at, char if char in "'\"" else ""
            if char == "\\" and quote != "'" and at + 1 < len(text):
                at += 1
                value += "" if text[at] == "\n" else text[at]
            elif char == quote:
                quote = ""
            elif char in "'\"" and not quote:
                quote = char
            else:
                value += char
        at += 1
    words.append(_Word(start if start >= 0 else len(text), value, first_quote))
    return words


def _quoted(match: str, quote: str) -> str:
    if quote:
        return quote + match + (quote if not match.endswith("=") else "")
    return match if _PLAIN.fullmatch(match) else "'" + match.replace("'", "'\\''") + "'"


def _candidates(state: State | None, words: list[str], last: str) -> tuple[int, Iterable[str]]:
    """What could stand for `last`, and how much of `last` comes before it."""
    words, waiting = _without_global_flags(words)
    if waiting:
        return _value(state, waiting, last, 0)
    if not words:
        if not last.startswith("-"):
            return 0, _top_words()
        return _flag_or_value(state, GLOBAL_FLAGS, last) or (0, _flag_names(GLOBAL_FLAGS))
    if words[0] == "help":
        words = words[1:]
        if not words:
            return 0, _top_words()
    if words[0] in GROUPS and len(words) == 1:
        return 0, [spec.name for spec in group_commands(words[0])] if not last.startswith("-") else ["--help"]
    path, rest = (tuple(words[:2]), words[2:]) if words[0] in GROUPS else ((words[0],), words[1:])
    found = find(path)
    return _in_command(state, found[0], rest, last) if found else (0, ())


def _without_global_flags(words: list[str]) -> tuple[list[str], Flag | None]:
    """The words from the command on, and the flag whose value comes next."""
    at = 0
    while at < len(words) and words[at].startswith("-"):
        flag = _flag_of(GLOBAL_FLAGS, words[at])
        takes = flag if flag and flag.takes_value and "=" not in words[at] else None
        if takes and at + 1 == len(words):
            return [], takes
        at += 2 if takes else 1
    return words[at:], None


def _flag_or_value(state: State | None, flags: Iterable[Flag], last: str) -> tuple[int, Iterable[str]] | None:
    """The values that may follow `--flag=`."""
    name, equals, value = last.partition("=")
    flag = _flag_of(flags, name)
    return _value(state, flag, value, len(name) + 1) if equals and flag else None


def _top_words() -> list[str]:
    return [*HOMES, *(name for name in GROUPS if name not in HIDDEN_GROUPS), "help"]


def _flag_of(flags: Iterable[Flag], word: str) -> Flag | None:
    """The flag that a word names; of a cluster the last one."""
    if word.startswith("--"):
        return next((flag for flag in flags if flag.name == word[2:].partition("=")[0]), None)
    return next((flag for flag in flags if flag.short and flag.short == word[-1:]), None)


def _flag_names(flags: Iterable[Flag]) -> list[str]:
    names = ["--help"]
    for flag in flags:
        names.append(f"--{flag.name}")
        if flag.short:
            names.append(f"-{flag.short}")
    return names


def _in_command(state: State | None, spec: CommandSpec, words: list[str], last: str) -> tuple[int, Iterable[str]]:
    operands = 0
    waiting: Flag | None = None
    ended = False
    for word in words:
        if waiting:
            waiting = None
        elif word == "--":
            ended = True
        elif word.startswith("-") and word != "-" and not ended:
            flag = _flag_of(spec.flags, word)
            waiting = flag if flag and flag.takes_value and "=" not in word else None
        else:
            operands += 1
            ended = ended or not spec.interspersed
    if waiting:
        return _value(state, waiting, last, 0)
    if last.startswith("-") and not ended:
        if found := _flag_or_value(state, spec.flags, last):
            return found
        known = [*visible_flags(spec.flags), *(f for f in spec.flags if f.hidden and not f.alias_of)]
        return 0, _flag_names(known)
    places = [*spec.operands[:-1], *[spec.operands[-1]] * 1000] if spec.maximum is None else list(spec.operands)
    return (0, _names(state, places[operands].source, last)) if operands < len(places) else (0, ())


def _value(state: State | None, flag: Flag, typed: str, before: int) -> tuple[int, Iterable[str]]:
    if flag.kind == "filter":
        key, equals, value = typed.partition("=")
        if not equals:
            return before, flag.choices
        fixed = [choice.partition("=")[2] for choice in flag.choices if choice.startswith(f"{key}=")]
        known = _FILTER_VALUES.get(key)
        return before + len(key) + 1, [*filter(None, fixed), *(known(state, value) if state and known else ())]
    return before, [*flag.choices, *_names(state, flag.source, typed)]


def _names(state: State | None, source: str, typed: str) -> Iterable[str]:
    """The names of that kind of object; ids only for who begins to type one, or where there is no name."""
    if source == "search":
        return _catalog_names()
    if state is None:
        return ()
    if source == "image":
        return _image_names(state, typed)
    if source == "container":
        return _container_names(state, typed)
    if source == "object":
        return [*_image_names(state, typed), *_container_names(state, typed)]
    if source == "volume":
        return list(state.volumes)
    if source == "network":
        return ["bridge", "host", "none", *state.networks]
    return ["default"] if source == "context" else ()


def _image_names(state: State, typed: str) -> list[str]:
    from dockkernel.oci.reference import Reference

    named = [Reference.parse(name) for name in state.tags]
    names = [reference.familiar() for reference in named]
    names += [reference.familiar_name for reference in named if reference.tag == "latest"]
    if "@" in typed:
        names += [Reference.parse(name).familiar() for name in state.digests]
    tagged = set(state.tags.values())
    for image_id in state.images:
        if typed.startswith("sha256:"):
            names.append(image_id)
        elif typed or image_id not in tagged:
            names.append(image_id.removeprefix("sha256:")[:_SHORT_ID])
    return names


def _container_names(state: State, typed: str) -> list[str]:
    names = [record.name for record in state.containers.values()]
    return names + [container_id[:_SHORT_ID] for container_id in state.containers] if typed else names


def _catalog_names() -> list[str]:
    from dockkernel.errors import DockError
    from dockkernel.registry.lock import lock

    try:
        repositories = lock().repositories.items()
    except DockError:
        return []
    tags = [f"{name}:{tag}" for name, found in repositories for family in found.families for tag in family.tags]
    return [*tags, *(name for name, found in repositories if found.families)]


def _labels(state: State, typed: str) -> list[str]:
    pairs = {(key, value) for record in state.images.values() for key, value in record.labels.items()}
    return [*(key for key, _ in pairs), *(f"{key}={value}" for key, value in pairs)]


_FILTER_VALUES: dict[str, Callable[[State, str], Iterable[str]]] = {
    "ancestor": _image_names,
    "before": _image_names,
    "since": _image_names,
    "reference": _image_names,
    "label": _labels,
    "label!": _labels,
    "name": _container_names,
    "id": lambda state, typed: [container_id[:_SHORT_ID] for container_id in state.containers],
}
