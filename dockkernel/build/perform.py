"""Doing the operations: each takes the file system before it and gives the one after it. One function an operation."""

from __future__ import annotations

from collections.abc import Sequence

from dockkernel.build.archives import is_archive
from dockkernel.build.backend import Backend
from dockkernel.build.copying import Owner, copy_source, destination
from dockkernel.build.ops import CopyOp, RunOp
from dockkernel.build.owners import find_owner
from dockkernel.build.result import StepLayer
from dockkernel.build.sources import Source
from dockkernel.build.stage import DEFAULT_PATH
from dockkernel.build.unpack import unpack
from dockkernel.errors import InvalidInput
from dockkernel.exec.protocol import ExecRequest, ExecResult, Output
from dockkernel.fs.builder import TreeBuilder
from dockkernel.fs.change import diff
from dockkernel.fs.lookup import resolve
from dockkernel.fs.node import Dir, File, Node
from dockkernel.fs.tree import Tree, split
from dockkernel.image.edit import append_layer
from dockkernel.oci.config import ContainerConfig


def make_directory(backend: Backend, tree: Tree, path: str) -> Tree:
    """WORKDIR: the directory with its parents, where it is not there; `InvalidInput` when something else is."""
    builder = TreeBuilder(tree, backend.now_ns)
    _make(builder, path)
    return builder.build()


def _make(builder: TreeBuilder, path: str) -> None:
    try:
        if not builder.exists(path):
            builder.mkdir(path, 0o755, parents=True)
        elif not isinstance(builder.stat(path), Dir):
            raise InvalidInput(f"Cannot mkdir: {path} is not a directory")
    except OSError as error:
        raise InvalidInput(f"Cannot mkdir: {path}: {(error.strerror or str(error)).lower()}") from error


def copy(backend: Backend, tree: Tree, op: CopyOp, sources: Sequence[Source], working_dir: str) -> Tree:
    """COPY and ADD: every source to its destination; `InvalidInput` in the builder's words."""
    builder = TreeBuilder(tree, backend.now_ns)
    owner: Owner = find_owner(builder, op.chown) if op.chown else (0, 0)
    try:
        dest = destination(builder, op.dest, working_dir)
    except OSError as error:
        raise InvalidInput(f"failed to copy files: {(error.strerror or str(error)).lower()}: {op.dest}") from error
    for source in sources:
        local = op.unpack and not source.remote
        if local and isinstance(source.node, File) and is_archive(source.node.content):
            unpack(builder, dest.rstrip("/") or "/", source.node.content, backend.spool, backend.now_ns)
        else:
            copy_source(builder, source, dest, owner, backend.contents.at_hand)
    return builder.build()


def run(
    backend: Backend,
    tree: Tree,
    op: RunOp,
    config: ContainerConfig,
    container_id: str,
    output: Output,
    hosts: tuple[tuple[str, str], ...] = (),
) -> ExecResult:
    """RUN: the process, and the file system it leaves. What it does in a volume is lost, as in a container."""
    builder = TreeBuilder(tree, backend.now_ns)
    for path in (*(config.volumes or ()), config.working_dir or "/"):
        _make(builder, path)
    rootfs = builder.build()
    name = container_id[:12]
    result = backend.executor.run(
        ExecRequest(
            rootfs=rootfs,
            argv=op.argv,
            env=_environment((DEFAULT_PATH, f"HOSTNAME={name}", *(config.env or ()), *op.args)),
            cwd=config.working_dir or "/",
            user=config.user,
            hostname=name,
            now_ns=backend.now_ns(),
            hosts=hosts,
        ),
        output,
    )
    after = result.rootfs
    for path in config.volumes or ():
        after = _restored(rootfs, after, split(resolve(rootfs, path)))
    return ExecResult(result.exit_code, after, result.reason)


def _environment(entries: Sequence[str]) -> dict[str, str]:
    pairs = (entry.partition("=") for entry in entries)
    return {name: value for name, mark, value in pairs if mark}


def _restored(before: Tree, after: Tree, names: list[str]) -> Tree:
    """`after` with what `before` has at a path; directories that are equal again are the same objects again."""
    root = _put_back(before.root, after.root, names)
    return Tree(root) if isinstance(root, Dir) else after


def _put_back(old: Node, new: Node, names: list[str]) -> Node:
    if not names:
        return old
    if old is new or not isinstance(old, Dir) or not isinstance(new, Dir) or names[0] not in old.children:
        return new
    name = names[0]
    child = new.children.get(name)
    children = dict(new.children)
    children[name] = old.children[name] if child is None else _put_back(old.children[name], child, names[1:])
    unchanged = len(children) == len(old.children) and all(old.children.get(n) is node for n, node in children.items())
    if unchanged and old.meta == new.meta and old.made is new.made:
        return old
    return Dir(new.meta, children, new.made)


def store_layer(backend: Backend, lower: Tree, upper: Tree) -> StepLayer | None:
    """The difference as a layer in the store; None when there is none."""
    changes = diff(lower, upper)
    return StepLayer(*append_layer(backend.blobs, changes)) if changes else None


def start_failure(reason: str) -> str:
    """The daemon's words for a process that could not be started."""
    if reason.startswith("unable to find "):
        return reason
    return (
        "failed to create task for container: failed to create shim task: OCI runtime create failed: "
        f"runc create failed: unable to start container process: {reason}: unknown"
    )
