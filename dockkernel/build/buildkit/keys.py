"""Cache keys: a digest of an operation, of the file system below it, and of the content of the files it takes.

The file system is named by its chain ID, so what was made anew in another way counts as different, and what came out
the same counts as the same. Of what the client sends only the content that is taken counts: names, kinds, modes,
owners, bytes. Times, places and the order of files are in no key.
"""

from __future__ import annotations

from collections.abc import Sequence

from dockkernel.build.buildkit import mountkeys
from dockkernel.build.buildkit.content import content_key, definition
from dockkernel.build.buildkit.ops import CopyGroup, ExecOp, Op
from dockkernel.build.buildkit.result import NOTHING, Result
from dockkernel.build.checksum import ContentDigests
from dockkernel.fs.node import File
from dockkernel.oci.digest import Digest


def definition_of(op: Op, base: Result) -> str:
    """The part of the key that is known before any file is read."""
    if isinstance(op, CopyGroup):
        return _digest("copy", *(repr(definition(part)) for part in op.parts), "" if op.link else base.chain_id)
    if isinstance(op, ExecOp):
        return _digest("exec", repr(mountkeys.definition(op)), base.chain_id)
    return _digest("dir", repr(op), base.chain_id)


def key_of(op: Op, base: Result, sources: Sequence[Result], contents: ContentDigests) -> str:
    """The key of an operation on `base` that takes files from `sources`.

    `InvalidInput` in BuildKit's words when a file that is named is not there.
    """
    taken: list[str] = []
    if isinstance(op, CopyGroup):
        taken = _copied(op, sources, contents)
    elif isinstance(op, ExecOp):
        taken = mountkeys.mount_keys(op, sources, contents)
    return _digest(definition_of(op, base), *taken)


def _copied(op: CopyGroup, sources: Sequence[Result], contents: ContentDigests) -> list[str]:
    """What is taken; of nothing (a stage that is scratch) nothing, and only the copy finds out."""
    return [
        "" if part.files or source is NOTHING else content_key(part, source.tree(), contents)
        for part, source in zip(op.parts, sources, strict=True)
    ]


def _digest(*parts: str) -> str:
    text = "\n".join(str(len(part)) + ":" + part for part in parts)
    return Digest.of(text.encode("utf-8", "surrogatepass")).hex


_MANY = 1_000
_LARGE = 16 << 20
"""Bytes from which on hashing beside copying pays, in files that are not many."""


def is_large(op: Op, sources: Sequence[Result]) -> bool:
    """Whether the work of a copy is reading bytes and not opening files."""
    if not isinstance(op, CopyGroup):
        return False
    total = count = 0
    for source in sources:
        for _, node in source.tree().walk() if source.is_local else ():
            count += 1
            total += node.content.size if isinstance(node, File) else 0
            if count > _MANY:
                return False
    return total >= _LARGE
