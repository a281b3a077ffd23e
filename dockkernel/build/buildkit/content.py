"""What COPY and ADD take of a source, as a digest: kind, mode, owner, attributes and content, and never time.

These are the rules of BuildKit's content hash: a file that a source names counts without its name, what lies in a
directory with its path below it; a directory counts with its own mode and owner; the root of a tree does not. Names of
files on the way to a source do not count, so the same file somewhere else is the same source (see `definition`).
"""

from __future__ import annotations

import hashlib
import itertools
import posixpath
from collections.abc import Iterable
from dataclasses import replace

from dockkernel.build.buildkit.ops import CopyOp
from dockkernel.build.buildkit.selecting import Filter, Request, follow, matches, requests, select
from dockkernel.build.checksum import ContentDigests
from dockkernel.errors import InvalidInput
from dockkernel.fs.content import SliceReader
from dockkernel.fs.hostfile import HostFile
from dockkernel.fs.node import Device, Dir, File, Node, Symlink
from dockkernel.fs.pause import collector_paused
from dockkernel.fs.tree import Tree
from dockkernel.oci.quoting import go_quote

_KINDS = {"char": "3", "block": "4", "fifo": "6"}


def definition(op: CopyOp) -> CopyOp:
    """The operation as far as its content key does not tell: of the sources' paths only the last names."""
    if op.parents:
        return op
    return replace(op, sources=tuple(posixpath.basename(request.path) for request in requests(op)))


def content_key(op: CopyOp, source: Tree, contents: ContentDigests) -> str:
    """The digest (64 hexadecimal digits) of all that the operation takes of the tree.

    `InvalidInput` when a source is not there: `"/missing.txt": not found`.
    """
    hasher = hashlib.sha256()
    reader = SliceReader()
    try:
        with collector_paused():
            for request in requests(op):
                hasher.update(_Hashing(source, contents, reader).request(request).encode())
    finally:
        reader.close()
    return hasher.hexdigest()


def node_key(node: Node, contents: ContentDigests) -> str:
    """The digest of one node by itself, without its name; a host file's that is in a key already is remembered."""
    header = _header(node)
    return contents.of(header, node.content) if isinstance(node, File) else hashlib.sha256(header).hexdigest()


class _Hashing:
    """One source being hashed."""

    def __init__(self, source: Tree, contents: ContentDigests, reader: SliceReader) -> None:
        self._source = source
        self._contents = contents
        self._reader = reader

    def request(self, request: Request) -> str:
        """The digest of everything that the source means."""
        if not request.has_wildcards:
            return self._plain(request)
        base, found = matches(self._source, request.path)
        taken = [(path, self._named(posixpath.join("/", base, path), request.filter)) for path in found]
        return taken[0][1] if len(taken) == 1 else _joined(taken)

    def _plain(self, request: Request) -> str:
        node = self._source.get(follow(self._source, request.path))
        if node is None and request.filter is not None and not request.required:
            # With --exclude BuildKit finds that out only when it copies.
            return ""
        if request.required and not self._reaches(node, request):
            raise _not_found(request.required)
        return self._named(request.path, request.filter)

    def _reaches(self, node: Node | None, request: Request) -> bool:
        """Whether anything is taken that begins with the name that has to be there."""
        prefix = request.path.rstrip("/")
        return isinstance(node, Dir) and any(
            f"{prefix}/{path}".startswith(request.required)
            for path, _ in Tree(select(node, request.filter).root).walk()
        )

    def _named(self, path: str, chosen: Filter | None) -> str:
        """The digest of what is at an absolute path, links followed."""
        real = follow(self._source, path)
        node = self._source.get(real)
        if node is None:
            raise _not_found(path)
        if not isinstance(node, Dir):
            return self._node(node)
        own = [("", self._node(node))] if real else []
        below = Tree(select(node, chosen).root).walk()
        return _joined(itertools.chain(own, ((path, self._node(child)) for path, child in below)))

    def _node(self, node: Node) -> str:
        """The digest of one node by itself, without its name."""
        header = _header(node)
        if not isinstance(node, File):
            return hashlib.sha256(header).hexdigest()
        if isinstance(node.content, HostFile):
            return self._contents.of(header, node.content)
        hasher = hashlib.sha256(header)
        for chunk in self._reader.chunks(node.content):
            hasher.update(chunk)
        return hasher.hexdigest()


def _joined(parts: Iterable[tuple[str, str]]) -> str:
    """One digest for digests with their paths."""
    hasher = hashlib.sha256()
    for path, digest in parts:
        hasher.update(f"{path}\0{digest}\0".encode("utf-8", "surrogateescape"))
    return hasher.hexdigest()


def _not_found(path: str) -> InvalidInput:
    return InvalidInput(f"{go_quote(path)}: not found")


def _header(node: Node) -> bytes:
    """What counts of a node beside its content. Labels of the security system of the machine do not."""
    meta = node.meta
    if isinstance(node, File):
        kind = f"0 {node.content.size}"
    elif isinstance(node, Dir):
        kind = "5"
    elif isinstance(node, Symlink):
        kind = f"2 {node.target}"
    else:
        assert isinstance(node, Device)
        kind = f"{_KINDS[node.kind]} {node.major}:{node.minor}"
    text = f"{meta.mode:o} {meta.uid}:{meta.gid} {kind}\0".encode("utf-8", "surrogateescape")
    if not meta.xattrs:
        return text
    counted = sorted((name, value) for name, value in meta.xattrs.items() if _counts(name))
    return text + b"".join(
        f"{name}={len(value)}:".encode("utf-8", "surrogateescape") + value for name, value in counted
    )


def _counts(xattr: str) -> bool:
    return xattr == "security.capability" or not xattr.startswith(("security.", "system."))
