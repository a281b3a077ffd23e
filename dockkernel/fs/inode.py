"""The mutable half of a `TreeBuilder`: directories and inodes that an edit has touched.

Everything untouched stays an immutable node; `freeze` turns the touched ones back. An inode with several names is one
object here and becomes one node.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import NoReturn

from dockkernel.fs.content import Joined
from dockkernel.fs.node import Content, Device, Dir, File, Inline, Link, Meta, Node


def fail(code: int, path: str) -> NoReturn:
    """Raises the `OSError` of this errno."""
    raise OSError(code, os.strerror(code), path)


class Inode:
    """A file or device being edited; `names` counts the names this builder knows for it."""

    __slots__ = ("content", "frozen", "link", "meta", "names", "tail", "what")

    def __init__(self, meta: Meta, content: Content | None, what: Device | None = None) -> None:
        self.meta = meta
        self.content = content
        self.what = what
        self.tail = bytearray()
        self.names = 1
        self.link: Link | None = None
        self.frozen: File | Device | None = None

    @staticmethod
    def copied(node: File | Device) -> Inode:
        """The node copied up: out of its hard-link group."""
        return Inode(node.meta, node.content, None) if isinstance(node, File) else Inode(node.meta, None, node)

    def freeze(self) -> File | Device:
        """The node; the same one until the inode changes."""
        if self.frozen is None:
            if self.names > 1 and self.link is None:
                self.link = Link()
            if self.what is not None:
                self.frozen = Device(self.meta, self.what.kind, self.what.major, self.what.minor, self.link)
            else:
                self.frozen = File(self.meta, self._whole(), self.link)
        return self.frozen

    def _whole(self) -> Content:
        """The content with what was appended."""
        assert self.content is not None
        if self.tail:
            tail = Inline(bytes(self.tail))
            if isinstance(self.content, Inline):
                self.content = Inline(self.content.data + tail.data)
            else:
                self.content = Joined((self.content, tail), self.content.size + tail.size)
            self.tail.clear()
        return self.content


class OpenDir:
    """A directory being edited."""

    __slots__ = ("age", "children", "frozen", "made", "merged", "meta", "touched")

    def __init__(self, meta: Meta, children: dict[str, Entry], made: Link | None, *, merged: bool = False) -> None:
        self.meta = meta
        self.children = children
        self.made = made
        self.merged = merged
        self.touched = True
        self.frozen: Dir | None = None
        self.age = 0

    @staticmethod
    def of(node: Dir) -> OpenDir:
        """The directory copied up."""
        return OpenDir(node.meta, dict(node.children), node.made, merged=True)

    def is_frozen(self, age: int) -> bool:
        """Whether `frozen` says what is here now."""
        return not self.touched and self.age == age

    def freeze(self, age: int) -> None:
        """Sets `frozen`; the open directories in it are frozen already."""
        children = {name: _frozen(child) for name, child in self.children.items()}
        old = self.frozen.children if self.frozen is not None else {}
        if self.touched or any(old.get(name) is not child for name, child in children.items()):
            self.frozen = Dir(self.meta, children, self.made, self.merged)
        self.touched, self.age = False, age


Entry = Node | Inode | OpenDir


def freeze(top: OpenDir, age: int) -> Dir:
    """The directory and all below it as immutable nodes; what did not change since the last time is the same node.

    `age` grows when an inode with several names changes: the directories of its other names do not know of it, so
    every open directory is looked at again.
    """
    stack = [top]
    while stack:
        at = stack[-1]
        waiting = [child for child in at.children.values() if isinstance(child, OpenDir) and not child.is_frozen(age)]
        if waiting and not at.is_frozen(age):
            stack += waiting
            continue
        stack.pop()
        if not at.is_frozen(age):
            at.freeze(age)
    assert top.frozen is not None
    return top.frozen


def _frozen(child: Entry) -> Node:
    if isinstance(child, Inode):
        return child.freeze()
    if isinstance(child, OpenDir):
        assert child.frozen is not None
        return child.frozen
    return child


def view(entry: Entry) -> Node:
    """The entry as a node to look at; an open directory's children follow later edits."""
    if isinstance(entry, Inode):
        return entry.freeze()
    if isinstance(entry, OpenDir):
        return Dir(entry.meta, DirView(entry), entry.made, entry.merged)
    return entry


class DirView(Mapping[str, Node]):
    """The children of an open directory, read only."""

    __slots__ = ("opened",)

    def __init__(self, opened: OpenDir) -> None:
        self.opened = opened

    def __getitem__(self, name: str) -> Node:
        return view(self.opened.children[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self.opened.children)

    def __len__(self) -> int:
        return len(self.opened.children)
