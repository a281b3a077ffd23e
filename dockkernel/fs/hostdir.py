"""Directories of the host: read into a tree, and a tree written out.

Reading never follows a symbolic link; links stay links. Writing creates every name anew and exclusively, so nothing
that lies in the tree, or comes into the way meanwhile, can lead a write out of the destination.
"""

from __future__ import annotations

import os
import secrets
import shutil
import stat
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import BinaryIO

from dockkernel.errors import InvalidInput
from dockkernel.fs.change import Change, ChangeKind, apply
from dockkernel.fs.content import chunks
from dockkernel.fs.hostfile import HostFile
from dockkernel.fs.node import Content, Device, Dir, File, Link, Meta, Node, Symlink
from dockkernel.fs.tree import Tree

_POSIX = os.name == "posix"
_WINDOWS_RESERVED = frozenset('<>:"/\\|?*')
_HOLE = 1 << 12


def read_dir(
    path: Path,
    *,
    include: Callable[[str, bool], bool] | None = None,
    descend: Callable[[str], bool] | None = None,
    owner: tuple[int, int] = (0, 0),
) -> Tree:
    """The directory as a tree, file contents left on the host until they are read (`hostfile.HostFile`).

    `include(path, is_dir)` says whether a path is taken; what is below a directory that is not taken is not looked at
    unless `descend(path)` says so, and then the directory comes along if something in it is taken. Sockets, devices and
    FIFOs are passed over. Modes are those of the host, on Windows 0755 and 0644. `OSError` when a directory cannot be
    read.
    """
    root: dict[str, Node] = {}
    links: dict[tuple[int, int], Link] = {}
    unwanted: list[tuple[dict[str, Node], str]] = []
    todo: list[tuple[str, str, dict[str, Node]]] = [(os.fspath(path), "", root)]
    while todo:
        where, prefix, children = todo.pop()
        with os.scandir(where) as entries:
            found = list(entries)
        for entry in found:
            inside = prefix + entry.name
            status = entry.stat(follow_symlinks=False)
            is_dir = stat.S_ISDIR(status.st_mode)
            taken = include is None or include(inside, is_dir)
            if not taken and not (is_dir and descend is not None and descend(inside)):
                continue
            if not is_dir:
                node = _node(entry, status, owner, links)
                if node is not None:
                    children[entry.name] = node
                continue
            below: dict[str, Node] = {}
            children[entry.name] = Dir(_meta(status, owner), below)
            todo.append((entry.path, inside + "/", below))
            if not taken:
                unwanted.append((children, entry.name))
    for children, name in reversed(unwanted):
        directory = children[name]
        if isinstance(directory, Dir) and not directory.children:
            del children[name]
    return Tree(Dir(_meta(path.stat(), owner), root))


def host_file(path: Path, owner: tuple[int, int] = (0, 0)) -> File:
    """One regular file of the host; a link is followed. `OSError` when it is not there or no file."""
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise (IsADirectoryError if path.is_dir() else OSError)(f"{path.name} is not a regular file")
    return File(_meta(status, owner), HostFile(str(path.resolve()), status.st_size, status.st_mtime_ns, _inode(status)))


def _node(
    entry: os.DirEntry[str], status: os.stat_result, owner: tuple[int, int], links: dict[tuple[int, int], Link]
) -> Node | None:
    """The node for what is no directory; None for what no context holds."""
    meta = _meta(status, owner)
    if stat.S_ISLNK(status.st_mode):
        target = os.fspath(Path(entry.path).readlink()).replace(os.sep, "/")
        return Symlink(Meta(0o777, *owner, meta.mtime_ns), target)
    if not stat.S_ISREG(status.st_mode):
        return None
    inode = _inode(status)
    link = links.setdefault(inode, Link()) if status.st_nlink > 1 and inode != (0, 0) else None
    return File(meta, HostFile(entry.path, status.st_size, status.st_mtime_ns, inode), link)


def _inode(status: os.stat_result) -> tuple[int, int]:
    # On Windows a directory listing and an open file give different numbers for the same file.
    return (status.st_dev, status.st_ino) if _POSIX else (0, 0)


def _meta(status: os.stat_result, owner: tuple[int, int]) -> Meta:
    if _POSIX:
        mode = stat.S_IMODE(status.st_mode)
    else:
        mode = 0o755 if stat.S_ISDIR(status.st_mode) else 0o644
    return Meta(mode, *owner, max(0, status.st_mtime_ns))


