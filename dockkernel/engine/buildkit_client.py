"""What a graph build's client sends: the Dockerfile, `.dockerignore`, the context, named contexts.

The cache notes each of them, as BuildKit does, with the bytes of the files; of a tree that has not changed since it was
last sent only the names travel again. The bytes counted are those of BuildKit's file transfer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from dockkernel.build.buildkit.followed import restrict
from dockkernel.build.buildkit.records import CacheRecord, Records, new_record_id
from dockkernel.build.buildkit.telling import VertexTell
from dockkernel.fs.node import Dir, File, Inline, Meta, Node
from dockkernel.fs.tree import Tree


@dataclass(frozen=True, slots=True)
class ClientFiles:
    """A tree that is read when the first step needs it."""

    open_tree: Callable[[], Tree]

    def sender(self, records: Records, name: str, place: str, paths: frozenset[str]) -> Callable[[VertexTell], Tree]:
        """What sends the part of the tree that is taken, tells how much that was, and gives it."""

        def transfer(tell: VertexTell) -> Tree:
            tree = restrict(self.open_tree(), paths)
            _send_tree(records, tell, name, place, tree)
            return tree

        return transfer


def send(records: Records, tell: VertexTell, what: str, place: str, files: Mapping[str, bytes]) -> None:
    """Sends small files, which always travel whole."""
    meta = Meta(0o644, mtime_ns=tell.now_ns())
    tree = Tree(Dir(Meta(), {name: File(meta, Inline(data)) for name, data in files.items()}))
    shown = "dockerfile" if what == "dockerfile" else "context"
    tell.status(f"transferring {shown}:", transfer_size(tree, sent=True), done=True)
    _note(records, tell, what, place, sum(len(data) for data in files.values()), "")


def _send_tree(records: Records, tell: VertexTell, name: str, place: str, tree: Tree) -> None:
    listing = _list(tree)
    known = records.find(_key(name, place))
    changed = known is None or known.chain_id != listing.digest
    sent = listing.headers + (listing.contents if changed else 0)
    tell.status("transferring context:", sent, done=True)
    _note(records, tell, name, place, listing.size, listing.digest)


def _key(what: str, place: str) -> str:
    return f"local:{what}:{place}"


def _note(records: Records, tell: VertexTell, what: str, place: str, size: int, digest: str) -> None:
    now = tell.now_ns()
    found = records.find(_key(what, place))
    record = found or CacheRecord(
        new_record_id(), "source.local", _key(what, place), f"local source for {what}", created_ns=now, usage=0
    )
    records.add(replace(record, size=size, chain_id=digest, last_used_ns=now, usage=record.usage + 1))


_CHUNK = 32 * 1024
_END = 2
"""Bytes of the packet that ends a transfer."""


@dataclass(frozen=True, slots=True)
class _Listing:
    """A tree as the transfer counts it: bytes of headers, of contents, of files; and what tells whether it changed."""

    headers: int
    contents: int
    size: int
    digest: str


def _list(tree: Tree) -> _Listing:
    """One walk. The digest is of names, kinds, sizes, modes and times: what tells the client which files to send."""
    hasher = hashlib.sha256()
    headers, contents, total = _END, 0, 0
    for number, (path, node) in enumerate(tree.walk()):
        name = path.encode("utf-8", "surrogateescape")
        size = -1
        if isinstance(node, File):
            size = node.content.size
            total += size
            contents += _contents(number, size)
        headers += _header(len(name), max(size, 0), node)
        hasher.update(b"%s\0%d %d %d\n" % (name, size, node.meta.mode, node.meta.mtime_ns))
    return _Listing(headers, contents, total, hasher.hexdigest())


def transfer_size(tree: Tree, *, sent: bool) -> int:
    """Bytes of BuildKit's file transfer (fsutil's packets): a header for each entry, with `sent` the contents too."""
    listing = _list(tree)
    return listing.headers + (listing.contents if sent else 0)


def _header(name: int, size: int, node: Node) -> int:
    directory = 1 << 31 if isinstance(node, Dir) else 0
    body = 1 + _varint(name) + name + 1 + _varint(node.meta.mode | directory)
    body += (1 + _varint(size) if size else 0) + (1 + _varint(node.meta.mtime_ns) if node.meta.mtime_ns else 0)
    return 1 + _varint(body) + body


def _contents(number: int, size: int) -> int:
    """The packets of one file's bytes, and the empty one after them; each names the entry by number."""
    head = 2 + (1 + _varint(number) if number else 0)
    full, rest = divmod(size, _CHUNK)
    total = full * (head + 1 + _varint(_CHUNK) + _CHUNK)
    if rest:
        total += head + 1 + _varint(rest) + rest
    return total + head


def _varint(value: int) -> int:
    return max(1, (value.bit_length() + 6) // 7)
