"""Finding entries of a tree that is being edited, and opening the way to one that is going to change.

`TreeBuilder` has the verbs; here is what they all need: the walk along a path, copying up, names that come and go.
"""

from __future__ import annotations

import errno
import stat as bits
from collections.abc import Callable, Mapping

from dockkernel.fs.inode import Entry, Inode, OpenDir, fail, freeze
from dockkernel.fs.lookup import MAX_LINKS
from dockkernel.fs.node import Device, Dir, File, Meta, Symlink
from dockkernel.fs.tree import Tree, split

NAME_MAX = 255
"""Bytes of one name, as Linux has it."""
PATH_MAX = 4096
"""Characters of a path, the final NUL counted, as Linux has it."""


class OpenTree:
    """A tree of which some directories are open for editing."""

    def __init__(self, tree: Tree, now_ns: Callable[[], int]) -> None:
        self._now = now_ns
        self._root: Dir | OpenDir = tree.root
        self._age = 0

    def build(self) -> Tree:
        """The tree as it is now; the builder can go on, and what it does later is not seen in this tree."""
        return Tree(freeze(self._root, self._age) if isinstance(self._root, OpenDir) else self._root)

    def _find(self, path: str, follow: bool) -> Entry:
        entry = self._walk(path, follow)[1]
        return entry if entry is not None else fail(errno.ENOENT, path)

    def _free(self, path: str) -> list[str]:
        """The real names of a path at which nothing is."""
        names, entry = self._walk(path, False)
        return names if entry is None else fail(errno.EEXIST, path)

    def _children(self, entry: Entry, path: str) -> Mapping[str, Entry]:
        return entry.children if isinstance(entry, (Dir, OpenDir)) else fail(errno.ENOTDIR, path)

    def _walk(self, path: str, follow: bool) -> tuple[list[str], Entry | None]:
        """The real names from the root and what is there; None when only the last name does not exist."""
        if len(path) >= PATH_MAX:
            fail(errno.ENAMETOOLONG, path)
        todo = split(path)[::-1]
        at: list[Dir | OpenDir] = [self._root]
        names: list[str] = []
        links = 0
        while todo:
            name = todo.pop()
            if name == "..":
                if names:
                    names.pop()
                    at.pop()
                continue
            entry = at[-1].children.get(name)
            if isinstance(entry, (Dir, OpenDir)):
                names.append(name)
                at.append(entry)
            elif isinstance(entry, Symlink) and (todo or follow):
                links += 1
                if links > MAX_LINKS:
                    fail(errno.ELOOP, path)
                todo += split(entry.target)[::-1]
                if entry.target.startswith("/"):
                    del names[:], at[1:]
            elif todo:
                fail(errno.ENOENT if entry is None else errno.ENOTDIR, path)
            elif entry is not None and path.endswith("/"):
                fail(errno.ENOTDIR, path)
            else:
                return [*names, name], entry
        return names, at[-1]

    def _open_dir(self, names: list[str]) -> OpenDir:
        """The directory, it and those above it copied up."""
        at = self._root if isinstance(self._root, OpenDir) else OpenDir.of(self._root)
        self._root = at
        at.touched = True
        for name in names:
            child = at.children[name]
            if isinstance(child, Dir):
                child = at.children[name] = OpenDir.of(child)
            assert isinstance(child, OpenDir)
            at = child
            at.touched = True
        return at

    def _inode(self, names: list[str], entry: Entry) -> Inode:
        """The file or device, copied up and about to change."""
        parent = self._open_dir(names[:-1])
        if isinstance(entry, Inode):
            self._touch(entry)
            return entry
        assert isinstance(entry, (File, Device))
        inode = parent.children[names[-1]] = Inode.copied(entry)
        return inode

    def _regular(self, path: str, names: list[str], entry: Entry) -> Inode:
        """The regular file to be written."""
        if isinstance(entry, (Dir, OpenDir)):
            fail(errno.EISDIR, path)
        if isinstance(entry, Device) or (isinstance(entry, Inode) and entry.what is not None):
            fail(errno.ENXIO, path)
        return self._inode(names, entry)

    def _touch(self, inode: Inode) -> None:
        inode.frozen = None
        if inode.names > 1:
            self._age += 1

    def _group(self, names: list[str]) -> int | None:
        """The group that a new node takes from a set-group-id directory."""
        at: Entry = self._root
        for name in names[:-1]:
            assert isinstance(at, (Dir, OpenDir))
            at = at.children[name]
        assert isinstance(at, (Dir, OpenDir))
        return at.meta.gid if at.meta.mode & bits.S_ISGID else None

    def _owned(self, names: list[str], mode: int, uid: int, gid: int) -> Meta:
        group = self._group(names)
        return Meta(mode & 0o7777, uid, gid if group is None else group, self._now())

    def _add(self, path: str, names: list[str], entry: Entry) -> None:
        name = names[-1]
        try:
            length = len(name.encode("utf-8", "surrogateescape"))
        except UnicodeEncodeError:
            fail(errno.EILSEQ, path)
        if length > NAME_MAX or "\0" in name:
            fail(errno.ENAMETOOLONG if length > NAME_MAX else errno.EINVAL, path)
        parent = self._open_dir(names[:-1])
        parent.children[name] = entry
        parent.meta = at_time(parent.meta, self._now())

    def _take(self, names: list[str], entry: Entry, gone: bool = True) -> None:
        parent = self._open_dir(names[:-1])
        del parent.children[names[-1]]
        parent.meta = at_time(parent.meta, self._now())
        if gone:
            self._forget(entry)

    def _forget(self, entry: Entry) -> None:
        """One name less for every inode at and below the entry."""
        stack = [entry]
        while stack:
            one = stack.pop()
            if isinstance(one, OpenDir):
                stack += one.children.values()
            elif isinstance(one, Inode):
                one.names -= 1


def at_time(meta: Meta, mtime_ns: int) -> Meta:
    """The meta with another modification time."""
    return Meta(meta.mode, meta.uid, meta.gid, mtime_ns, meta.xattrs)
