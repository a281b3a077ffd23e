"""What makes a copied file or directory the same as before: name, kind, mode, owner, content. Times do not count.

The digests stand in the history as `file:…`, `dir:…`, `multi:…` and decide whether COPY and ADD come from the cache.
They depend on nothing else, so they are the same on every machine.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Iterable

from dockkernel.fs.content import chunks
from dockkernel.fs.hostfile import HostFile
from dockkernel.fs.node import Content, Device, Dir, File, Node, Symlink
from dockkernel.fs.tree import Tree

_REMEMBERED = 100_000
"""Digests of host files that are kept; some tens of megabytes at most."""


class ContentDigests:
    """sha256 of contents. Those of host files are remembered while path, size, time and inode stay. Thread safe."""

    def __init__(self) -> None:
        self._known: OrderedDict[HostFile, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, content: Content) -> bytes:
        """The digest, 32 bytes; `IntegrityError` when the file changes while it is read."""
        key = content if isinstance(content, HostFile) else None
        with self._lock:
            if key is not None and key in self._known:
                self._known.move_to_end(key)
                return self._known[key]
        digest = _sha256(content)
        if key is not None:
            with self._lock:
                self._known[key] = digest
                if len(self._known) > _REMEMBERED:
                    self._known.popitem(last=False)
        return digest


def _sha256(content: Content) -> bytes:
    hasher = hashlib.sha256()
    for chunk in chunks(content):
        hasher.update(chunk)
    return hasher.digest()


def node_digest(path: str, node: Node, contents: ContentDigests) -> str:
    """The digest (64 hexadecimal digits) of one node by itself; `path` is its name in the place it comes from."""
    meta = node.meta
    facts = [type(node).__name__, path, f"{meta.mode:o}", str(meta.uid), str(meta.gid)]
    facts += [f"{name}={value.hex()}" for name, value in sorted(meta.xattrs.items())]
    if isinstance(node, File):
        facts.append(contents.of(node.content).hex())
    elif isinstance(node, Symlink):
        facts.append(node.target)
    elif isinstance(node, Device):
        facts += [node.kind, str(node.major), str(node.minor)]
    return _join(facts)


def source_digest(path: str, node: Node, contents: ContentDigests) -> str:
    """`file:…` for a single node, `dir:…` for a directory with all below it."""
    if not isinstance(node, Dir):
        return f"file:{node_digest(path, node, contents)}"
    prefix = f"{path}/" if path else ""
    digests = [node_digest(path, node, contents)] if path else []
    digests += [node_digest(prefix + below, child, contents) for below, child in Tree(node).walk()]
    return f"dir:{_join(sorted(digests))}"


def sources_digest(digests: Iterable[str]) -> str:
    """One digest for all sources of an instruction: the one there is, or `multi:…`."""
    digests = list(digests)
    return digests[0] if len(digests) == 1 else f"multi:{_join(digests)}"


def _join(parts: list[str]) -> str:
    text = "\0".join(part.replace("\0", "\0\0") for part in parts)
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
