"""The file system as one process sees it: a `TreeBuilder` plus permissions, umask, devices and busy mount points.

All work on files, by the shell library's own commands and by ours, passes through a `Files`; each method is atomic,
since the shell and our commands run on two threads.
"""

from __future__ import annotations

import errno
import stat as bits
import threading
from collections.abc import Callable, Iterator
from typing import BinaryIO, Literal

from dockkernel.exec.virtual import devices
from dockkernel.exec.virtual.access import READ, WRITE, Access, base, fail, parent
from dockkernel.exec.virtual.growing import BULK, Growing
from dockkernel.exec.virtual.identity import Identity
from dockkernel.fs.builder import TreeBuilder
from dockkernel.fs.node import Content, Device, Dir, File, Inline, Meta, Node, Symlink
from dockkernel.fs.tree import Tree

_PIPES = "/proc/1/fd/pipe:"
_ENDLESS = 1 << 20
"""Bytes of an endless device that a reader who takes all gets; our commands read as many as they need."""


class Files(Access):
    """A tree being edited by a process. Paths are absolute; `OSError` with the kernel's errno on failure."""

    def __init__(self, tree: Tree, identity: Identity, now_ns: Callable[[], int], *, read_only: bool = False) -> None:
        super().__init__(TreeBuilder(tree, now_ns), identity, read_only=read_only)
        self.umask = 0o022
        self.lock = _Settled(self)
        self.now_ns = now_ns
        self.on_read: Callable[[str, bytes], None] = lambda path, data: None
        """Told of each whole file that the shell reads: what it reads may be a script."""
        self.on_write: Callable[[], None] = lambda: None
        """Told of each write of the shell."""
        self._growing: Growing | None = None
        self._growing_in = "/"
        self._offered: dict[str, File] = {}
        self._inodes: dict[object, int] = {}

    def build(self) -> Tree:
        """The tree as it is now."""
        with self.lock:
            return self._builder.build()

    def replace(self, tree: Tree) -> None:
        """Goes on with another tree."""
        with self.lock:
            self._builder = TreeBuilder(tree, self.now_ns)
            self._growing = None
            self._inodes.clear()

    def offer(self, data: bytes) -> str:
        """A path at which the bytes can be read until `withdraw`; it is in no directory."""
        path = f"{_PIPES}{len(self._offered)}"
        self._offered[path] = File(Meta(0o600), Inline(data))
        return path

    def withdraw(self, path: str) -> None:
        """Takes back what was offered."""
        self._offered.pop(path, None)

    # Looking.

    def lstat(self, path: str) -> Node:
        """The node itself."""
        if path.startswith(_PIPES) and path in self._offered:
            return self._offered[path]
        with self.lock:
            self._search(path)
            return self._builder.lstat(path)

    def stat(self, path: str) -> Node:
        """The node behind links."""
        if path.startswith(_PIPES) and path in self._offered:
            return self._offered[path]
        with self.lock:
            self._search(path)
            return self._builder.stat(path)

    def exists(self, path: str) -> bool:
        """Whether `stat` would find something."""
        try:
            self.stat(path)
        except OSError:
            return False
        return True

    def is_dir(self, path: str) -> bool:
        """Whether a directory is behind the path."""
        try:
            return isinstance(self.stat(path), Dir)
        except OSError:
            return False

    def realpath(self, path: str) -> str:
        """The absolute path without links; the last name need not exist."""
        with self.lock:
            return self._builder.realpath(path)

    def readlink(self, path: str) -> str:
        """The link's target as written."""
        with self.lock:
            self._search(path)
            return self._builder.readlink(path)

    def listdir(self, path: str) -> list[str]:
        """Names in byte order."""
        with self.lock:
            self._need(path, READ)
            return self._builder.listdir(path)

    def entries(self, path: str) -> list[tuple[str, Node]]:
        """Names in byte order with their nodes."""
        with self.lock:
            names = self.listdir(path)
            return [(name, self._builder.lstat(f"{path}/{name}")) for name in names]

    def allowed(self, path: str, want: int) -> bool:
        """What access(2) tells."""
        try:
            with self.lock:
                self._need(path, want)
                if want & WRITE:
                    self._writable(self._builder.realpath(path))
        except OSError:
            return False
        return True

    def read(self, path: str) -> bytes:
        """The file's bytes; of an endless device, some."""
        with self.lock:
            node = self._offered.get(path) or self._readable(path)
            if isinstance(node, Device):
                return devices.device_bytes(node, _ENDLESS)
            with node.content.open() as source:
                return source.read()

    def open(self, path: str) -> BinaryIO | Device:
        """A stream over the file's present bytes, or the device."""
        with self.lock:
            node = self._offered.get(path) or self._readable(path)
            return node if isinstance(node, Device) else node.content.open()

    def text(self, path: str) -> str:
        """The file as text whoever may read it; empty when there is none."""
        try:
            with self.lock:
                return self._builder.read(path).decode("utf-8", "replace")
        except OSError:
            return ""

    def same(self, one: str, other: str) -> bool:
        """Whether both paths lead to one file, by links or by hard links."""
        real = self._builder.realpath
        try:
            with self.lock:
                if base(one) == base(other) and real(parent(one)) == real(parent(other)):
                    return True
                first, second = self._builder.stat(one), self._builder.stat(other)
                link = getattr(first, "link", None)
                if link is not None and getattr(second, "link", None) is link:
                    return True
                return real(one) == real(other)
        except OSError:
            return False

    def inode(self, path: str) -> int:
        """A number that two names share when they are one file."""
        with self.lock:
            node = self._builder.lstat(path)
            link = getattr(node, "link", None)
            key = link if link is not None else self._builder.realpath(parent(path)) + "/" + base(path)
            return self._inodes.setdefault(key, 1000 + len(self._inodes))

    def link_count(self, node: File | Device) -> int:
        """How many names the node's hard-link group has."""
        with self.lock:
            found = self._builder.build().walk()
            return sum(1 for _, one in found if not isinstance(one, (Dir, Symlink)) and one.link is node.link)

    # Changing.

    def write(self, path: str, data: bytes | Content, mode: int = 0o666) -> None:
        """The file's whole content; a new file gets `mode` without the umask and this process's owner."""
        with self.lock:
            if not self._swallows(path):
                size = len(data) if isinstance(data, bytes) else data.size
                self._fits(path, size, size)
                self._builder.write(path, data, mode & ~self.umask, self.identity.uid, self._gid())

    def append(self, path: str, data: bytes, mode: int = 0o666) -> None:
        """Adds to the end; makes the file when it is not there."""
        with self.lock.bare:
            if self._growing is not None and self._growing.path == path and self._has_room(len(data)):
                self._growing.add(data)
                return
        with self.lock:
            if self._swallows(path):
                return
            self._fits_more(path, len(data))
            self._builder.append(
                path, b"" if len(data) >= BULK else data, mode & ~self.umask, self.identity.uid, self._gid()
            )
            node = self._builder.stat(path)
            if len(data) >= BULK and isinstance(node, File):
                self._growing = Growing(path, node)
                self._growing_in = self.mount_of(self._builder.realpath(path)) if self._room is not None else "/"
                self._growing.add(data)

    def _has_room(self, more: int) -> bool:
        """Whether the mount of the growing file surely has room for so many bytes more, which are then taken."""
        return self._room is None or self._room.quickly(self._growing_in, more)

    def _fits_more(self, path: str, more: int) -> None:
        """ENOSPC where a mount of limited size has no room for the file with so many bytes more."""
        if self._room is None:
            return
        try:
            node = self._builder.stat(path)
        except FileNotFoundError:
            node = None
        self._fits(path, more + (node.content.size if isinstance(node, File) else 0), more)

    def settle(self) -> None:
        """Writes down the file that grows."""
        grown, self._growing = self._growing, None
        if grown is not None:
            self._builder.write(grown.path, grown.content())

    def shape(self, path: str) -> Node:
        """`lstat` for who looks at kind, size and permissions only, between two appends."""
        with self.lock.bare:
            if self._growing is not None and self._growing.path == path:
                return self._growing.shape(self.now_ns())
        return self.lstat(path)

    def mkdir(self, path: str, mode: int = 0o777, *, parents: bool = False) -> None:
        """A new directory; `parents` makes missing ones and takes an existing one."""
        with self.lock:
            if not parents:
                self._may_create(path.rstrip("/") or "/")
                self._builder.mkdir(path, mode & ~self.umask, self.identity.uid, self._gid())
                return
            at = ""
            for name in path.strip("/").split("/"):
                at += "/" + name
                if not self.is_dir(at):
                    self.mkdir(at, mode)

    def symlink(self, target: str, path: str) -> None:
        """A symbolic link."""
        with self.lock:
            self._may_create(path)
            self._builder.symlink(target, path, self.identity.uid, self._gid())

    def link(self, old: str, new: str) -> None:
        """A hard link; a link at the end of `old` is not followed."""
        with self.lock:
            self._may_create(new)
            self._same_mount(old, new)
            self._builder.link(old, new)

    def mknod(self, path: str, kind: Literal["char", "block", "fifo"], major: int, minor: int, mode: int) -> None:
        """A device (root only) or FIFO."""
        with self.lock:
            if kind != "fifo" and not self.identity.is_root:
                fail(errno.EPERM, path)
            self._may_create(path)
            self._builder.mknod(path, kind, major, minor, mode & ~self.umask, self.identity.uid, self._gid())

    def remove(self, path: str) -> None:
        """Takes away a name that is no directory."""
        with self.lock:
            self._may_remove(path)
            self._builder.remove(path)

    def rmdir(self, path: str) -> None:
        """Takes away an empty directory."""
        with self.lock:
            self._may_remove(path)
            self._builder.rmdir(path)

    def remove_tree(self, path: str) -> Iterator[OSError]:
        """Takes away all below and the name itself, one `OSError` for each name that stays."""
        with self.lock:
            node = self.lstat(path)
            if not isinstance(node, Dir):
                yield from self._tried(lambda: self.remove(path))
                return
            if self.identity.is_root and not self._holds_mount(path):
                yield from self._tried(lambda: self._remove_all(path))
                return
            try:
                names = self.listdir(path)
            except OSError as error:
                yield error
                return
            failed = False
            for name in names:
                for problem in self.remove_tree(f"{path.rstrip('/')}/{name}"):
                    failed = True
                    yield problem
            if not failed:
                yield from self._tried(lambda: self.rmdir(path))

    def _remove_all(self, path: str) -> None:
        self._may_remove(path)
        self._builder.rmtree(path)

    def rename(self, old: str, new: str) -> None:
        """Moves a name, over a file or an empty directory that is there; EXDEV between mounts."""
        with self.lock:
            self._may_remove(old)
            if self._holds_mount(old):
                fail(errno.EBUSY, old)
            self._same_mount(old, new)
            try:
                self._builder.lstat(new)
            except FileNotFoundError:
                self._may_create(new)
            else:
                self._may_remove(new)
            self._builder.rename(old, new)

    def chmod(self, path: str, mode: int, *, follow: bool = True) -> None:
        """Sets the permission bits; only the owner and root may."""
        with self.lock:
            node = self._owned(path, follow)
            if not self.identity.is_root and not self.identity.member_of(node.meta.gid):
                mode &= ~bits.S_ISGID
            self._builder.chmod(path, mode, follow)

    def chown(self, path: str, uid: int, gid: int, *, follow: bool = True) -> None:
        """Sets owner and group, -1 keeps; others than root may only give a file to a group of their own."""
        with self.lock:
            node = self._owned(path, follow)
            me = self.identity
            if not me.is_root and (uid not in (-1, node.meta.uid) or (gid != -1 and not me.member_of(gid))):
                fail(errno.EPERM, path)
            self._builder.chown(path, uid, gid, follow)

    def utime(self, path: str, mtime_ns: int, *, follow: bool = True) -> None:
        """Sets the modification time, nanoseconds since the epoch, UTC."""
        with self.lock:
            self._owned(path, follow)
            self._builder.utime(path, mtime_ns, follow)

    def touch(self, path: str) -> None:
        """Sets the modification time to now, which who may write may do."""
        with self.lock:
            self._need(path, WRITE)
            self._writable(self._builder.realpath(path))
            self._builder.utime(path, self.now_ns())

    def copy_attributes(self, node: Node, path: str) -> None:
        """Extended attributes as `cp -a` keeps them."""
        with self.lock:
            for name, value in node.meta.xattrs.items():
                self._builder.setxattr(path, name, value, False)

    def _tried(self, act: Callable[[], object]) -> Iterator[OSError]:
        try:
            act()
        except OSError as error:
            yield error


class _Settled:
    """The lock of a `Files`; who enters finds the growing file written down."""

    def __init__(self, files: Files) -> None:
        self.bare = threading.RLock()
        self._files = files

    def __enter__(self) -> None:
        self.bare.acquire()
        self._files.settle()

    def __exit__(self, *error: object) -> None:
        self.bare.release()
