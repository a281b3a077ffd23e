"""The files that a step took, as its trace keeps them: what each was, few enough to be kept."""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from dockkernel.build.checksum import ContentDigests, NodeDigest
from dockkernel.fs.node import Dir, File, Node, Symlink

Kind = Literal["file", "directory", "link", "device", "files"]
"""`files` stands for many: a directory with all below it that was folded into one row."""

_PLAIN_BYTES = 1 << 20
"""Up to this size a file's digest is that of its bytes, as `sha256sum` gives it; a larger one is not read twice."""
_FILES = 1_000
"""Files that are traced one by one."""


@dataclass(frozen=True, slots=True)
class FileTrace:
    """One file, directory or link as a step took it."""

    kind: Kind
    digest: str
    """`sha256:…` of the bytes, for large ones `tarsum:…` of header and bytes; a link's target; a directory has none."""
    mode: int
    """Permission bits."""
    owner: tuple[int, int] = (0, 0)
    size: int = 0
    """Bytes; for `files` how many there are."""

    def to_json(self) -> list[Any]:
        """As a row."""
        return [self.kind, self.digest, self.mode, *self.owner, self.size]

    @classmethod
    def from_json(cls, row: Sequence[Any]) -> FileTrace:
        """From a row."""
        kind, digest, mode, uid, gid, size = row
        return cls(kind, digest, mode, (uid, gid), size)


def file_traces(found: Sequence[NodeDigest], contents: ContentDigests) -> dict[str, FileTrace]:
    """Path → trace of all that was found in a step's sources; the digests that its cache key has serve again.

    Of very many a row a directory is kept.
    """
    if len(found) > _FILES:
        return _by_directory(found)
    return {one.path or ".": _trace(one.node, one.digest, contents) for one in found}


def _by_directory(found: Sequence[NodeDigest]) -> dict[str, FileTrace]:
    together: dict[str, list[str]] = {}
    for path, node, digest in found:
        folder = path if isinstance(node, Dir) else path.rpartition("/")[0]
        together.setdefault(folder or ".", []).append(digest)
    return {
        folder: FileTrace("files", f"sha256:{hashlib.sha256(''.join(digests).encode()).hexdigest()}", 0, (0, 0), count)
        for folder, digests in together.items()
        if (count := len(digests))
    }


def _trace(node: Node, tarsum: str, contents: ContentDigests) -> FileTrace:
    meta = node.meta
    owner = meta.uid, meta.gid
    if isinstance(node, File):
        size = node.content.size
        small = size <= _PLAIN_BYTES
        digest = f"sha256:{contents.of(b'', node.content)}" if small else f"tarsum:{tarsum}"
        return FileTrace("file", digest, meta.mode, owner, size)
    if isinstance(node, Symlink):
        return FileTrace("link", node.target, 0, owner)
    if isinstance(node, Dir):
        return FileTrace("directory", "", meta.mode, owner)
    return FileTrace("device", tarsum, meta.mode, owner)


def folded(files: Mapping[str, FileTrace], most: int) -> tuple[tuple[str, FileTrace], ...]:
    """At most so many rows, sorted by path: the deepest directories become one row each until there are few enough."""
    rows = dict(files)
    depth = max((path.count("/") for path in rows), default=0)
    while len(rows) > most and depth >= 0:
        rows = _folded_below(rows, depth)
        depth -= 1
    return tuple(sorted(rows.items()))


def _folded_below(rows: Mapping[str, FileTrace], depth: int) -> dict[str, FileTrace]:
    kept: dict[str, FileTrace] = {}
    deep: dict[str, list[tuple[str, FileTrace]]] = {}
    for path, file in rows.items():
        if path.count("/") < depth:
            kept[path] = file
        else:
            deep.setdefault(posixpath.dirname(path), []).append((path, file))
    for folder, below in deep.items():
        here = kept.pop(folder, None)
        kept[folder or "."] = _together([*([(folder, here)] if here else []), *below])
    return kept


def _together(rows: Iterable[tuple[str, FileTrace]]) -> FileTrace:
    listed = sorted(rows)
    hasher, count = hashlib.sha256(), 0
    for path, file in listed:
        hasher.update(repr((path, file.to_json())).encode("utf-8", "surrogatepass"))
        count += file.size if file.kind == "files" else 1
    return FileTrace("files", f"sha256:{hasher.hexdigest()}", 0, size=count)
