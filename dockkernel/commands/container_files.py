"""`docker diff`, `commit`, `cp` and `export`."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import BinaryIO

from dockkernel.commands import pictures
from dockkernel.commands.errors import ClientError
from dockkernel.commands.events import Rows
from dockkernel.commands.human import human_size
from dockkernel.commands.request_life import ContainerCommit, ContainerCp, ContainerDiff, ContainerExport
from dockkernel.commands.session import Session
from dockkernel.engine import container_files as files
from dockkernel.engine import observe
from dockkernel.fs.node import Dir, Node
from dockkernel.fs.tree import Tree
from dockkernel.oci.reference import InvalidReference, Reference

_CHUNK = 1 << 20


def container_diff(session: Session, request: ContainerDiff) -> int:
    """`docker diff`."""
    if not request.container.strip():
        raise ClientError("Container name cannot be empty")
    found = files.changes(session.engine, request.container)
    session.out("".join(f"{letter} {path}\n" for letter, path in found))
    session.emit(Rows(("change", "path"), found))
    return 0


def container_commit(session: Session, request: ContainerCommit) -> int:
    """`docker commit`: prints the new image's id."""
    from dockkernel.engine.commit import CommitSpec, commit

    target = None
    if request.target:
        try:
            target = Reference.parse(request.target)
        except InvalidReference as error:
            raise ClientError(error.message) from error
        if target.digest:
            raise ClientError("cannot commit to digest reference")
    spec = CommitSpec(request.container, target, request.author, request.message, request.change)
    image_id = commit(session.engine, spec)
    session.out(f"{image_id}\n")
    pictures.draw(session, pictures.picture(session, lambda: observe.stack(session.engine, [image_id])))
    return 0


def container_export(session: Session, request: ContainerExport) -> int:
    """`docker export`: a tar on standard output, or in a file."""
    if not request.output and session.stdout_tty:
        raise ClientError("cowardly refusing to save to a terminal. Use the -o flag or redirect")
    stream = files.export(session.engine, request.container)
    if not request.output:
        _copy_out(session, stream)
        return 0
    path = session.cwd / request.output
    if not path.parent.is_dir():
        message = f'failed to export container: invalid output path: directory "{path.parent}" does not exist'
        raise ClientError(message)
    try:
        with path.open("wb") as out:
            while piece := stream.read(_CHUNK):
                out.write(piece)
    except OSError as error:
        raise ClientError(f"failed to export container: open {request.output}: {_reason(error)}") from error
    return 0


def _copy_out(session: Session, stream: BinaryIO) -> None:
    while piece := stream.read(_CHUNK):
        session.out(piece)


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def _split(text: str) -> tuple[str, str]:
    """Container and path; no container for a host path, such as `./a:b`, `/x` or one with a drive letter."""
    if text.startswith(("/", ".", "\\")) or re.match(r"[A-Za-z]:[\\/]", text):
        return "", text
    container, colon, path = text.partition(":")
    return (container, path) if colon else ("", text)


def container_cp(session: Session, request: ContainerCp) -> int:
    """`docker cp`: one side is `CONTAINER:PATH`, the other a path of this machine, or `-` for a tar."""
    source, path = _split(request.source)
    target, destination = _split(request.destination)
    if not request.source:
        raise ClientError("source can not be empty")
    if not request.destination:
        raise ClientError("destination can not be empty")
    if source and target:
        raise ClientError("copying between containers is not supported")
    if not source and not target:
        raise ClientError("must specify at least one container source")
    try:
        if source:
            return _copy_from(session, request, source, path, destination)
        return _copy_to(session, request, path, target, destination)
    except files.CopyRefused as error:
        raise ClientError(error.message) from error


def _copy_from(session: Session, request: ContainerCp, container: str, path: str, destination: str) -> int:
    from dockkernel.fs.hostdir import materialise

    held = files.files(session.engine, container)
    name, node = files.taken(held, path, container, follow=request.follow_link)
    if destination == "-":
        _copy_out(session, files.archive(name, node))
        return 0
    at = session.cwd / destination
    if not at.exists() and not at.parent.is_dir():
        folder = posixpath.dirname(destination.rstrip("/"))
        raise ClientError(f'invalid output path: directory "{folder}" does not exist')
    where, called = _host_target(at, destination, name, node)
    tree = Tree(node) if called == "" and isinstance(node, Dir) else Tree.empty().with_node(called, node)
    try:
        materialise(tree, where, over=True)
    except OSError as error:
        raise ClientError(f"open {error.filename}: {_reason(error)}") from error
    _told(session, request, tree, str(at))
    return 0


def _host_target(at: Path, typed: str, name: str, node: Node) -> tuple[Path, str]:
    """The folder to write to and the name in it; an empty name writes a directory's contents to the folder."""
    if at.is_dir():
        return at, "" if name in (".", "/") else name
    if at.exists():
        if isinstance(node, Dir):
            raise files.CopyRefused("cannot copy directory")
        if files.asserts_directory(typed):
            raise files.CopyRefused("not a directory")
        at.unlink()
        return at.parent, at.name
    if files.asserts_directory(typed) and not isinstance(node, Dir):
        raise files.CopyRefused("no such directory")
    return at.parent, at.name


def _copy_to(session: Session, request: ContainerCp, path: str, container: str, destination: str) -> int:
    held = files.files(session.engine, container)
    if path == "-":
        data = session.stdin.read() if session.stdin else b""
        files.extract(session.engine, held, container, destination, data)
        return 0
    name, node = _host_node(session, path, follow=request.follow_link)
    files.put(session.engine, held, container, destination, name, node, owners=request.archive)
    _told(session, request, Tree.empty().with_node("x", node), f"{container}:{destination}")
    return 0


def _host_node(session: Session, path: str, *, follow: bool) -> tuple[str, Node]:
    from dockkernel.fs.hostdir import read_dir

    at = session.cwd / path
    try:
        if follow:
            at = at.resolve(strict=True)
        at.lstat()
    except OSError as error:
        raise ClientError(f"lstat {session.cwd / path}: {_reason(error)}") from error
    if at.is_dir() and (not at.is_symlink() or files.asserts_directory(path)):
        contents = posixpath.basename(path.rstrip("/")) == "." if path.rstrip("/") else True
        return "." if contents else at.resolve().name, read_dir(at, include=None).root
    if files.asserts_directory(path):
        raise files.CopyRefused("not a directory")
    whole = read_dir(at.parent, include=lambda entry, is_dir: entry == at.name)
    node = whole.get(at.name)
    if node is None:
        raise ClientError(f"lstat {at}: no such file or directory")
    return at.name, node


def _told(session: Session, request: ContainerCp, tree: Tree, where: str) -> None:
    """What a terminal is told after a copy."""
    if request.quiet or not session.stdout_tty:
        return
    from dockkernel.fs.change import diff
    from dockkernel.fs.tar import layer_size

    size = layer_size(diff(Tree.empty(), tree))
    session.err(f"Successfully copied {human_size(size, 3)} to {where}\n")
