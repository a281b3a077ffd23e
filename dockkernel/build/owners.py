"""`--chown=USER[:GROUP]`: names are looked up in the image's own passwd and group files."""

from __future__ import annotations

import re

from dockkernel.errors import InvalidInput
from dockkernel.fs.builder import TreeBuilder

_NUMBER = re.compile(r"[+-]?[0-9]+")


def find_owner(builder: TreeBuilder, text: str) -> tuple[int, int]:
    """User and group as numbers; a user alone is the group's name as well. `InvalidInput` when a name is not there."""
    parts = text.split(":")
    if len(parts) > 2:
        raise InvalidInput(f"invalid chown string format: {text}")
    user, group = parts[0], parts[-1]
    try:
        return _look_up(builder, user, "uid", "user", "/etc/passwd"), _look_up(
            builder, group, "gid", "group", "/etc/group"
        )
    except InvalidInput as error:
        raise InvalidInput(f"unable to convert uid/gid chown string to host mapping: {error.message}") from None


def _look_up(builder: TreeBuilder, name: str, number: str, kind: str, path: str) -> int:
    if _NUMBER.fullmatch(name):
        return int(name)
    try:
        text = builder.read(path).decode("utf-8", "surrogateescape")
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InvalidInput(f"can't find {number} for {kind} {name}: open {path}: {reason}") from error
    for line in text.splitlines():
        fields = line.split(":")
        if len(fields) > 2 and fields[0] == name and fields[2].isdigit():
            return int(fields[2])
    raise InvalidInput(f"can't find {number} for {kind} {name}: no such {kind}: {name}")
