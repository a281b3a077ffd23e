"""A container's files from outside: `diff`, `export`, and both ways of `cp`.

A stopped container has files too. The rules of `cp` are those of docs.docker.com, `docker cp`: what is copied where
follows from whether each side exists, is a directory, or ends in `/` or `/.`.
"""

from __future__ import annotations

import errno
import posixpath
from dataclasses import replace
from typing import BinaryIO

from dockkernel.build.unpack import unpack
from dockkernel.engine import names
from dockkernel.engine.building import spooler
from dockkernel.engine.container_life import find
from dockkernel.engine.container_run import ask, live
from dockkernel.engine.container_tree import Held, hold, image_tree, keep, mounts_of, own_tree
from dockkernel.engine.engine import Engine
from dockkernel.engine.live import NEWS
from dockkernel.errors import DockError, NotFound
from dockkernel.fs.builder import TreeBuilder
from dockkernel.fs.change import diff, docker_diff
from dockkernel.fs.lookup import resolve
from dockkernel.fs.node import Dir, Inline, Node, Symlink
from dockkernel.fs.tar import layer_reader
from dockkernel.fs.tree import Tree, split


class CopyRefused(DockError):
    """The client's own reason why nothing was copied."""


def changes(engine: Engine, text: str) -> tuple[tuple[str, str], ...]:
    """What `docker diff` lists: (`A`, `C` or `D`; path)."""
    record = ask(engine, find(engine, text))
    volumes = [mount["Destination"] for mount in mounts_of(record)]
    return docker_diff(image_tree(engine, record), own_tree(engine, record), volumes)


def export(engine: Engine, text: str) -> BinaryIO:
    """The container's whole file system as a tar, volumes left out."""
    record = ask(engine, find(engine, text))
    return layer_reader(diff(Tree.empty(), own_tree(engine, record)))


def files(engine: Engine, text: str) -> Held:
    """The container's files with its volumes, as they are now; `ContainerNotFound`."""
    return hold(engine, ask(engine, find(engine, text)))


def asserts_directory(path: str) -> bool:
    """Whether the path says by its form that it is a directory."""
    return path.endswith("/") or posixpath.basename(path) in (".", "..")


def _missing(path: str, container: str) -> NotFound:
    return NotFound(f"Could not find the file {path} in container {container}")


def look(held: Held, path: str, container: str, *, follow: bool) -> tuple[str, Node]:
    """The real path without a slash in front, and what is there. `NotFound` in the daemon's words."""
    try:
        real = resolve(held.tree, "/" + path.lstrip("/"), follow_last=follow or asserts_directory(path))
    except OSError as error:
        raise _missing(path, container) from error
    node = held.tree.get(real)
    if node is None or (asserts_directory(path) and not isinstance(node, Dir)):
        raise _missing(path, container)
    return real.strip("/"), node


def taken(held: Held, path: str, container: str, *, follow: bool) -> tuple[str, Node]:
    """What `cp` takes from a container: the name it goes by (`.` for the contents of a directory), and the node."""
    real, node = look(held, path, container, follow=follow)
    name = "." if posixpath.basename(path.rstrip("/") if path != "/" else "") == "." else posixpath.basename(real)
    if follow and isinstance(node, Symlink):
        raise _missing(path, container)
    return name or "/", node


def archive(name: str, node: Node) -> BinaryIO:
    """A tar of the node under that name, as `cp CONTAINER:PATH -` writes it."""
    if name in (".", "/") and isinstance(node, Dir):
        return layer_reader(diff(Tree.empty(), Tree(node)))
    return layer_reader(diff(Tree.empty(), Tree.empty().with_node(name, node)))


def put(engine: Engine, held: Held, container: str, path: str, name: str, node: Node, *, owners: bool) -> None:
    """Copies a node into a container: into the directory at `path`, or as `path` itself.

    `name` is what the source is called; `.` copies what is in a directory. Without `owners` all belongs to root.
    """
    node = node if owners else _as_root(node)
    parent, last = _target(held, container, path, name, node)
    builder = TreeBuilder(held.tree, engine.clock.now_ns)
    where = "/" + "/".join((*split(parent), last)) if last else "/" + parent
    _lay(builder, where, node)
    _store(engine, held, builder.build(), container)


def _target(held: Held, container: str, path: str, name: str, node: Node) -> tuple[str, str]:
    """The directory to write to, and the name in it; an empty name for the directory's own contents."""
    try:
        real, there = look(held, path, container, follow=True)
    except NotFound:
        real, there = "", None
    if isinstance(there, Dir):
        return real, "" if name in (".", "/") else name
    if there is not None:
        if isinstance(node, Dir):
            raise CopyRefused("cannot copy directory")
        if asserts_directory(path):
            raise CopyRefused("not a directory")
        return posixpath.dirname(real), posixpath.basename(real)
    if asserts_directory(path) and not isinstance(node, Dir):
        raise CopyRefused("no such directory")
    folder, last = posixpath.split(posixpath.normpath("/" + path.strip("/")))
    real, there = look(held, folder or "/", container, follow=True)
    if not isinstance(there, Dir):
        raise CopyRefused("extraction point is not a directory")
    return real, last


def extract(engine: Engine, held: Held, container: str, path: str, data: bytes) -> None:
    """Unpacks a tar, compressed or not, into a directory of the container (`cp - CONTAINER:PATH`)."""
    real, there = look(held, path, container, follow=True)
    if not isinstance(there, Dir):
        raise CopyRefused(f'destination "{container}:{path}" must be a directory')
    builder = TreeBuilder(held.tree, engine.clock.now_ns)
    if data:
        unpack(builder, f"/{real}", Inline(data), spooler(engine), engine.clock.now_ns)
    _store(engine, held, builder.build(), container)


def _lay(builder: TreeBuilder, path: str, node: Node) -> None:
    """Puts the node there; a directory over a directory is merged, what else is in the way is replaced."""
    try:
        there: Node | None = builder.lstat(path)
    except OSError:
        there = None
    if isinstance(node, Dir) and isinstance(there, Dir):
        for name, child in node.children.items():
            _lay(builder, posixpath.join(path, name), child)
        if path != "/":
            builder.chmod(path, node.meta.mode)
            builder.chown(path, node.meta.uid, node.meta.gid)
            builder.utime(path, node.meta.mtime_ns)
        return
    if isinstance(there, Dir):
        raise CopyRefused(f"cannot overwrite directory {path!r} with non-directory")
    if isinstance(node, Dir) and there is not None:
        raise CopyRefused(f"cannot overwrite non-directory {path!r} with directory")
    builder.put(path, node)


def _as_root(node: Node) -> Node:
    meta = replace(node.meta, uid=0, gid=0)
    if isinstance(node, Dir):
        return Dir(meta, {name: _as_root(child) for name, child in node.children.items()}, node.made)
    return replace(node, meta=meta)


def _store(engine: Engine, held: Held, after: Tree, container: str) -> None:
    try:
        keep(engine, held, after, f"cp {container}")
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        raise CopyRefused("no space left on device") from error
    if names.find_container(engine.state, held.record.id).status == "running":
        live(engine, held.record.id).tell(NEWS)
