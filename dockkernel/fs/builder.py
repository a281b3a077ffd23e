"""Many edits to a tree at once, with the meaning that POSIX and overlayfs give them.

A `TreeBuilder` is the only mutable view of a tree. What an edit touches is copied up: any write, chmod, chown or utime
makes a new node, even when it changes nothing, and a file copied up leaves its old hard-link group, as on overlayfs;
links made by this builder stay one inode. Untouched subtrees are in `build()` the very same objects.
"""

from __future__ import annotations

import errno
import stat as bits
from collections.abc import Callable, Mapping
from typing import BinaryIO, Literal

from dockkernel.fs.content import Joined
from dockkernel.fs.inode import DirView, Entry, Inode, OpenDir, fail, freeze, view
from dockkernel.fs.node import Content, Device, Dir, File, Inline, Link, Meta, Node, Symlink
from dockkernel.fs.opentree import OpenTree, at_time
from dockkernel.fs.tree import sorted_names, split

_CAPABILITY = "security.capability"
_TAIL_LIMIT = 1 << 20


class TreeBuilder(OpenTree):
    """A tree being edited. Paths are absolute or relative to the root; `OSError` with the kernel's errno on failure.

    No permission is checked: the user is root. Times of changes come from `now_ns` (nanoseconds since the epoch, UTC).
    """

    # Looking.

    def lstat(self, path: str) -> Node:
        """The node itself, be it a symbolic link. A directory's `children` may change with later edits."""
        return view(self._find(path, path.endswith("/")))

    def stat(self, path: str) -> Node:
        """The node behind all symbolic links."""
        return view(self._find(path, True))

    def exists(self, path: str) -> bool:
        """Whether `stat` would find something."""
        try:
            return self._walk(path, True)[1] is not None
        except OSError:
            return False

    def realpath(self, path: str) -> str:
        """The absolute path without links; the last name need not exist."""
        return "/" + "/".join(self._walk(path, True)[0])

    def listdir(self, path: str) -> list[str]:
        """Names in byte order."""
        return sorted_names(self._children(self._find(path, True), path))

    def readlink(self, path: str) -> str:
        """The link's target as written."""
        entry = self._find(path, False)
        return entry.target if isinstance(entry, Symlink) else fail(errno.EINVAL, path)

    def open(self, path: str) -> BinaryIO:
        """A stream over the file's present bytes."""
        node = self.stat(path)
        if isinstance(node, File):
            return node.content.open()
        return fail(errno.EISDIR if isinstance(node, Dir) else errno.ENXIO, path)

    def read(self, path: str) -> bytes:
        """The file's bytes."""
        with self.open(path) as source:
            return source.read()

    # Making.

    def write(self, path: str, data: bytes | Content, mode: int = 0o644, uid: int = 0, gid: int = 0) -> None:
        """The file's whole content. A new file gets the mode and owner; one that is there keeps them and its names.

        Follows a link at the end. In a set-group-id directory a new file takes the directory's group, as on Linux.
        """
        content = Inline(bytes(data)) if isinstance(data, (bytes, bytearray, memoryview)) else data
        names, entry = self._walk(path, True)
        if entry is None:
            if path.endswith("/"):
                fail(errno.EISDIR, path)
            self._add(path, names, Inode(self._owned(names, mode, uid, gid), content))
            return
        inode = self._regular(path, names, entry)
        inode.content = content
        inode.tail.clear()
        self._written(inode)

    def append(self, path: str, data: bytes, mode: int = 0o644, uid: int = 0, gid: int = 0) -> None:
        """Adds to the file's end; makes the file when it is not there."""
        names, entry = self._walk(path, True)
        if entry is None:
            self.write(path, data, mode, uid, gid)
            return
        inode = self._regular(path, names, entry)
        inode.tail += data
        if len(inode.tail) > _TAIL_LIMIT and inode.content is not None:
            tail = Inline(bytes(inode.tail))
            inode.content = Joined((inode.content, tail), inode.content.size + tail.size)
            inode.tail.clear()
        self._written(inode)

    def _written(self, inode: Inode) -> None:
        old = inode.meta
        inode.meta = Meta(old.mode, old.uid, old.gid, self._now(), _without_capability(old.xattrs))

    def mkdir(self, path: str, mode: int = 0o755, uid: int = 0, gid: int = 0, parents: bool = False) -> None:
        """A new directory. With `parents`, missing ones are made as well and one that is there is no error."""
        if parents:
            self._make_parents(path, mode, uid, gid)
            return
        names = self._free(path)
        meta = self._owned(names, mode, uid, gid)
        if self._group(names) is not None:
            meta = Meta(meta.mode | bits.S_ISGID, meta.uid, meta.gid, meta.mtime_ns)
        self._add(path, names, OpenDir(meta, {}, Link()))

    def _make_parents(self, path: str, mode: int, uid: int, gid: int) -> None:
        names = split(path)
        at = ""
        for index, name in enumerate(names):
            at += "/" + name
            entry = self._walk(at, True)[1]
            if entry is None:
                self.mkdir(at, mode, uid, gid)
            elif not isinstance(entry, (Dir, OpenDir)):
                fail(errno.EEXIST if index == len(names) - 1 else errno.ENOTDIR, path)

    def symlink(self, target: str, path: str, uid: int = 0, gid: int = 0) -> None:
        """A symbolic link at `path`; the target need not exist."""
        if not target:
            fail(errno.ENOENT, path)
        names = self._free(path)
        self._add(path, names, Symlink(self._owned(names, 0o777, uid, gid), target))

    def mknod(
        self,
        path: str,
        kind: Literal["char", "block", "fifo"],
        major: int = 0,
        minor: int = 0,
        mode: int = 0o644,
        uid: int = 0,
        gid: int = 0,
    ) -> None:
        """A device or FIFO."""
        names = self._free(path)
        self._add(path, names, Device(self._owned(names, mode, uid, gid), kind, major, minor))

    def link(self, old: str, new: str) -> None:
        """A second name for a file or device; a link at the end of `old` is not followed, as on Linux.

        A second name of a symbolic link becomes an equal link of its own: what reads a layer sees no difference.
        """
        names, entry = self._walk(old, False)
        if entry is None:
            fail(errno.ENOENT, old)
        target = self._free(new)
        if isinstance(entry, (Dir, OpenDir)):
            fail(errno.EPERM, old)
        if isinstance(entry, Symlink):
            self._add(new, target, Symlink(entry.meta, entry.target))
            return
        inode = self._inode(names, entry)
        inode.names += 1
        self._age += 1
        self._add(new, target, inode)

    def put(self, path: str, node: Node) -> None:
        """The node as it is, in place of whatever is there; the parent directory must exist."""
        names, entry = self._walk(path, False)
        if isinstance(node, Dir) and isinstance(node.children, DirView):
            node = freeze(node.children.opened, self._age)
        if not names:
            self._root = node if isinstance(node, Dir) else fail(errno.ENOTDIR, path)
            return
        if entry is not None:
            self._forget(entry)
        self._add(path, names, node)

    # Removing and moving.

    def remove(self, path: str) -> None:
        """Takes away a name that is no directory (unlink(2))."""
        names, entry = self._walk(path, False)
        if entry is None:
            fail(errno.ENOENT, path)
        if isinstance(entry, (Dir, OpenDir)):
            fail(errno.EISDIR, path)
        self._take(names, entry)

    def rmdir(self, path: str) -> None:
        """Takes away an empty directory."""
        names, entry = self._walk(path, False)
        if entry is None:
            fail(errno.ENOENT, path)
        if self._children(entry, path):
            fail(errno.ENOTEMPTY, path)
        self._take(names or fail(errno.EBUSY, path), entry)

    def rmtree(self, path: str) -> None:
        """Takes away a directory and all below it, or any other node."""
        names, entry = self._walk(path, False)
        if entry is None:
            fail(errno.ENOENT, path)
        self._take(names or fail(errno.EBUSY, path), entry)

    def rename(self, old: str, new: str) -> None:
        """Moves a name, over an empty directory or a file that is there, as the rename system call has it.

        What was moved is new at its place, as `mv` leaves it on overlayfs.
        """
        names, entry = self._walk(old, False)
        to, there = self._walk(new, False)
        if not names or not to:
            fail(errno.EBUSY, old)
        if entry is None:
            fail(errno.ENOENT, old)
        if to == names or (there is entry and isinstance(entry, Inode)):
            return
        if isinstance(entry, (Dir, OpenDir)):
            if to[: len(names)] == names:
                fail(errno.EINVAL, new)
            if there is not None and self._children(there, new):
                fail(errno.ENOTEMPTY, new)
        elif isinstance(there, (Dir, OpenDir)):
            fail(errno.EISDIR, new)
        elif new.endswith("/"):
            fail(errno.ENOTDIR, new)
        if there is not None:
            self._take(to, there)
        self._take(names, entry, gone=False)
        self._add(new, to, _moved(entry))

    # Changing what a node has beside its content.

    def chmod(self, path: str, mode: int, follow: bool = True) -> None:
        """Sets the permission bits (07777); for a symbolic link that is not followed ENOTSUP, as on Linux."""
        if isinstance(self._find(path, follow), Symlink):
            fail(errno.ENOTSUP, path)
        self._change(path, follow, lambda old: Meta(mode & 0o7777, old.uid, old.gid, old.mtime_ns, old.xattrs))

    def chown(self, path: str, uid: int, gid: int, follow: bool = True) -> None:
        """Sets owner and group; -1 keeps. Takes set-user-id and file capabilities from a file, as Linux does."""
        is_dir = isinstance(self._find(path, follow), (Dir, OpenDir))

        def change(old: Meta) -> Meta:
            # Set-group-id without group execute means mandatory locking and stays (Linux, setattr_should_drop_sgid).
            drop = bits.S_ISUID | (bits.S_ISGID if old.mode & bits.S_IXGRP else 0)
            mode, xattrs = (old.mode, old.xattrs) if is_dir else (old.mode & ~drop, _without_capability(old.xattrs))
            return Meta(mode, old.uid if uid == -1 else uid, old.gid if gid == -1 else gid, old.mtime_ns, xattrs)

        self._change(path, follow, change)

    def utime(self, path: str, mtime_ns: int, follow: bool = True) -> None:
        """Sets the modification time, nanoseconds since the epoch, UTC."""
        self._change(path, follow, lambda old: at_time(old, mtime_ns))

    def setxattr(self, path: str, name: str, value: bytes | None, follow: bool = True) -> None:
        """Sets an extended attribute; None takes it away. No layer can hold a name with `=`: EINVAL."""
        if "=" in name or "\0" in name:
            fail(errno.EINVAL, path)

        def change(old: Meta) -> Meta:
            xattrs = {key: kept for key, kept in old.xattrs.items() if key != name}
            if value is not None:
                xattrs[name] = value
            return Meta(old.mode, old.uid, old.gid, old.mtime_ns, xattrs)

        self._change(path, follow, change)

    def _change(self, path: str, follow: bool, change: Callable[[Meta], Meta]) -> None:
        names, entry = self._walk(path, follow)
        if entry is None:
            fail(errno.ENOENT, path)
        if isinstance(entry, Symlink):
            self._open_dir(names[:-1]).children[names[-1]] = Symlink(change(entry.meta), entry.target)
            return
        opened = self._open_dir(names) if isinstance(entry, (Dir, OpenDir)) else self._inode(names, entry)
        opened.meta = change(opened.meta)


def _without_capability(xattrs: Mapping[str, bytes]) -> Mapping[str, bytes]:
    """File capabilities go when a file's content or owner changes (Linux, security_inode_killpriv)."""
    return {key: value for key, value in xattrs.items() if key != _CAPABILITY} if _CAPABILITY in xattrs else xattrs


def _moved(entry: Entry) -> Entry:
    """The entry as another one, so that it counts as new wherever it goes."""
    if isinstance(entry, OpenDir):
        entry.made = Link()
        entry.touched = True
        return entry
    if isinstance(entry, Dir):
        return Dir(entry.meta, entry.children, Link())
    if isinstance(entry, Symlink):
        return Symlink(entry.meta, entry.target)
    return entry if isinstance(entry, Inode) else Inode.copied(entry)
