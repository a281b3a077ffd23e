"""The build context: the files that COPY and ADD can see, the Dockerfile, and how large it is when it is sent.

It comes from a directory (less what `.dockerignore` names), or from standard input as a Dockerfile or a tar archive.
This is the one place of the build that touches the host's files, and it reads nothing outside what it is given. The
messages are those of Docker's client.
"""

from __future__ import annotations

import io
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from dockkernel.build.archives import BLOCK, HEAD, begins_archive, compression, damage, uncompressed
from dockkernel.build.copying import Copied, in_the_way
from dockkernel.build.unpack import Spool, unpack_all
from dockkernel.errors import DockError, InvalidInput, ParseError
from dockkernel.fs.builder import TreeBuilder
from dockkernel.fs.hostdir import read_dir
from dockkernel.fs.ignore import IgnorePatterns
from dockkernel.fs.node import Dir, File, Inline, Link, Meta, Node, Symlink
from dockkernel.fs.tree import Tree

DEFAULT_NAME = "Dockerfile"
_IGNORE = ".dockerignore"
_END = 2 * BLOCK
"""Bytes of a tar stream's end mark."""


class ContextError(DockError):
    """The client could not prepare the context; the message is the client's."""


class ContextRefused(InvalidInput):
    """The context was sent (`size` bytes), and the daemon can do nothing with it; the message is the daemon's."""

    def __init__(self, message: str, size: int) -> None:
        super().__init__(message)
        self.size = size


@dataclass(frozen=True, slots=True)
class BuildContext:
    """What a build is given."""

    tree: Tree
    """All owned by root, without what is ignored."""
    dockerfile: bytes
    dockerfile_name: str
    """As messages call it: a path in the context."""
    size: int
    """Bytes that Docker's client would send."""


def from_directory(directory: str, dockerfile: str, cwd: Path, stdin: BinaryIO | None) -> BuildContext:
    """The context in a directory. `dockerfile` is a path from `cwd`, `-` for standard input, empty for the usual one.

    `ContextError` in the client's words; `ContextRefused` when the daemon would not find the Dockerfile.
    """
    root = _context_dir(directory, cwd)
    if dockerfile == "-":
        return _with_foreign(root, _read_all(stdin))
    path = _dockerfile_path(root, dockerfile, cwd)
    if not path.is_relative_to(root):
        return _with_foreign(root, _read_file(path))
    return _local(root, path.relative_to(root).as_posix())


def _context_dir(directory: str, cwd: Path) -> Path:
    path = cwd / directory
    if not path.exists():
        raise ContextError(f'unable to prepare context: path "{directory}" not found')
    root = path.resolve()
    if not root.is_dir():
        raise ContextError(f"unable to prepare context: context must be a directory: {root}")
    return root


def _dockerfile_path(root: Path, dockerfile: str, cwd: Path) -> Path:
    path = cwd / dockerfile if dockerfile else root / DEFAULT_NAME
    if not dockerfile and not os.path.lexists(path) and os.path.lexists(root / DEFAULT_NAME.lower()):
        path = root / DEFAULT_NAME.lower()
    path = Path(os.path.normpath(path))
    try:
        return path.resolve(strict=True)
    except OSError as error:
        reason = _reason(error)
        problem = f"unable to evaluate symlinks in Dockerfile path: lstat {_missing(path)}: {reason}"
        raise ContextError(f"unable to prepare context: {problem}") from error


def _missing(path: Path) -> Path:
    """The first part of the path that is not there."""
    return next((part for part in [*reversed(path.parents), path] if not os.path.lexists(part)), path)


def _local(root: Path, name: str) -> BuildContext:
    """A context with its Dockerfile inside. The control files are sent even when they are ignored, and dropped then."""
    patterns = _ignore_patterns(root)
    keep = {_IGNORE, name}
    tree = _read_tree(root, patterns, keep)
    size = sent_size(tree) + _END
    return BuildContext(_without_ignored(tree, patterns, keep), _text_of(tree, name, size), name, size)


