"""Changes as a layer's tar, byte for byte the same for equal changes (OCI image spec, layer.md).

Entries stand in the order of `Tree.walk`; a directory's name ends in a slash; times are whole seconds, as Docker cuts
them; a hard-link group is one file and links to it. The stream is made while it is read: no file is held in memory.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import TYPE_CHECKING, BinaryIO, cast

from dockkernel.fs import whiteout
from dockkernel.fs.change import IMPLIED, Change, ChangeKind
from dockkernel.fs.content import LowerLink, SliceReader
from dockkernel.fs.node import Content, Device, Dir, File, Link, Meta, Node, Symlink, size_of
from dockkernel.fs.tarformat import BLOCK, END, header
from dockkernel.fs.tree import path_order

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_BATCH = 1 << 16
_DEVICES = {"char": b"3", "block": b"4", "fifo": b"6"}


def write_layer(changes: Iterable[Change], out: BinaryIO) -> int:
    """Writes the layer's tar; gives the layer's size as Docker counts it. No changes: 1024 zero bytes.

    `InvalidInput` for names that would be read as whiteouts, `IntegrityError` when a file's content is not as long as
    it said.
    """
    listed = tuple(changes)
    for piece in _pieces(listed):
        out.write(piece)
    return layer_size(listed)


def layer_reader(changes: Iterable[Change]) -> BinaryIO:
    """The bytes of `write_layer` as a stream, made while they are read."""
    return cast("BinaryIO", _LayerReader(_pieces(tuple(changes))))


def layer_size(changes: Iterable[Change]) -> int:
    """Bytes as Docker counts a layer: files, each hard-link group once, and link targets; all else is 0."""
    seen: set[Link] = set()
    total = 0
    for change in changes:
        node = change.node
        if isinstance(node, File) and node.link is not None:
            if node.link in seen:
                continue
            seen.add(node.link)
        if node is not None:
            total += size_of(node)
    return total


def _pieces(changes: tuple[Change, ...]) -> Iterator[bytes]:
    """The tar in pieces: headers and small files gathered, large contents in chunks."""
    first: dict[Link, str] = {}
    batch = bytearray()
    with closing(SliceReader()) as reader:
        for change in sorted(changes, key=lambda change: path_order(change.path)):
            head, content = _entry(change, first)
            batch += head
            if content is None:
                continue
            if len(batch) + content.size > _BATCH:
                yield bytes(batch)
                batch.clear()
                if content.size > _BATCH:
                    yield from reader.chunks(content)
                    batch += bytes(-content.size % BLOCK)
                    continue
            for data in reader.chunks(content):
                batch += data
            batch += bytes(-content.size % BLOCK)
    yield bytes(batch) + END


def _entry(change: Change, first: dict[Link, str]) -> tuple[bytes, Content | None]:
    """The headers that stand for a change, and the content that follows the last one."""
    path, kind, node = change
    if node is None:
        return _mark(whiteout.encode(path)), None
    whiteout.check(path)
    head, content = _node(path, node, first) if node is not IMPLIED else (b"", None)
    return (head + _mark(whiteout.opaque(path)) if kind is ChangeKind.OPAQUE else head), content


def _mark(path: str) -> bytes:
    return header(_raw(path), b"0", Meta(0o644))


def _node(path: str, node: Node, first: dict[Link, str]) -> tuple[bytes, Content | None]:
    meta = node.meta
    name = _raw(path)
    if isinstance(node, Dir):
        return header(name + b"/" if name else b"./", b"5", meta), None
    if isinstance(node, Symlink):
        return header(name, b"2", meta, link=_raw(node.target)), None
    if node.link is not None and first.setdefault(node.link, path) != path:
        return header(name, b"1", meta, link=_raw(first[node.link])), None
    if isinstance(node, Device):
        return header(name, _DEVICES[node.kind], meta, device=(node.major, node.minor)), None
    if isinstance(node.content, LowerLink):
        return header(name, b"1", meta, link=_raw(node.content.target)), None
    return header(name, b"0", meta, size=node.content.size), node.content


def _raw(path: str) -> bytes:
    return path.encode("utf-8", "surrogateescape")


class _LayerReader(io.RawIOBase):
    """Pieces of bytes as a stream; gives as many bytes as are asked for until the end."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._now = memoryview(b"")

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        taken: list[memoryview] = []
        left = size
        while left:
            if not self._now:
                piece = next(self._pieces, None)
                if piece is None:
                    break
                self._now = memoryview(piece)
                continue
            part = self._now if left < 0 else self._now[:left]
            self._now = self._now[len(part) :]
            taken.append(part)
            left -= len(part) if left > 0 else 0
        whole = len(taken) == 1 and isinstance(taken[0].obj, bytes) and len(taken[0]) == len(taken[0].obj)
        return cast("bytes", taken[0].obj) if whole else b"".join(taken)

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer).cast("B")
        data = self.read(len(view))
        view[: len(data)] = data
        return len(data)

    def readall(self) -> bytes:
        return self.read()
