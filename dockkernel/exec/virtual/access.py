"""Who may do what: permission bits, sticky directories, read-only and busy mount points, as Linux checks them."""

from __future__ import annotations

import errno
import os
import stat as bits
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NoReturn

from dockkernel.exec.virtual import devices
from dockkernel.exec.virtual.identity import Identity
from dockkernel.exec.virtual.room import Room
from dockkernel.fs.builder import TreeBuilder
from dockkernel.fs.node import Device, Dir, File, Node

READ, WRITE, EXECUTE = 4, 2, 1
EMPTY: Mapping[str, int] = MappingProxyType({})


def fail(code: int, path: str) -> NoReturn:
    """Raises the `OSError` of this errno."""
    raise OSError(code, os.strerror(code), path)


def join(cwd: str, path: str) -> str:
    """The absolute path; `..` is left for the tree to follow."""
    return path if path.startswith("/") else f"{cwd.rstrip('/')}/{path}"


def parent(path: str) -> str:
    """The path of the directory that holds the name."""
    return path.rstrip("/").rpartition("/")[0] or "/"


def base(path: str) -> str:
    """The last name of a path."""
    return path.rstrip("/").rpartition("/")[2] or "/"


class Access:
    """The rules over a tree that is being edited; a rule raises `OSError` with the kernel's errno or lets pass."""

    def __init__(self, builder: TreeBuilder, identity: Identity, *, read_only: bool = False) -> None:
        self.identity = identity
        self._read_only = read_only
        self._builder = builder
        self._busy: frozenset[str] = frozenset()
        self._fixed: frozenset[str] = frozenset(devices.READ_ONLY)
        self._room: Room | None = None
        self.capacities: Mapping[str, int] = EMPTY
        """Bytes that fit into mounts of limited size."""

    def mount(
        self, busy: frozenset[str], points: Iterable[tuple[str, bool]] = (), capacities: Mapping[str, int] = EMPTY
    ) -> None:
        """Takes the `busy` paths for mount points; True in `points` for one that is read only."""
        self._busy = busy
        self._fixed |= {path for path, read_only in points if read_only}
        self.capacities = capacities
        self._room = Room(capacities) if capacities else None

    # The rules.

    def _gid(self) -> int:
        return self.identity.gid

    def _search(self, path: str) -> None:
        """Whether each directory on the way may be entered."""
        if self.identity.is_root:
            return
        above = self._builder.realpath(parent(path))
        at = ""
        for name in ["", *above.strip("/").split("/")]:
            at = f"{at}/{name}" if name else at
            if not self._has(self._builder.lstat(at or "/"), EXECUTE):
                fail(errno.EACCES, path)

    def _has(self, node: Node, want: int) -> bool:
        mode, me = node.meta.mode, self.identity
        if me.is_root:
            return not want & EXECUTE or isinstance(node, Dir) or bool(mode & 0o111)
        shift = 6 if node.meta.uid == me.uid else 3 if me.member_of(node.meta.gid) else 0
        return (mode >> shift) & want == want

    def _need(self, path: str, want: int) -> Node:
        self._search(path)
        node = self._builder.stat(path)
        if not self._has(node, want):
            fail(errno.EACCES, path)
        return node

    def _readable(self, path: str) -> File | Device:
        node = self._need(path, READ)
        if isinstance(node, Dir):
            fail(errno.EISDIR, path)
        assert isinstance(node, (File, Device))
        return node

    def _writable(self, real: str) -> None:
        """EROFS where the mount is read only; the innermost one counts."""
        at = self._innermost(real)
        if at in self._fixed or (self._read_only and at == "/"):
            fail(errno.EROFS, real)

    def _innermost(self, real: str) -> str:
        """The mount point that holds the real path."""
        held = [at for at in self._busy if real == at or real.startswith(at + "/")]
        return max(held, key=len, default="/")

    def _fits(self, path: str, size: int, more: int) -> None:
        """ENOSPC where a mount of limited size has no room for a file of `size` bytes, `more` of them new."""
        if self._room is not None:
            real = self._builder.realpath(path)
            self._room.take(self._builder, self._innermost(real), real, size, more)

    def _may_create(self, path: str) -> None:
        self._search(path)
        above = self._builder.realpath(parent(path))
        node = self._builder.stat(above)
        if not isinstance(node, Dir):
            fail(errno.ENOTDIR, path)
        self._writable(f"{above.rstrip('/')}/{base(path)}")
        if not self._has(node, WRITE | EXECUTE):
            fail(errno.EACCES, path)

    def _may_remove(self, path: str) -> None:
        self._search(path)
        node = self._builder.lstat(path)
        above = self._builder.realpath(parent(path))
        if f"{above.rstrip('/')}/{base(path)}" in self._busy:
            fail(errno.EBUSY, path)
        self._writable(f"{above.rstrip('/')}/{base(path)}")
        folder = self._builder.stat(above)
        if not self._has(folder, WRITE | EXECUTE):
            fail(errno.EACCES, path)
        sticky = folder.meta.mode & bits.S_ISVTX
        if sticky and not self.identity.is_root and self.identity.uid not in (node.meta.uid, folder.meta.uid):
            fail(errno.EPERM, path)

    def _swallows(self, path: str) -> bool:
        """Whether a write may happen but leaves nothing: a device. Raises when it may not happen."""
        try:
            node = self._builder.stat(path)
        except FileNotFoundError:
            real = self._builder.realpath(path)
            self._may_create(real)
            return False
        real = self._builder.realpath(path)
        self._search(path)
        if isinstance(node, Dir):
            fail(errno.EISDIR, path)
        self._writable(real)
        if not self._has(node, WRITE):
            fail(errno.EACCES, path)
        if not isinstance(node, Device):
            return False
        if (node.major, node.minor) == (1, 7):
            fail(errno.ENOSPC, path)
        return True

    def _owned(self, path: str, follow: bool) -> Node:
        self._search(path)
        node = self._builder.stat(path) if follow else self._builder.lstat(path)
        real = path if follow else parent(path)
        self._writable(self._builder.realpath(real) if follow else f"{self._builder.realpath(real)}/{base(path)}")
        if not self.identity.is_root and self.identity.uid != node.meta.uid:
            fail(errno.EPERM, path)
        return node

    def _same_mount(self, old: str, new: str) -> None:
        if self.mount_of(old) != self.mount_of(new):
            fail(errno.EXDEV, new)

    def mount_of(self, path: str) -> str:
        """The mount point that holds the name."""
        return self._innermost(self._builder.realpath(parent(path)).rstrip("/") + "/" + base(path))

    def _holds_mount(self, path: str) -> bool:
        real = self._builder.realpath(path)
        return real == "/" or any(at == real or at.startswith(real + "/") for at in self._busy)
