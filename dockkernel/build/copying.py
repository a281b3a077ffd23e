"""COPY and ADD into a file system: where things land, what they replace, who owns them.

The rules are those of the Dockerfile reference and of the classic builder, which copies by unpacking a tar stream: a
new directory at the destination is plain (0755), what lies in it keeps its mode and time (whole seconds), everything
belongs to root or to `--chown`, and a changed owner takes the set-user-id bit, as on Linux.
"""

from __future__ import annotations

import errno
import os
import posixpath
import stat as bits
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from dockkernel.build.sources import Source
from dockkernel.errors import InvalidInput
from dockkernel.fs.builder import TreeBuilder
from dockkernel.fs.lookup import resolve
from dockkernel.fs.node import Content, Device, Dir, File, Link, Meta, Node, Symlink

_CAPABILITY = "security.capability"
_SECOND = 1_000_000_000

Owner = tuple[int, int]
"""User and group."""


def destination(builder: TreeBuilder, dest: str, working_dir: str) -> str:
    """The absolute path that is meant, links followed inside the root; a slash at its end is kept."""
    path = dest if dest.startswith("/") else posixpath.join("/", working_dir, dest)
    real = "/" + resolve(lambda at: _lstat(builder, at), path)
    return f"{real.rstrip('/')}/" if dest.endswith("/") else real


def copy_source(
    builder: TreeBuilder, source: Source, dest: str, owner: Owner, at_hand: Callable[[Content], Content] = lambda it: it
) -> None:
    """Copies one source to `dest`, which `destination` gave; `InvalidInput` where something is in the way.

    `at_hand` may have the content of a file in memory (`ContentDigests.at_hand`).
    """
    copied = Copied(owner, at_hand)
    if isinstance(source.node, Dir):
        with in_the_way("failed to copy directory"):
            _copy_directory(builder, source.node, dest.rstrip("/") or "/", copied)
        return
    if dest.endswith("/") or is_directory(builder, dest):
        dest = posixpath.join(dest, source.name)
    with in_the_way("failed to create new directory"):
        make_directories(builder, posixpath.dirname(dest), owner)
    with in_the_way("failed to copy file"):
        place(builder, dest, copied.node(source.node))


def make_directories(builder: TreeBuilder, path: str, owner: Owner = (0, 0)) -> None:
    """The directory with its parents; new ones are plain. `NotADirectoryError` when something else is there."""
    try:
        builder.mkdir(path, 0o755, *owner, parents=True)
    except FileExistsError as error:
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), error.filename) from error


@contextmanager
def in_the_way(what: str) -> Iterator[None]:
    """Turns the tree's errors into the builder's words: `failed to copy files: WHAT: mkdir /x: not a directory`."""
    try:
        yield
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InvalidInput(f"failed to copy files: {what}: mkdir {error.filename}: {reason}") from error


def is_directory(builder: TreeBuilder, path: str, *, follow: bool = True) -> bool:
    """Whether a directory is there; with `follow`, a link to one counts."""
    try:
        return isinstance(builder.stat(path) if follow else builder.lstat(path), Dir)
    except OSError:
        return False


def clear(builder: TreeBuilder, path: str) -> None:
    """Takes away whatever is at a path, be it a full directory."""
    if _lstat(builder, path) is not None:
        builder.rmtree(path)


def place(builder: TreeBuilder, path: str, node: Node) -> None:
    """Puts a node at a path, in place of whatever is there, be it a full directory."""
    clear(builder, path)
    builder.put(path, node)


def _copy_directory(builder: TreeBuilder, node: Dir, dest: str, copied: Copied) -> None:
    """Merges a directory's children into `dest`; only a directory over a directory keeps what is there."""
    make_directories(builder, dest, copied.owner)
    there = builder.build().get(dest)
    assert isinstance(there, Dir)
    for name, child in node.children.items():
        old = there.children.get(name)
        path = posixpath.join(dest, name)
        if isinstance(child, Dir) and isinstance(old, Dir):
            builder.put(path, copied.directory(child, old))
        else:
            place(builder, path, copied.node(child))


def set_meta(builder: TreeBuilder, path: str, meta: Meta) -> None:
    """Gives a directory that is there another mode, owner and time."""
    builder.chmod(path, meta.mode, follow=False)
    builder.chown(path, meta.uid, meta.gid, follow=False)
    builder.utime(path, meta.mtime_ns, follow=False)
    for name, value in meta.xattrs.items():
        builder.setxattr(path, name, value, follow=False)


class Copied:
    """Makes the nodes of one copy: the owner's, in hard-link groups of their own."""

    def __init__(self, owner: Owner, at_hand: Callable[[Content], Content] = lambda it: it) -> None:
        self.owner = owner
        self._at_hand = at_hand
        self._links: dict[Link, Link] = {}

    def node(self, node: Node) -> Node:
        """The node as it lands, with all below it."""
        if isinstance(node, Dir):
            return self.directory(node)
        if isinstance(node, File):
            return File(self.meta(node), self._at_hand(node.content), self._link(node.link))
        if isinstance(node, Symlink):
            return Symlink(self.meta(node), node.target)
        return Device(self.meta(node), node.kind, node.major, node.minor, self._link(node.link))

    def meta(self, node: Node) -> Meta:
        """Mode, owner, time and attributes as they land."""
        old = node.meta
        mode, xattrs = old.mode, old.xattrs
        if not isinstance(node, Dir):
            mode &= ~(bits.S_ISUID | (bits.S_ISGID if mode & bits.S_IXGRP else 0))
            if _CAPABILITY in xattrs:
                xattrs = {name: value for name, value in xattrs.items() if name != _CAPABILITY}
        return Meta(mode, *self.owner, old.mtime_ns // _SECOND * _SECOND, xattrs)

    def directory(self, top: Dir, over: Dir | None = None) -> Dir:
        """A directory with all below it, merged into `over`; without recursion, since paths may be deep."""
        stack = [_Merge("", top, over)]
        while True:
            at = stack[-1]
            name, child = next(at.todo, ("", None))
            if isinstance(child, Dir):
                below = at.children.get(name)
                stack.append(_Merge(name, child, below if isinstance(below, Dir) else None))
            elif child is not None:
                at.children[name] = self.node(child)
            else:
                made = Dir(self.meta(at.node), at.children, at.over.made if at.over else None)
                stack.pop()
                if not stack:
                    return made
                stack[-1].children[at.name] = made

    def _link(self, link: Link | None) -> Link | None:
        return None if link is None else self._links.setdefault(link, Link())


class _Merge:
    """One directory on the way: what is copied, what it is copied over, and what is done so far."""

    def __init__(self, name: str, node: Dir, over: Dir | None) -> None:
        self.name = name
        self.node = node
        self.over = over
        self.children: dict[str, Node] = dict(over.children) if over else {}
        self.todo: Iterator[tuple[str, Node]] = iter(node.children.items())


def _lstat(builder: TreeBuilder, path: str) -> Node | None:
    try:
        return builder.lstat(path)
    except OSError:
        return None
