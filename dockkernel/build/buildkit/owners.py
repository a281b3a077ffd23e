"""`--chown=USER[:GROUP]` as BuildKit reads it: numbers as they are, names from the base's own passwd and group files.

A user's name brings the group that passwd says, a user's number the group of that number. A name that is not there is
root: BuildKit says nothing about it.
"""

from __future__ import annotations

import re

from dockkernel.errors import InvalidInput
from dockkernel.fs.lookup import resolve
from dockkernel.fs.node import File
from dockkernel.fs.tree import Tree

Owner = tuple[int, int]
"""User and group."""

_NUMBER = re.compile(r"[+-]?[0-9]+")
_LARGEST = (1 << 31) - 1
_FILE_LIMIT = 10 << 20


def find_owner(text: str, base: Tree | None) -> Owner:
    """User and group as numbers. Without a base (scratch, `--link`) a name is `InvalidInput`."""
    user, _, group = text.partition(":")
    owner = _by_number(user)
    found = (owner, owner) if owner is not None else _user(user, base)
    if ":" not in text:
        return found
    number = _by_number(group)
    return found[0], number if number is not None else _group(group, base, found[1])


def has_names(text: str) -> bool:
    """Whether a base is needed to know the owner."""
    return any(_by_number(part) is None for part in text.split(":", 1))


def _by_number(text: str) -> int | None:
    if text in ("", "root"):
        return 0
    if not _NUMBER.fullmatch(text) or abs(int(text)) > _LARGEST:
        return None
    return int(text) & 0xFFFFFFFF


def _user(name: str, base: Tree | None) -> Owner:
    for fields in _lines(base, "etc/passwd"):
        if fields[0] == name:
            return _integer(fields[2]), _integer(fields[3])
    return 0, 0


def _group(name: str, base: Tree | None, otherwise: int) -> int:
    for fields in _lines(base, "etc/group"):
        if fields[0] == name:
            return _integer(fields[2])
    return otherwise


def _integer(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0


def _lines(base: Tree | None, path: str) -> list[list[str]]:
    if base is None:
        raise InvalidInput("invalid user index: -1")
    try:
        node = base.get(resolve(base, path))
    except OSError:
        return []
    if node is None:
        return []
    if not isinstance(node, File):
        raise InvalidInput(f"/{path} is not a regular file")
    if node.content.size > _FILE_LIMIT:
        raise InvalidInput(f'"/{path}" exceeds {_FILE_LIMIT} bytes')
    with node.content.open() as source:
        text = source.read().decode("utf-8", "surrogateescape")
    return [[*line.split(":"), "", "", ""] for line in text.splitlines()]
