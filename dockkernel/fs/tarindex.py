"""A layer's tar as changes, found by its headers alone: contents stay where they are, as slices of the blob.

The scan is our own since an image has 100,000 members; it takes ustar, PAX, GNU long names, GNU sparse files of every
form, and base-256 numbers. What a stranger may have put there (wrong checksums, names that climb out, files cut off,
entries below a file) is an `IntegrityError`; nothing in it makes the scan longer than the blob.
"""

from __future__ import annotations

from typing import NamedTuple
from zlib import adler32

from dockkernel.errors import IntegrityError
from dockkernel.fs.change import Change
from dockkernel.fs.content import OpenBlob, Slice
from dockkernel.fs.layerentries import LayerEntries
from dockkernel.fs.node import EMPTY, Content, Device, Dir, File, Meta, Node, Symlink
from dockkernel.fs.pause import collector_paused
from dockkernel.fs.tarformat import (
    BLOCK,
    COMMON,
    HEADER_LIMIT,
    bounded_time,
    checked,
    decimal,
    full_name,
    number,
    octal,
    pax_decode,
    pax_time,
)
from dockkernel.fs.tarsparse import old_gnu, pax_0, pax_1, sparse
from dockkernel.fs.whiteout import Mark, decode
from dockkernel.fs.window import Window

_NAME_MAX = 255
_PATH_MAX = 4095
_ID_MAX = (1 << 32) - 1
_XATTR = "SCHILY.xattr."


def index_layer(open_blob: OpenBlob) -> tuple[Change, ...]:
    """The changes of an uncompressed layer, in the order of `Tree.walk`; what is there is ADDED.

    The last of several entries for one path holds. A hard link to a name of the layer shares its link group; one to a
    name that only lower layers can have holds a `LowerLink`. `IntegrityError` for a layer that cannot be valid.
    """
    with open_blob() as source, collector_paused():
        scan = _Scan(Window(source), open_blob)
        scan.run()
        return scan.layer.changes()


class _Extra:
    """What PAX and GNU headers said of the entry that follows."""

    __slots__ = ("link", "name", "records", "sparse")

    def __init__(self) -> None:
        self.name: bytes | None = None
        self.link: bytes | None = None
        self.records: dict[str, bytes] = {}
        self.sparse: list[tuple[str, bytes]] = []

    def read(self, kind: bytes, data: bytes) -> None:
        """Takes the data of a PAX (`x`) or GNU long-name (`L`, `K`) header; an empty value takes one back."""
        if kind == b"L":
            self.name = data.partition(b"\0")[0]
        elif kind == b"K":
            self.link = data.partition(b"\0")[0]
        else:
            for key, value in pax_decode(data):
                if key in ("GNU.sparse.offset", "GNU.sparse.numbytes"):
                    self.sparse.append((key, value))
                elif value:
                    self.records[key] = value
                else:
                    self.records.pop(key, None)

    def paths(self, name: bytes, link: bytes) -> tuple[bytes, bytes]:
        """The entry's name and link name: PAX before GNU before ustar."""
        said = self.records
        name = said.get("GNU.sparse.name") or said.get("path") or self.name or name
        return name, said.get("linkpath") or self.link or link

    def meta(self, meta: Meta) -> Meta:
        """The entry's meta with what the records say."""
        said = self.records
        uid, gid = (
            _id(decimal(said[key])) if key in said else old for key, old in (("uid", meta.uid), ("gid", meta.gid))
        )
        mtime = pax_time(said["mtime"]) if "mtime" in said else meta.mtime_ns
        xattrs = {key[len(_XATTR) :]: value for key, value in said.items() if key.startswith(_XATTR)}
        return Meta(meta.mode, uid, gid, mtime, xattrs) if xattrs else Meta(meta.mode, uid, gid, mtime)


class _Entry(NamedTuple):
    """A header that is not of the common case."""

    kind: bytes
    name: bytes
    size: int
    meta: Meta
    block: bytes


