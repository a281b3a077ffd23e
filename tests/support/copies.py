"""COPY and ADD of the graph builder on small trees."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, BinaryIO

from dockkernel.build.buildkit.content import content_key
from dockkernel.build.buildkit.copying import copy
from dockkernel.build.buildkit.ops import CopyOp
from dockkernel.build.checksum import ContentDigests
from dockkernel.fs.builder import TreeBuilder
from dockkernel.fs.content import OpenBlob
from dockkernel.fs.node import File, Node
from dockkernel.fs.tree import Tree
from dockkernel.testing.trees import Spec, data, tree

NOW = 50 * 10**9
"""When copies happen, in nanoseconds."""


def op(dest: str, *sources: str, **options: Any) -> CopyOp:
    """A COPY."""
    return replace(CopyOp("COPY", sources, dest), **options)


def copied(base: Mapping[str, Spec] | Tree, source: Tree | None, what: CopyOp, users: Tree | None = None) -> Tree:
    """The base after the operation, which takes from `source`; names of owners are looked up in `users` or the base."""
    lower = base if isinstance(base, Tree) else tree(base)
    builder = TreeBuilder(lower, lambda: NOW)
    copy(builder, what, source, spool, lambda: NOW, follow_owner_from=users or lower)
    return builder.build()


def key(source: Mapping[str, Spec] | Tree, what: CopyOp) -> str:
    """The content key of an operation on a source."""
    return content_key(what, source if isinstance(source, Tree) else tree(source), ContentDigests())


def spool(stream: BinaryIO) -> OpenBlob:
    """Keeps a stream's bytes in memory."""
    kept = stream.read()
    return lambda: io.BytesIO(kept)


def at(found: Tree, path: str) -> Node:
    """The node at a path, which must be there."""
    node = found.get(path)
    assert node is not None, path
    return node


def text(found: Tree, path: str) -> str:
    """What is in a file."""
    node = at(found, path)
    assert isinstance(node, File), path
    return data(node.content).decode()


def looks(found: Tree, path: str) -> tuple[int, int, int, int]:
    """Mode, user, group, and seconds of a node."""
    meta = at(found, path).meta
    return meta.mode, meta.uid, meta.gid, meta.mtime_ns // 10**9