def _text_of(tree: Tree, name: str, size: int) -> bytes:
    node = tree.get(name)
    if not isinstance(node, File):
        raise ContextRefused(f"Cannot locate specified Dockerfile: {name}", size)
    with node.content.open() as stream:
        return stream.read()


def _with_foreign(root: Path, text: bytes) -> BuildContext:
    """A context with a Dockerfile from elsewhere, which travels under a name of its own."""
    patterns = _ignore_patterns(root)
    tree = _read_tree(root, patterns, {_IGNORE})
    name = f".dockerfile.{secrets.token_hex(10)}"
    old = tree.get(_IGNORE)
    ignored = f"\n{name}\n".encode()
    with old.content.open() if isinstance(old, File) else io.BytesIO(_IGNORE.encode()) as stream:
        ignored = stream.read() + ignored
    # The client adds both files to the stream and ends it in the middle of the last block.
    others = tree.without(_IGNORE)
    size = sent_size(others) + 2 * BLOCK + _blocks(len(ignored)) + len(text)
    return BuildContext(_without_ignored(tree, patterns, {_IGNORE}), text, name, size)


def _ignore_patterns(root: Path) -> IgnorePatterns:
    try:
        path = (root / _IGNORE).resolve(strict=True)
        # A link that leads out of the context is not followed.
        return IgnorePatterns.parse(path.read_bytes() if path.is_relative_to(root) else b"")
    except FileNotFoundError:
        return IgnorePatterns()
    except OSError as error:
        raise ContextError(f"open {root / _IGNORE}: {_reason(error)}") from error
    except ParseError as error:
        raise ContextError(f"error checking context: {error.message}") from error


def _read_tree(root: Path, patterns: IgnorePatterns, keep: set[str]) -> Tree:
    kept = patterns.with_exceptions(*sorted(keep))
    try:
        if not kept.patterns:
            return read_dir(root)
        return read_dir(root, include=kept.include, descend=kept.descend)
    except OSError as error:
        raise ContextError(f"error checking context: no permission to read from '{error.filename}'") from error


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def _without_ignored(tree: Tree, patterns: IgnorePatterns, names: set[str]) -> Tree:
    """The daemon takes the control files away when `.dockerignore` names them."""
    for name in names:
        if patterns.matches(name):
            tree = tree.without(name)
    return tree


def from_stdin(stdin: BinaryIO | None, dockerfile: str, spool: Spool, now_ns: Callable[[], int]) -> BuildContext:
    """The context on standard input: a tar archive, compressed or not, or a Dockerfile alone.

    `ContextError` in the client's words; `ContextRefused` when the archive is damaged or has no Dockerfile.
    """
    if dockerfile == "-":
        raise ContextError("invalid argument: can't use stdin for both build context and dockerfile")
    source = stdin or io.BytesIO()
    head = source.read(BLOCK)
    while len(head) < BLOCK and (more := source.read(BLOCK - len(head))):
        head += more
    kind = compression(head[:HEAD])
    if kind is None and not begins_archive(head):
        return _alone(head + source.read())
    tree, size = _unpacked(_Counting(head, source), kind, spool, now_ns)
    return _from_archive(tree, dockerfile, size)


def from_archive(source: BinaryIO, text: bytes, spool: Spool, now_ns: Callable[[], int]) -> BuildContext:
    """The context in an archive with a Dockerfile from elsewhere; `ContextError` when it is no archive."""
    head = source.read(BLOCK)
    kind = compression(head[:HEAD])
    if kind is None and not begins_archive(head):
        raise ContextError("unable to prepare context: build context is not an archive")
    tree, size = _unpacked(_Counting(head, source), kind, spool, now_ns)
    return BuildContext(tree, text, f".dockerfile.{secrets.token_hex(10)}", size)


