"""What makes a copied file or directory the same as before: name, kind, mode, owner, content. Times do not count.

The digests stand in the history as `file:…`, `dir:…`, `multi:…` and decide whether COPY and ADD come from the cache.
They are those of Docker's TarSum specification, version 1: the header's fields as text, then the content. So they are
the same on every machine, and the same as Docker's.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Iterable
from typing import NamedTuple

from dockkernel.fs.content import chunks
from dockkernel.fs.hostfile import HostFile
from dockkernel.fs.node import Content, Device, Dir, File, Inline, Node, Symlink
from dockkernel.fs.tree import Tree

_REMEMBERED = 100_000
"""Digests of host files that are kept; some tens of megabytes at most."""
_KEPT = 1 << 24
"""Bytes of small files that are kept between hashing and copying them."""
_SMALL = 1 << 14
_DEVICES = {"char": "3", "block": "4", "fifo": "6"}


class ContentDigests:
    """sha256 over a header and a content. Those of host files are remembered while path, size, time and inode stay.

    Small files that were read for it are kept in memory until they are copied: a file is opened once and not twice.
    Thread safe.
    """

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[HostFile, bytes], str] = OrderedDict()
        self._kept: OrderedDict[HostFile, bytes] = OrderedDict()
        self._kept_bytes = 0
        self._lock = threading.Lock()

    def of(self, header: bytes, content: Content) -> str:
        """The digest, 64 hexadecimal digits; `IntegrityError` when the file changes while it is read."""
        if not isinstance(content, HostFile):
            return _sha256(header, content)
        key = content, header
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
                return self._known[key]
        small = content.read() if content.size <= _SMALL else None
        digest = _sha256(header, content if small is None else Inline(small))
        with self._lock:
            self._known[key] = digest
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
            if small is not None:
                self._keep(content, small)
        return digest

    def at_hand(self, content: Content) -> Content:
        """The content in memory if it has just been read; else the very same. It is given once."""
        if not isinstance(content, HostFile) or not self._kept:
            return content
        with self._lock:
            data = self._kept.pop(content, None)
            self._kept_bytes -= len(data or b"")
        return content if data is None else Inline(data)

    def _keep(self, content: HostFile, data: bytes) -> None:
        self._kept_bytes += len(data) - len(self._kept.get(content, b""))
        self._kept[content] = data
        while self._kept_bytes > _KEPT:
            self._kept_bytes -= len(self._kept.popitem(last=False)[1])


def _sha256(header: bytes, content: Content) -> str:
    hasher = hashlib.sha256(header)
    for chunk in chunks(content):
        hasher.update(chunk)
    return hasher.hexdigest()


def node_digest(path: str, node: Node, contents: ContentDigests) -> str:
    """The digest (64 hexadecimal digits) of one node by itself; `path` is its name in the place it comes from."""
    header = _header(path, node)
    return contents.of(header, node.content) if isinstance(node, File) else hashlib.sha256(header).hexdigest()


def _header(path: str, node: Node) -> bytes:
    """The header fields that count, as `NAME` and value one after the other."""
    meta = node.meta
    kind, name, link, size, major, minor = "0", path, "", 0, 0, 0
    if isinstance(node, File):
        size = node.content.size
    elif isinstance(node, Dir):
        kind, name = "5", f"{path}/"
    elif isinstance(node, Symlink):
        kind, link = "2", node.target
    elif isinstance(node, Device):
        kind, major, minor = _DEVICES[node.kind], node.major, node.minor
    text = (
        f"name{name}mode{meta.mode}uid{meta.uid}gid{meta.gid}size{size}typeflag{kind}linkname{link}unamegname"
        f"devmajor{major}devminor{minor}"
    )
    xattrs = b"".join(key.encode() + value for key, value in sorted(meta.xattrs.items()))
    return text.encode("utf-8", "surrogateescape") + xattrs


class NodeDigest(NamedTuple):
    """One node of a source, with its digest."""

    path: str
    node: Node
    digest: str


def node_digests(path: str, node: Node, contents: ContentDigests) -> list[NodeDigest]:
    """The source itself, but for the root of a tree, and all below it."""
    found = [NodeDigest(path, node, node_digest(path, node, contents))] if path or not isinstance(node, Dir) else []
    if isinstance(node, Dir):
        below = Tree(node).walk() if not path else ((f"{path}/{name}", child) for name, child in Tree(node).walk())
        found += [NodeDigest(name, child, node_digest(name, child, contents)) for name, child in below]
    return found


def source_text(node: Node, digests: Iterable[NodeDigest]) -> str:
    """`file:…` for a single node, `dir:…` for a directory with all below it."""
    parts = [one.digest for one in digests]
    return f"dir:{_join(sorted(parts))}" if isinstance(node, Dir) else f"file:{parts[0]}"


def source_digest(path: str, node: Node, contents: ContentDigests) -> str:
    """`source_text` of a source's own nodes."""
    return source_text(node, node_digests(path, node, contents))


def joined_digest(digests: Iterable[str]) -> str:
    """One digest for several sources of an instruction: the one there is, or `multi:…`."""
    digests = list(digests)
    return digests[0] if len(digests) == 1 else f"multi:{_join(digests)}"


def _join(digests: list[str]) -> str:
    return hashlib.sha256(",".join(digests).encode()).hexdigest()
