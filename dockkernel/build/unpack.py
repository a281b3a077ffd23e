"""Unpacking a tar archive into a directory: for ADD, and for a build context on standard input.

Contents are not read into memory: they stay slices of the archive, or of a spooled copy when it was compressed. A name
that climbs out of the directory is refused; links on the way are resolved inside it, as in a chroot.
"""

from __future__ import annotations

import posixpath
import tarfile
from collections.abc import Callable, Sequence
from typing import BinaryIO, Literal

from dockkernel.build.archives import HEAD, PROCESSING, compression, damage, uncompressed
from dockkernel.build.copying import clear, in_the_way, is_directory, make_directories, place, set_meta
from dockkernel.errors import InvalidInput
from dockkernel.fs.builder import TreeBuilder
from dockkernel.fs.content import OpenBlob, Slice, SparseSlice
from dockkernel.fs.node import Content, Device, Dir, File, Inline, Meta, Node, Symlink
from dockkernel.fs.tree import Tree

Spool = Callable[[BinaryIO], OpenBlob]
"""Keeps a stream's bytes for the time of the build; gives what opens them."""

_DEVICES: dict[bytes, Literal["char", "block", "fifo"]] = {
    tarfile.CHRTYPE: "char", tarfile.BLKTYPE: "block", tarfile.FIFOTYPE: "fifo",
}  # fmt: skip
_XATTR = "SCHILY.xattr."
_NANO = 1_000_000_000


def unpack(builder: TreeBuilder, dest: str, content: Content, spool: Spool, now_ns: Callable[[], int]) -> None:
    """Unpacks an archive into the directory `dest`, which is made where there is none.

    `InvalidInput` in the builder's words for a damaged archive, a name outside `dest`, or something in the way.
    """
    open_tar = plain_archive(content, spool)
    with in_the_way("failed to unpack"):
        make_directories(builder, dest)
        inside = builder.build().get(dest)
        assert isinstance(inside, Dir)
        below = TreeBuilder(Tree(inside), now_ns)
        unpack_all(below, open_tar)
        builder.put(dest, below.build().root)


def plain_archive(content: Content, spool: Spool) -> OpenBlob:
    """What opens the uncompressed archive; a compressed one is spooled."""
    with content.open() as stream:
        kind = compression(stream.read(HEAD))
    if kind is None:
        return content.open
    with content.open() as stream, damage():
        return spool(uncompressed(stream, kind))


def unpack_all(builder: TreeBuilder, open_tar: OpenBlob, owner: tuple[int, int] | None = None) -> None:
    """Unpacks every entry in order, each over what the ones before it left; all of them belong to `owner` if given."""
    directories: dict[str, Meta] = {}
    with (
        open_tar() as stream,
        damage(),
        tarfile.open(fileobj=stream, mode="r:", encoding="utf-8", errors="surrogateescape") as archive,
    ):
        archive.errorlevel = 2
        for member in archive:
            path = _inside(member.name)
            if path != "/":
                _make_parent(builder, posixpath.dirname(path))
                if owner is not None:
                    member.uid, member.gid = owner
                _unpack_one(builder, path, member, open_tar, directories)
    for path, meta in directories.items():
        if is_directory(builder, path, follow=False):
            builder.utime(path, meta.mtime_ns, follow=False)


def _inside(name: str) -> str:
    clean = posixpath.normpath(name) if name else "."
    if clean == ".." or clean.startswith("../"):
        raise InvalidInput(f'{PROCESSING}"{name}" is outside of "/"')
    return "/" if clean == "." else "/" + clean.lstrip("/")


def _make_parent(builder: TreeBuilder, path: str) -> None:
    """The directory that an entry lies in; where a link is there already, what it leads to has to be."""
    try:
        builder.lstat(path)
    except FileNotFoundError:
        make_directories(builder, path)


def _unpack_one(
    builder: TreeBuilder, path: str, member: tarfile.TarInfo, open_tar: OpenBlob, directories: dict[str, Meta]
) -> None:
    meta = _meta(member)
    if member.isdir():
        directories[path] = meta
        if not is_directory(builder, path, follow=False):
            place(builder, path, Dir(meta))
        set_meta(builder, path, meta)
    elif member.islnk():
        target = _inside(member.linkname)
        if target != path:
            clear(builder, path)
            builder.link(target, path)
    else:
        place(builder, path, _node(member, meta, open_tar))


def _meta(member: tarfile.TarInfo) -> Meta:
    xattrs = {
        name.removeprefix(_XATTR): value.encode("utf-8", "surrogateescape")
        for name, value in member.pax_headers.items()
        if name.startswith(_XATTR)
    }
    return Meta(member.mode & 0o7777, member.uid, member.gid, max(0, int(member.mtime * _NANO)), xattrs)


def _node(member: tarfile.TarInfo, meta: Meta, open_tar: OpenBlob) -> Node:
    if member.issym():
        return Symlink(Meta(0o777, meta.uid, meta.gid, meta.mtime_ns), member.linkname)
    if member.type in _DEVICES:
        return Device(meta, _DEVICES[member.type], member.devmajor, member.devminor)
    return File(meta, _content(member, open_tar))


def _content(member: tarfile.TarInfo, open_tar: OpenBlob) -> Content:
    if not member.size:
        return Inline(b"")
    holes: Sequence[tuple[int, int]] | None = member.sparse  # type: ignore[assignment]
    if holes is None:
        return Slice(open_tar, member.offset_data, member.size)
    parts, at = [], member.offset_data
    for start, length in holes:
        if length:
            parts.append((start, at, length))
        at += length
    return SparseSlice(open_tar, tuple(parts), member.size)
