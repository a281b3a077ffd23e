"""COPY and ADD on a file system: where things land, what they replace, what they look like there.

The rules are BuildKit's, which copies as `cp -a` would: owner, mode, time in nanoseconds, attributes and hard links of
the source stay unless `--chown` or `--chmod` say otherwise (files of a context belong to root already). The directory
that files are copied into is made plain (0755, or the octal `--chmod`) where there is none; one that is there keeps its
mode and owner, and takes the source's time. Directories below it are merged and take the source's mode, owner and time.
A file replaces a file or link; a directory and another node never replace each other.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from dataclasses import replace

from dockkernel.build.archives import PROCESSING, is_archive
from dockkernel.build.buildkit.landing import Landing, Looks, make_directories, replace_directory
from dockkernel.build.buildkit.modes import parse_mode
from dockkernel.build.buildkit.ops import CopyOp
from dockkernel.build.buildkit.owners import find_owner
from dockkernel.build.buildkit.selecting import Request, follow, matches, requests, select
from dockkernel.build.unpack import Spool, plain_archive, unpack_all
from dockkernel.errors import InvalidInput
from dockkernel.fs.builder import TreeBuilder
from dockkernel.fs.lookup import resolve
from dockkernel.fs.node import Content, Dir, File, Inline, Meta, Node
from dockkernel.fs.pause import collector_paused
from dockkernel.fs.tree import Tree

_PLAIN = 0o755


def copy(
    builder: TreeBuilder,
    op: CopyOp,
    source: Tree | None,
    spool: Spool,
    now_ns: Callable[[], int],
    *,
    follow_owner_from: Tree | None,
    at_hand: Callable[[Content], Content] = lambda content: content,
) -> None:
    """Does the operation on the builder's tree; `InvalidInput` in BuildKit's words when it cannot be done.

    Names of `--chown` are looked up in `follow_owner_from`: the base, None for scratch. With a link (`CopyOp.link`) the
    builder begins with an empty tree and no name can be looked up, as in BuildKit. `at_hand` may have the content of a
    file in memory (`ContentDigests.at_hand`).
    """
    mode = parse_mode(op.chmod) if op.chmod else None
    owner = find_owner(op.chown, None if op.link else follow_owner_from) if op.chown else None
    work = _Copying(builder, op, Looks(mode, owner, now_ns, at_hand), spool)
    try:
        with collector_paused():
            for request in requests(op):
                work.copy(source or Tree.empty(), request)
            for file in op.files:
                data = file.body.encode("utf-8", "surrogateescape")
                work.place(File(Meta(0o644, mtime_ns=now_ns()), Inline(data)), posixpath.basename(file.name))
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InvalidInput(f"open {error.filename}: {reason}") from error


class _Copying:
    """One operation under way."""

    def __init__(self, builder: TreeBuilder, op: CopyOp, looks: Looks, spool: Spool) -> None:
        self._builder = builder
        self._op = op
        self._looks = looks
        self._spool = spool
        octal = looks.mode.octal if looks.mode is not None else None
        self._made_mode = _PLAIN if octal is None else octal & 0o777

    def copy(self, source: Tree, request: Request) -> None:
        """One source: a file, what is in a directory, or everything that a pattern finds."""
        base, paths = "", [request.path]
        if request.has_wildcards:
            base, paths = matches(source, request.path)
            _there(source, base)
        for path in paths:
            node = _there(source, follow(source, posixpath.join(base, path)))
            if self._op.unpack and isinstance(node, File) and is_archive(node.content):
                self._unpack(node)
            elif isinstance(node, Dir):
                self._directory(node, request)
            else:
                self.place(node, posixpath.basename(path))

    def place(self, node: Node, name: str) -> None:
        """A node that is no directory: under its name in the destination where that is a directory, else as it."""
        dest = self._destination()
        if isinstance(self._lstat(dest), Dir):
            dest = posixpath.join(dest, name)
        self._make(posixpath.dirname(dest))
        old = self._lstat(dest)
        if isinstance(old, Dir):
            raise InvalidInput(f"cannot replace to directory {dest} with file")
        self._builder.put(dest, Landing(self._looks).node(node, old))

    def _directory(self, node: Dir, request: Request) -> None:
        """What is in a directory, into the destination."""
        dest = self._destination()
        there = self._lstat(dest)
        if there is not None and not isinstance(there, Dir):
            raise InvalidInput(f"cannot copy to non-directory: {dest}")
        self._make(dest)
        into = self._opened(dest)
        selection = select(node, request.filter)
        merged = Landing(self._looks).merge(selection, into, dest)
        old = into.meta
        meta = Meta(old.mode, old.uid, old.gid, node.meta.mtime_ns, old.xattrs)
        replace_directory(self._builder, dest, Dir(meta, merged, into.made, into.merged))

    def _unpack(self, archive: File) -> None:
        """What is in an archive, into the destination. Its own modes hold, `--chmod` does not."""
        dest = self._resolved(self._op.dest)
        make_directories(self._builder, dest, _PLAIN, self._looks.owner)
        into = self._opened(dest)
        below = TreeBuilder(Tree(into), self._looks.now_ns)
        try:
            unpack_all(below, plain_archive(archive.content, self._spool), self._looks.owner)
        except InvalidInput as error:
            raise InvalidInput(error.message.removeprefix(PROCESSING)) from error
        replace_directory(self._builder, dest, replace(below.build().root, merged=into.merged))

    def _opened(self, path: str) -> Dir:
        """The directory at a real path, copied up."""
        self._builder.utime(path, self._builder.lstat(path).meta.mtime_ns)
        found = self._builder.build().get(path)
        assert isinstance(found, Dir)
        return found

    def _destination(self) -> str:
        """The real path of the destination; what it lies in, or it itself where it ends in a slash, is made."""
        dest = self._op.dest
        self._make(self._resolved(dest if dest.endswith(("/", "/.")) else posixpath.dirname(dest)))
        return self._resolved(dest)

    def _resolved(self, path: str) -> str:
        try:
            return "/" + resolve(self._lstat, path)
        except OSError as error:
            raise InvalidInput("too many links") from error

    def _make(self, path: str) -> None:
        make_directories(self._builder, path, self._made_mode, self._looks.owner)

    def _lstat(self, path: str) -> Node | None:
        try:
            return self._builder.lstat(path)
        except OSError:
            return None


def _there(source: Tree, path: str) -> Node:
    """The node at a real path of the source, which has to be there."""
    node = source.get(path)
    if node is None:
        raise InvalidInput(f"lstat /{path}: no such file or directory")
    return node
