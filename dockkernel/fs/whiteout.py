"""The names by which a layer says that something is gone (OCI image spec, layer.md "Whiteouts").

`.wh.NAME` hides NAME of the lower layers; `.wh..wh..opq` hides all that lower layers have in its directory. Other names
that start with `.wh..wh.` are metadata of old AUFS graphs, which nobody sees.
"""

from __future__ import annotations

from enum import Enum

from dockkernel.errors import IntegrityError, InvalidInput

PREFIX = ".wh."
META = ".wh..wh."
OPAQUE = ".wh..wh..opq"


class Mark(Enum):
    """What a path in a layer stands for."""

    NODE = "node"
    WHITEOUT = "whiteout"
    OPAQUE = "opaque"
    METADATA = "metadata"


def decode(path: str) -> tuple[Mark, str]:
    """What the path stands for, and the path that is meant: the hidden one, or the opaque directory.

    `IntegrityError` for a whiteout of nothing, of `.` or `..`, and for one that is used as a directory.
    """
    if PREFIX not in path:
        return Mark.NODE, path
    *above, name = path.split("/")
    for directory in above:
        if directory.startswith(META):
            return Mark.METADATA, path
        if directory.startswith(PREFIX):
            raise IntegrityError(f"invalid whiteout name: {path!r}")
    parent = "/".join(above)
    if name == OPAQUE:
        return Mark.OPAQUE, parent
    if name.startswith(META):
        return Mark.METADATA, path
    if not name.startswith(PREFIX):
        return Mark.NODE, path
    hidden = name[len(PREFIX) :]
    if hidden in ("", ".", ".."):
        raise IntegrityError(f"invalid whiteout name: {path!r}")
    return Mark.WHITEOUT, f"{parent}/{hidden}" if parent else hidden


def encode(path: str) -> str:
    """The whiteout that hides a path."""
    parent, slash, name = path.rpartition("/")
    return f"{parent}{slash}{PREFIX}{name}"


def opaque(path: str) -> str:
    """The mark that makes a directory opaque."""
    return f"{path}/{OPAQUE}" if path else OPAQUE


def check(path: str) -> None:
    """`InvalidInput` when a node at this path would be read back as a whiteout."""
    if PREFIX in path and any(name.startswith(PREFIX) for name in path.split("/")):
        raise InvalidInput(f"{path!r} cannot be put in a layer: names that start with {PREFIX} mean deleted files")
