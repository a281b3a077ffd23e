"""Cache keys: a digest of an operation, of the file system below it, and of the content of the files it takes.

The file system is named by its chain ID, so what was made anew in another way counts as different, and what came out
the same counts as the same. Of what the client sends only the content that is taken counts: names, kinds, modes,
owners, bytes. Times, places and the order of files are in no key.
"""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from dataclasses import replace

from dockkernel.build.buildkit.content import content_key, definition
from dockkernel.build.buildkit.ops import CopyGroup, ExecOp, Op
from dockkernel.build.buildkit.result import SCRATCH_TREE, Result
from dockkernel.build.checksum import ContentDigests, source_digest
from dockkernel.errors import InvalidInput
from dockkernel.fs.lookup import resolve
from dockkernel.oci.digest import Digest


def key_of(op: Op, base: Result, sources: Sequence[Result], contents: ContentDigests) -> str:
    """The key of an operation on `base` that takes files from `sources`.

    `InvalidInput` in BuildKit's words when a file that is named is not there.
    """
    if isinstance(op, CopyGroup):
        below = "" if op.link else base.chain_id
        parts = [repr(definition(part)) for part in op.parts]
        return _digest("copy", *parts, below, *_copied(op, sources, contents))
    if isinstance(op, ExecOp):
        return _digest("exec", repr(replace(op, hidden_env=())), base.chain_id, *_mounted(op, sources, contents))
    return _digest("dir", repr(op), base.chain_id)


def _copied(op: CopyGroup, sources: Sequence[Result], contents: ContentDigests) -> list[str]:
    return [
        "" if part.files else content_key(part, source.tree(), contents)
        for part, source in zip(op.parts, sources, strict=True)
    ]


def _mounted(op: ExecOp, sources: Sequence[Result], contents: ContentDigests) -> list[str]:
    """What mounts take from stages counts by chain ID; what they take from the client by content."""
    found = []
    for mount in op.mounts:
        if mount.input is None:
            continue
        source = sources[mount.input - 1]
        found.append(source.chain_id or source.name or _content(source, mount.mount.source, contents))
    return found


def _content(source: Result, path: str, contents: ContentDigests) -> str:
    tree = source.tree()
    shown = posixpath.normpath(posixpath.join("/", path))
    try:
        real = resolve(tree, shown)
        node = tree.get(real)
    except OSError:
        node = None
    if node is None:
        if tree is SCRATCH_TREE:
            return ""
        raise InvalidInput(f'"{shown}": not found')
    return source_digest("", node, contents)


def _digest(*parts: str) -> str:
    text = "\n".join(str(len(part)) + ":" + part for part in parts)
    return Digest.of(text.encode("utf-8", "surrogatepass")).hex