def materialise(tree: Tree, dest: Path, *, owners: bool = False, over: bool = False) -> tuple[str, ...]:
    """Writes the tree into `dest`, which is made or must be empty; gives the paths of the nodes left out (devices).

    With `over` it is laid over what `dest` has: files are replaced, directories merged, the mode and time of `dest`
    itself stay; `FileExistsError` or `NotADirectoryError` where a directory and a file are in each other's way.

    With `owners` owner, group and set-id bits are set too, which takes a privileged user; without it they are not, so
    that nothing on the host gets another user's rights. `InvalidInput` for a name that the host cannot have.
    """
    dest.mkdir(parents=True, exist_ok=True)
    if not over and any(dest.iterdir()):
        raise FileExistsError(f"{dest.name} is not empty")
    skipped: list[str] = []
    first: dict[Link, Path] = {}
    directories = [] if over else [(dest, tree.root)]
    for path, node in tree.walk():
        _check_name(path)
        at = dest / path
        if over and not isinstance(node, Dir):
            at.unlink(missing_ok=True)
        if isinstance(node, Dir):
            if not (over and at.is_dir() and not at.is_symlink()):
                at.mkdir(0o700)
            directories.append((at, node))
        elif isinstance(node, Device):
            skipped.append(path)
        elif isinstance(node, Symlink):
            at.symlink_to(node.target)
            _own(at, node.meta, owners)
        elif node.link is not None and node.link in first:
            os.link(first[node.link], at, follow_symlinks=False)
        else:
            _write(at, node.content)
            _settle(at, node.meta, owners)
            if node.link is not None:
                first[node.link] = at
    # A directory's own mode and time last: a mode may forbid writing, and writing changes the time.
    for at, directory in reversed(directories):
        _settle(at, directory.meta, owners)
    return tuple(skipped)


def lay_over(tree: Tree, dest: Path) -> tuple[str, ...]:
    """Writes the tree over what `dest` has, which is made if need be; gives the paths left out, as `materialise` does.

    What is of another kind than the tree has it is replaced; a link in the way of a directory is taken away, never
    followed. All else in `dest` stays. `OSError` where the host refuses.
    """
    dest.mkdir(parents=True, exist_ok=True)
    for path, node in tree.walk():
        _check_name(path)
        at = dest / path
        if not os.path.lexists(at):
            continue
        is_dir = at.is_dir() and not at.is_symlink()
        if is_dir and not isinstance(node, Dir):
            shutil.rmtree(at)
        elif not is_dir and isinstance(node, Dir):
            at.unlink()
    return materialise(tree, dest, over=True)


def write_whole(path: Path, write: Callable[[BinaryIO], object], *, mode: int | None = None) -> None:
    """Makes a file of the host that is there whole or not at all; a pipe or a device is written as it is. `OSError`.

    `mode` is the new file's; without it the process's own rule holds.
    """
    path = path.resolve()
    if path.exists() and not path.is_file():
        with path.open("wb") as out:
            write(out)
        return
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with unfinished.open("xb") as out:
            if mode is not None:
                unfinished.chmod(mode)
            write(out)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def update(dest: Path, changes: Iterable[Change]) -> None:
    """Makes the changes in a directory of the host: what was deleted goes, the rest is written over what is there."""
    changes = [change for change in changes if change.path]
    for change in changes:
        _check_name(change.path)
        at = dest / change.path
        if change.kind in (ChangeKind.DELETED, ChangeKind.OPAQUE) or not isinstance(change.node, Dir):
            if at.is_dir() and not at.is_symlink():
                shutil.rmtree(at)
            else:
                at.unlink(missing_ok=True)
        elif not at.is_dir():
            at.unlink(missing_ok=True)
    written = [Change(change.path, ChangeKind.ADDED, change.node) for change in changes if change.node is not None]
    materialise(apply(Tree.empty(), written), dest, over=True)


def _check_name(path: str) -> None:
    name = path.rpartition("/")[2]
    wrong = name in (".", "..") or "\0" in name
    if not _POSIX:
        wrong = wrong or bool(_WINDOWS_RESERVED & set(name)) or name[-1] in ". "
    if wrong:
        raise InvalidInput(f"{path!r} is no possible file name on this computer")


def _write(at: Path, content: Content) -> None:
    """A new file, holes left out where the content has long runs of zeros."""
    with at.open("xb") as out:
        for data in chunks(content):
            if len(data) >= _HOLE and not data.strip(b"\0"):
                out.seek(len(data), os.SEEK_CUR)
            else:
                out.write(data)
        out.truncate(content.size)


def _settle(at: Path, meta: Meta, owners: bool) -> None:
    _own(at, meta, owners)
    at.chmod(meta.mode if owners else meta.mode & 0o1777)
    os.utime(at, ns=(meta.mtime_ns, meta.mtime_ns))


def _own(at: Path, meta: Meta, owners: bool) -> None:
    if owners and sys.platform != "win32":
        os.chown(at, meta.uid, meta.gid, follow_symlinks=False)