class _Scan:
    """One run over the headers."""

    def __init__(self, window: Window, open_blob: OpenBlob) -> None:
        self.window = window
        self.blob = open_blob
        self.layer = LayerEntries()
        self._sums: dict[bytes, int] = {}
        self._metas: dict[bytes, Meta] = {}

    def run(self) -> None:
        """Reads headers until the end mark, or the end of the blob where an entry could start.

        The loop is written out for the common case, a regular file with a plain name: most of an image is that.
        """
        block_at, unpack, sum_of, nodes, blob = self.window.block, COMMON.unpack, adler32, self.layer.nodes, self.blob
        sums, metas, tuple_of = self._sums, self._metas, tuple.__new__
        extra: _Extra | None = None
        at = 0
        while (block := block_at(at)) is not None:
            name, ids, size_field, size_end, time, claimed, kind, prefixed = unpack(block)
            if sum_of(block) & 0xFFFF != sums.get(claimed):
                if not any(block):
                    break
                self._check(block, claimed)
            meta = metas.get(ids + time) or self._meta(ids, time)
            at += BLOCK
            if kind == b"0" and extra is None and prefixed == size_end == b"\0" and name.isascii():
                path = name.rstrip(b"\0").decode("ascii")
                if path[:2] == "./":
                    path = path[2:]
                if path[:1].isalnum() and path[-1] != "/" and not ("/." in path or "//" in path or "\0" in path):
                    # A second entry has to stand at the end: whether it is above others depends on the order.
                    if path in nodes:
                        del nodes[path]
                    size = octal(size_field)
                    nodes[path] = File(meta, tuple_of(Slice, (blob, at, size)))
                    at += (size + 511) & ~511
                    continue
            size = _size(number(size_field + size_end))
            if kind in b"xLKgV":
                if kind in b"xLK":
                    extra = extra or _Extra()
                    extra.read(kind, self._extension(at, size))
                at += (size + 511) & ~511
                continue
            at = self._member(_Entry(kind, full_name(block), size, meta, block), at, extra)
            extra = None

    def _check(self, block: bytes, claimed: bytes) -> None:
        """`IntegrityError` unless the block has the checksum that it claims; remembers what such a block sums up to."""
        total = checked(block, claimed)
        self._sums[claimed] = (1 + total - 8 * 0x20 + sum(claimed)) % 65521

    def _meta(self, ids: bytes, time: bytes) -> Meta:
        mtime = bounded_time(number(time) * 10**9)
        meta = Meta(number(ids[:8]) & 0o7777, _id(number(ids[8:16])), _id(number(ids[16:])), mtime, EMPTY)
        self._metas[ids + time] = meta
        return meta

    def _extension(self, at: int, size: int) -> bytes:
        if size > HEADER_LIMIT:
            raise IntegrityError(f"invalid tar header: an extension of {size} bytes")
        return self.window.data(at, size)

    def _member(self, entry: _Entry, at: int, extra: _Extra | None) -> int:
        """Takes an entry of any kind; gives the place of the next header."""
        kind, name, meta = entry.kind, entry.name, entry.meta
        link = entry.block[157:257].partition(b"\0")[0]
        if extra is not None:
            name, link = extra.paths(name, link)
            meta = extra.meta(meta)
        if kind in b"\x007":
            kind = b"0"
        if kind == b"0" and name.endswith(b"/"):
            kind = b"5"
        content: Content | None = None
        if kind in b"0S":
            content, at = self._content(entry, at, extra)
        mark, path = decode(_path(name))
        if mark is Mark.WHITEOUT:
            self.layer.hidden.add(path)
        elif mark is Mark.OPAQUE:
            self.layer.opaque.add(path)
        elif mark is Mark.NODE and kind == b"1":
            self.layer.link(path, _path(link), meta)
        elif mark is Mark.NODE:
            self.layer.add(path, _node(kind, path, link, meta, entry.block, content))
        return at

    def _content(self, entry: _Entry, at: int, extra: _Extra | None) -> tuple[Content, int]:
        """The content that starts at this place, and where the next header starts."""
        said = extra.records if extra is not None else {}
        stored = _size(decimal(said["size"])) if "size" in said else entry.size
        if entry.kind == b"S":
            regions, size, at = old_gnu(self.window, at, entry.block)
            end, start = at + stored, at
        elif said.get("GNU.sparse.major") == b"1":
            regions, used = pax_1(self.window, at, stored)
            size = decimal(said.get("GNU.sparse.realsize", b""))
            end, start, stored = at + stored, at + used, stored - used
        elif extra is not None and ("GNU.sparse.map" in said or extra.sparse):
            regions = pax_0(said, extra.sparse)
            size = decimal(said.get("GNU.sparse.size") or said.get("GNU.sparse.realsize", b""))
            end, start = at + stored, at
        else:
            return Slice(self.blob, at, stored), at + ((stored + 511) & ~511)
        return sparse(self.blob, regions, start, stored, _size(size)), (end + 511) & ~511


def _path(name: bytes) -> str:
    """A path without empty names and `.`; `IntegrityError` for `..` and for what no file system could hold."""
    parts = [part for part in name.split(b"/") if part and part != b"."]
    path = b"/".join(parts)
    if b".." in parts:
        raise IntegrityError(f"invalid layer: {name[:200]!r} leads out of it")
    if len(path) > _PATH_MAX or b"\0" in path or any(len(part) > _NAME_MAX for part in parts):
        raise IntegrityError(f"invalid layer: {name[:200]!r} is no possible path")
    return path.decode("utf-8", "surrogateescape")


def _node(kind: bytes, path: str, link: bytes, meta: Meta, block: bytes, content: Content | None) -> Node:
    """The node that an entry brings."""
    if kind == b"5":
        return Dir(meta, _NOTHING)
    if not path:
        raise IntegrityError("invalid layer: its root is no directory")
    if content is not None:
        return File(meta, content)
    if kind == b"2":
        if not link or len(link) > _PATH_MAX or b"\0" in link:
            raise IntegrityError(f"invalid layer: {path!r} is a symbolic link to nothing")
        return Symlink(meta, link.decode("utf-8", "surrogateescape"))
    if kind == b"6":
        return Device(meta, "fifo")
    if kind in (b"3", b"4"):
        major, minor = number(block[329:337]), number(block[337:345])
        if not (0 <= major < 8**7 and 0 <= minor < 8**7):
            raise IntegrityError(f"invalid layer: {path!r} is device {major}:{minor}")
        return Device(meta, "char" if kind == b"3" else "block", major, minor)
    raise IntegrityError(f"invalid layer: {path!r} is of unknown type {kind!r}")


_NOTHING: dict[str, Node] = {}


def _id(value: int) -> int:
    if not 0 <= value <= _ID_MAX:
        raise IntegrityError(f"invalid tar header: owner {value}")
    return value


def _size(value: int) -> int:
    if not 0 <= value < 1 << 63:
        raise IntegrityError(f"invalid tar header: size {value}")
    return value
