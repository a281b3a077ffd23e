"""What buildx takes from the host for a build: the Dockerfile, `.dockerignore`, the tree of the context.

Unlike the classic client it sends nothing whole: the Dockerfile travels alone, and the tree when a step asks for it.
Nothing outside the context and the Dockerfile's directory is read. Messages are those of buildx and BuildKit.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, cast

from dockkernel.build import context
from dockkernel.build.archives import BLOCK, HEAD, begins_archive, compression
from dockkernel.build.buildkit.ops import HttpSource, LocalSource, Source
from dockkernel.build.context import DEFAULT_NAME, ContextError, ContextRefused
from dockkernel.build.remote import git_context, is_url
from dockkernel.build.unpack import Spool
from dockkernel.errors import InvalidInput, ParseError
from dockkernel.fs.hostdir import read_dir
from dockkernel.fs.ignore import IgnorePatterns
from dockkernel.fs.tree import Tree

_IGNORE = ".dockerignore"


@dataclass(frozen=True, slots=True)
class ClientContext:
    """What a build is given."""

    dockerfile: bytes | None
    """None where there is none, which is told when the build looks for it."""
    name: str
    """As messages call the Dockerfile."""
    open_tree: Callable[[], Tree]
    """Reads the context, all owned by root, without what is ignored."""
    ignored: bytes = b""
    """The text of the `.dockerignore` in force."""
    place: str = ""
    """Tells contexts apart from build to build."""
    main: Source = field(default_factory=LocalSource)
    """What the context is. With one that is elsewhere there is no tree to send, and a Dockerfile only of the host."""


def from_directory(directory: str, dockerfile: str, cwd: Path, stdin: BinaryIO | None) -> ClientContext:
    """The context in a directory. `dockerfile` is a path from `cwd`, `-` for standard input, empty for the usual one.

    `ContextError` in the client's words.
    """
    root = local_directory(directory, cwd)
    if root is None:
        raise ContextError(f'unable to prepare context: path "{directory}" not found')
    if dockerfile == "-":
        text: bytes | None = stdin.read() if stdin is not None else b""
        folder, name = None, DEFAULT_NAME
    else:
        folder, name = _dockerfile_place(root, dockerfile, cwd)
        text = _read_inside(folder, name)
    ignored = _read_inside(folder, f"{name}{_IGNORE}") if folder else None
    if ignored is None:
        ignored = ignore_text(root)
    return ClientContext(text, name, lambda: read_context(root, ignored), ignored, str(root))


def from_elsewhere(text: str, dockerfile: str, cwd: Path, stdin: BinaryIO | None) -> ClientContext | None:
    """The context that is no directory of the host but an address or a repository; None for anything else.

    `dockerfile` is a path in it, an absolute one of the host, or `-`. `ContextError` in buildx's words.
    """
    if local_directory(text, cwd) is not None:
        return None
    try:
        main = git_context(text) or (HttpSource(text, filename="context") if is_url(text) else None)
    except InvalidInput as error:
        raise ContextError(error.message) from error
    if main is None:
        return None
    own: bytes | None = None
    name = dockerfile or DEFAULT_NAME
    if dockerfile == "-":
        own, name = stdin.read() if stdin is not None else b"", DEFAULT_NAME
    elif Path(dockerfile).is_absolute():
        folder, name = _dockerfile_place(cwd, dockerfile, cwd)
        own = _read_inside(folder, name)
        if own is None:
            raise ContextError(f"failed to solve: failed to read dockerfile: open {name}: no such file or directory")
    return ClientContext(own, name, Tree.empty, main=main)


def from_stdin(stdin: BinaryIO | None, dockerfile: str, spool: Spool, now_ns: Callable[[], int]) -> ClientContext:
    """The context on standard input: a tar archive, compressed or not, or a Dockerfile alone, which has no context.

    `ContextError` in buildx's words; `ContextRefused` when the archive is damaged.
    """
    if dockerfile == "-":
        raise ContextError("invalid argument: can't use stdin for both build context and dockerfile")
    source = stdin or io.BytesIO()
    head = source.read(BLOCK)
    while len(head) < BLOCK and (more := source.read(BLOCK - len(head))):
        head += more
    if head and compression(head[:HEAD]) is None and not begins_archive(head):
        if dockerfile:
            raise ContextError("ambiguous Dockerfile source: both stdin and flag correspond to Dockerfiles")
        return ClientContext(head + source.read(), DEFAULT_NAME, Tree.empty)
    name = dockerfile or DEFAULT_NAME
    if not head:
        return ClientContext(None, name, Tree.empty)
    whole = cast("BinaryIO", io.BufferedReader(_Joined(head, source)))
    try:
        found = context.from_stdin(whole, dockerfile, spool, now_ns)
    except ContextRefused as error:
        if error.message.startswith("Cannot locate specified Dockerfile"):
            return ClientContext(None, name, Tree.empty)
        raise
    return ClientContext(found.dockerfile, found.dockerfile_name, lambda: found.tree)


class _Joined(io.RawIOBase):
    """What was read before, then the rest of a stream."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head = head
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]
        data, self._head = self._head[: len(buffer)], self._head[len(buffer) :]
        data = data or self._rest.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def file_reader(cwd: Path) -> Callable[[str, int], bytes]:
    """What reads a file of the host, at most so many bytes of it; paths are from `cwd`. `OSError` when it cannot."""

    def read(path: str, limit: int) -> bytes:
        with (cwd / path).open("rb") as stream:
            return stream.read(limit)

    return read


def local_directory(directory: str, cwd: Path) -> Path | None:
    """The directory of the host that a context names, None when there is no such directory."""
    try:
        root = (cwd / directory).resolve()
        return root if root.is_dir() else None
    except (OSError, ValueError):
        return None


def ignore_text(root: Path) -> bytes:
    """The `.dockerignore` of a directory; empty for none, and for a link that leads out of it."""
    return _read_inside(root, _IGNORE) or b""


def read_context(root: Path, ignored: bytes = b"") -> Tree:
    """The tree of a directory without what its `.dockerignore` names; `InvalidInput` in BuildKit's words."""
    try:
        patterns = IgnorePatterns.parse(ignored)
        if not patterns.patterns:
            return read_dir(root)
        return read_dir(root, include=patterns.include, descend=patterns.descend)
    except ParseError as error:
        raise InvalidInput(f"error from sender: {error.message}") from error
    except OSError as error:
        raise InvalidInput(f"error from sender: open {error.filename}: {_reason(error)}") from error


def _dockerfile_place(root: Path, dockerfile: str, cwd: Path) -> tuple[Path, str]:
    folder, name = root, DEFAULT_NAME
    if dockerfile:
        path = Path(os.path.normpath(cwd / dockerfile))
        folder, name = path.parent, path.name
        if not folder.is_dir():
            shown = str(Path(dockerfile).parent)
            raise ContextError(f"could not find {shown}: stat {shown}: no such file or directory")
    if name == DEFAULT_NAME and not os.path.lexists(folder / name) and os.path.lexists(folder / name.lower()):
        name = name.lower()
    return folder, name


def _read_inside(folder: Path, name: str) -> bytes | None:
    """The bytes of a file of the folder; None when there is none, or a link that leads out of it."""
    try:
        path = (folder / name).resolve(strict=True)
        if not path.is_relative_to(folder.resolve()):
            return None
        return path.read_bytes()
    except IsADirectoryError as error:
        raise ContextError(f"failed to solve: failed to read dockerfile: read {name}: is a directory") from error
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise ContextError(f"failed to solve: failed to read dockerfile: open {name}: {_reason(error)}") from error


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