def _unpacked(counted: _Counting, kind: str | None, spool: Spool, now_ns: Callable[[], int]) -> tuple[Tree, int]:
    """What is in an archive, all owned by root, and the archive's bytes; `ContextRefused` when it is damaged."""
    builder = TreeBuilder(Tree.empty(), now_ns)
    try:
        with damage(), in_the_way("failed to unpack"):
            unpack_all(builder, spool(uncompressed(cast("BinaryIO", io.BufferedReader(counted, 1 << 20)), kind)))
    except InvalidInput as error:
        raise ContextRefused(error.message, counted.seen) from error
    return _owned_by_root(builder.build()), counted.seen


def _alone(text: bytes) -> BuildContext:
    tree = Tree(Dir(Meta(), {DEFAULT_NAME: File(Meta(0o644), Inline(text))}))
    return BuildContext(tree, text, DEFAULT_NAME, sent_size(tree) + _END)


def _from_archive(tree: Tree, dockerfile: str, size: int) -> BuildContext:
    name = dockerfile or DEFAULT_NAME
    if not dockerfile and tree.get(name) is None and tree.get(name.lower()) is not None:
        name = name.lower()
    text = _text_of(tree, name, size)
    ignore = tree.get(_IGNORE)
    if isinstance(ignore, File):
        with ignore.content.open() as stream:
            patterns = IgnorePatterns.parse(stream.read())
        tree = _without_ignored(tree, patterns, {_IGNORE, name})
    return BuildContext(tree, text, name, size)


def _owned_by_root(tree: Tree) -> Tree:
    """The tree with owner 0:0 everywhere, as a context from a directory has it."""
    root = Copied((0, 0)).node(tree.root)
    assert isinstance(root, Dir)
    return Tree(root)


def sent_size(tree: Tree) -> int:
    """Bytes of a tar stream of the tree, without its end mark; a hard-linked file counts once."""
    seen: set[Link] = set()
    return sum(_entry_size(path, node, seen) for path, node in tree.walk())


def _entry_size(path: str, node: Node, seen: set[Link]) -> int:
    size = BLOCK + _extension_size(f"{path}/" if isinstance(node, Dir) else path, node)
    if not isinstance(node, File) or node.link in seen:
        return size
    if node.link is not None:
        seen.add(node.link)
    return size + _blocks(node.content.size)


def _extension_size(path: str, node: Node) -> int:
    """Bytes of the PAX header that a name needs which is long or not ASCII."""
    names = {"path": path, "linkpath": node.target if isinstance(node, Symlink) else ""}
    records = 0
    for key, name in names.items():
        data = name.encode("utf-8", "surrogateescape")
        if len(data) > 100 or not data.isascii():
            plain = len(key) + len(data) + 3
            records += plain + len(str(plain + len(str(plain))))
    return BLOCK + _blocks(records) if records else 0


def _blocks(size: int) -> int:
    return -(-size // BLOCK) * BLOCK


def write_iid(path: Path, text: str) -> None:
    """Writes the file of `--iidfile`; an empty text takes an old one away."""
    try:
        if text:
            path.write_bytes(text.encode())
        else:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise ContextError(f"open {path}: {_reason(error)}") from error


def _read_all(stdin: BinaryIO | None) -> bytes:
    return stdin.read() if stdin is not None else b""


def _read_file(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ContextError(f"unable to open Dockerfile: open {path}: {_reason(error)}") from error


class _Counting(io.RawIOBase):
    """What was read before, then the rest of a stream, counted."""

    def __init__(self, head: bytes, stream: BinaryIO) -> None:
        self._head = head
        self._stream = stream
        self.seen = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]
        data, self._head = self._head[: len(buffer)], self._head[len(buffer) :]
        data = data or self._stream.read(len(buffer))
        buffer[: len(data)] = data
        self.seen += len(data)
        return len(data)
