"""The nodes of a file tree, as immutable values.

A `File` that has more than one name shares one `link` object with the others (a hard-link group): it counts once in
sizes and is written back as a hard link. Two nodes that are the same object are known to be unchanged; that is what
makes `diff` cost by the change and not by the tree.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import BinaryIO, Literal, Protocol

EMPTY: Mapping[str, bytes] = MappingProxyType({})


class Content(Protocol):
    """A file's bytes, read when asked for."""

    @property
    def size(self) -> int:
        """Bytes, holes included."""
        ...

    def open(self) -> BinaryIO:
        """A fresh stream over the bytes."""
        ...


@dataclass(frozen=True, slots=True)
class Inline:
    """Content that is held in memory; for small files."""

    data: bytes

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.data)

    def open(self) -> BinaryIO:
        """A fresh stream over the bytes."""
        return io.BytesIO(self.data)


@dataclass(frozen=True, slots=True)
class Meta:
    """What a node has beside its content: permission bits (07777), owner, time, extended attributes."""

    mode: int = 0o755
    uid: int = 0
    gid: int = 0
    mtime_ns: int = 0
    """Modification time in nanoseconds since the epoch, UTC."""
    xattrs: Mapping[str, bytes] = field(default_factory=lambda: EMPTY, hash=False)


class Link:
    """Identity of a hard-link group; names that share one object share one inode."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class File:
    """A regular file."""

    meta: Meta
    content: Content
    link: Link | None = None


@dataclass(frozen=True, slots=True)
class Symlink:
    """A symbolic link; `target` is kept as written."""

    meta: Meta
    target: str


@dataclass(frozen=True, slots=True)
class Device:
    """A character device, block device or FIFO: an entry, never opened."""

    meta: Meta
    kind: Literal["char", "block", "fifo"]
    major: int = 0
    minor: int = 0
    link: Link | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Dir:
    """A directory: names (surrogate escapes for bytes that are no UTF-8) to nodes."""

    meta: Meta
    children: Mapping[str, Node] = field(default_factory=dict)
    made: Link | None = None
    """Which `mkdir` made it; a directory that was removed and made again has another one and hides what was there."""
    merged: bool = False
    """Whether several layers have it: Linux' overlay then shows one link for it, however many directories are in it."""


Node = File | Dir | Symlink | Device


def size_of(node: Node) -> int:
    """Bytes as Docker counts them: a file's length, a symlink's target, 0 for the rest."""
    if isinstance(node, File):
        return node.content.size
    return len(node.target.encode("utf-8", "surrogateescape")) if isinstance(node, Symlink) else 0
