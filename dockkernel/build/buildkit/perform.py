"""Doing the operations of the graph: each takes file systems and gives the one after it, and its layer."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping, Sequence

from dockkernel.build.buildkit import copying, running
from dockkernel.build.buildkit.ops import CopyGroup, DirOp, ExecOp, Op
from dockkernel.build.buildkit.options import KitFailed
from dockkernel.build.buildkit.result import NOTHING, SCRATCH_TREE, Result
from dockkernel.build.buildkit.services import Services
from dockkernel.build.buildkit.sharing import SharedCaches
from dockkernel.build.buildkit.telling import Canceled
from dockkernel.build.owners import find_owner
from dockkernel.build.result import StepLayer
from dockkernel.errors import InvalidInput
from dockkernel.exec.protocol import Output
from dockkernel.fs.builder import TreeBuilder
from dockkernel.fs.change import diff
from dockkernel.fs.node import Dir
from dockkernel.fs.tree import Tree
from dockkernel.image.edit import append_layer


def lower_tree(op: Op, base: Result) -> Tree:
    """The file system that the operation's layer is a difference to: nothing for COPY --link."""
    return SCRATCH_TREE if isinstance(op, CopyGroup) and op.link else base.tree()


def layer_of(services: Services, lower: Tree, upper: Tree) -> StepLayer:
    """The difference as a layer in the store. An empty one is a layer too: so it is with BuildKit."""
    return StepLayer(*append_layer(services.blobs, diff(lower, upper)))


def make_directory(services: Services, op: Op, tree: Tree) -> Tree:
    """WORKDIR: the directory with its parents; new ones belong to the user in force."""
    assert isinstance(op, DirOp)
    builder = TreeBuilder(tree, services.now_ns)
    path = posixpath.normpath(op.path)
    owner = find_owner(builder, op.user) if op.user else (0, 0)
    try:
        if builder.exists(path):
            if not isinstance(builder.stat(path), Dir):
                raise InvalidInput(f"failed to create directory {op.path}: mkdir {op.path}: not a directory")
        else:
            builder.mkdir(path, 0o755, *owner, parents=True)
    except OSError as error:
        at = posixpath.join("/", error.filename or op.path)
        reason = (error.strerror or str(error)).lower()
        raise InvalidInput(f"failed to create directory {op.path}: mkdir {at}: {reason}") from error
    return builder.build()


def copy(services: Services, op: CopyGroup, lower: Tree, inputs: Sequence[Result]) -> Tree:
    """COPY and ADD."""
    base, *sources = inputs
    builder = TreeBuilder(lower, services.now_ns)
    users = base.tree() if any(part.chown for part in op.parts) and base is not NOTHING else None
    for part, source in zip(op.parts, sources, strict=True):
        tree = None if part.files else source.tree()
        at_hand = services.contents.at_hand
        copying.copy(builder, part, tree, services.spool, services.now_ns, follow_owner_from=users, at_hand=at_hand)
    return builder.build()


def run(
    services: Services,
    op: ExecOp,
    inputs: Sequence[Result],
    caches: SharedCaches,
    secrets: Mapping[str, bytes],
    output: Output,
    stopped: Callable[[], bool],
) -> Tree:
    """RUN; `KitFailed` when the process fails or cannot be started, `Canceled` when the build was stopped."""
    base, *sources = inputs
    around = running.RunServices(
        executor=services.executor,
        now_ns=services.now_ns,
        caches=caches,
        secrets=secrets,
        input_names=[one.chain_id or one.name for one in sources],
    )
    ran = running.run(op, base.tree(), [one.tree() for one in sources], around, output, stopped)
    if ran.canceled:
        raise Canceled
    if ran.reason is not None or ran.exit_code:
        raise KitFailed(running.failure(op, ran))
    return ran.rootfs
