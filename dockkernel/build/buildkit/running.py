"""RUN as BuildKit does it: a process over the stage's file system, with what `--mount` brings for its time.

BuildKit's sandbox is not a container: its host name is `buildkitsandbox`, no variable holds it, and what the image
declares as volumes is a plain directory. A process that cannot start fails as one that ends with 1 and the runtime's
line on its error output.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from dockkernel.build.buildkit import mountsources
from dockkernel.build.buildkit.cacheuse import CacheUse, Canceled
from dockkernel.build.buildkit.mounting import Attachment, CannotMount, Mounted, mount
from dockkernel.build.buildkit.ops import ExecOp
from dockkernel.build.buildkit.sharing import SharedCaches
from dockkernel.build.stage import DEFAULT_PATH
from dockkernel.errors import InvalidInput
from dockkernel.exec.protocol import ExecRequest, ExecResult, Executor, Output
from dockkernel.exec.virtual.identity import identify
from dockkernel.fs.builder import TreeBuilder
from dockkernel.fs.node import Dir, File, Inline, Meta
from dockkernel.fs.tree import Tree
from dockkernel.oci.quoting import go_quote

HOSTNAME = "buildkitsandbox"
_RUNTIME_MOUNTS = ("/dev", "/proc", "/sys")
"""BuildKit takes away the mount points that it needed, but for these: an image without them has them after RUN."""
_NETWORK_FILES = ("/etc/hosts", "/etc/resolv.conf")
"""Files of the sandbox that lie over those of the image. Where the image has none, an empty one is made and taken away
again, so that the directory is a changed one afterwards; one that had to be made as well is taken away with them."""
_SCRIPT_MODE = 0o755
_NOT_STARTED = 1
_KILLED = 137


@dataclass(frozen=True, slots=True)
class RunServices:
    """What RUN needs of the build."""

    executor: Executor
    now_ns: Callable[[], int]
    caches: SharedCaches
    secrets: Mapping[str, bytes] = field(default_factory=dict)
    input_names: Sequence[str] = ()
    """Names of the inputs (chain IDs): a cache that begins with an input's files is that input's cache."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What became of RUN."""

    exit_code: int
    rootfs: Tree
    """After the process, without what was mounted."""
    reason: str | None = None
    """Why it failed where no exit code tells it, in BuildKit's words."""
    canceled: bool = False


def run(
    op: ExecOp,
    rootfs: Tree,
    inputs: Sequence[Tree | None],
    services: RunServices,
    output: Output,
    cancel: Callable[[], bool],
) -> Ran:
    """Runs to the end; what a process left in a cache is kept whatever became of it.

    `inputs[i - 1]` is the tree of a mount with input i. `InvalidInput` in BuildKit's words for a mount whose source or
    secret is missing; `LimitExceeded` from the executor.
    """
    now = services.now_ns()
    plain = list(_plain(op, inputs, services, now))
    caches = [
        mountsources.cache(op, one, inputs, services.input_names) for one in op.mounts if one.mount.type == "cache"
    ]
    try:
        if cancel():
            raise Canceled
        with CacheUse(caches, services.caches, now, cancel) as use:
            return _run(op, rootfs, plain, use, services, output, cancel)
    except Canceled:
        return Ran(_KILLED, rootfs, f"exit code: {_KILLED}: context canceled", canceled=True)


def failure(op: ExecOp, ran: Ran) -> str:
    """BuildKit's words for a step that failed."""
    reason = ran.reason if ran.reason is not None else f"exit code: {ran.exit_code}"
    return f"process {go_quote(' '.join(op.argv))} did not complete successfully: {reason}"


def _plain(op: ExecOp, inputs: Sequence[Tree | None], services: RunServices, now_ns: int) -> Iterator[Attachment]:
    """All mounts but caches."""
    for one in op.mounts:
        if one.mount.type == "bind":
            yield mountsources.bind(one, op.cwd, inputs, now_ns)
        elif one.mount.type == "tmpfs":
            yield mountsources.tmpfs(one, op.cwd, now_ns)
        elif one.mount.type == "secret":
            file = mountsources.secret(one.mount, op.cwd, services.secrets, now_ns)
            if file is not None:
                yield file
        elif one.mount.type == "ssh":
            raise InvalidInput(f"no SSH key {go_quote(one.mount.id or 'default')} forwarded from the client")
    if op.script_path:
        folder, _, name = op.script_path.rpartition("/")
        data = op.script.encode("utf-8", "surrogateescape")
        script = File(Meta(_SCRIPT_MODE, mtime_ns=now_ns), Inline(data))
        yield Attachment(folder, Dir(Meta(0o755, mtime_ns=now_ns), {name: script}), True, folder)


def _run(
    op: ExecOp,
    rootfs: Tree,
    plain: Sequence[Attachment],
    use: CacheUse,
    services: RunServices,
    output: Output,
    cancel: Callable[[], bool],
) -> Ran:
    try:
        own = _prepared(op, rootfs, services.now_ns)
        mounted = mount(own, [*plain, *use.attachments()], services.now_ns())
    except InvalidInput as error:
        return Ran(_NOT_STARTED, rootfs, error.message)
    except CannotMount as error:
        output("stderr", _not_started(str(error)))
        return Ran(_NOT_STARTED, rootfs)
    result = _process(op, mounted, services, output, cancel)
    after, contents = mounted.without(result.rootfs)
    use.keep(contents)
    if cancel():
        raise Canceled
    if result.reason is not None:
        output("stderr", _not_started(result.reason))
        return Ran(_NOT_STARTED, own)
    return Ran(result.exit_code, after)


def _process(
    op: ExecOp, mounted: Mounted, services: RunServices, output: Output, cancel: Callable[[], bool]
) -> ExecResult:
    return services.executor.run(
        ExecRequest(
            rootfs=mounted.tree,
            argv=op.argv,
            env=_environment(op, services.secrets),
            cwd=op.cwd,
            user=op.user,
            hostname=op.hostname or HOSTNAME,
            now_ns=services.now_ns(),
            watch=lambda running: _KILLED if cancel() else None,
            mounts=mounted.points,
            capacities=mounted.capacities,
            sandbox=True,
            hosts=op.hosts,
        ),
        output,
    )


def _environment(op: ExecOp, secrets: Mapping[str, bytes]) -> dict[str, str]:
    """The variables of the process; proxies and secrets are in no key and no history."""
    pairs = (entry.partition("=") for entry in (DEFAULT_PATH, *op.env, *op.hidden_env))
    env = {name: value for name, mark, value in pairs if mark}
    for one in op.mounts:
        if one.mount.type == "secret" and one.mount.env is not None:
            value = mountsources.secret_value(one.mount, secrets)
            env[one.mount.env] = (value or b"").decode("utf-8", "surrogateescape")
    return env


def _prepared(op: ExecOp, rootfs: Tree, now_ns: Callable[[], int]) -> Tree:
    """The file system with what is made in it for good: the runtime's mount points, and the working directory.

    A new working directory belongs to the process's user. `InvalidInput` for a user that is not there.
    """
    builder = TreeBuilder(rootfs, now_ns)

    def text(path: str) -> str:
        try:
            return builder.read(path).decode("utf-8", "replace")
        except OSError:
            return ""

    who = identify(op.user, text)
    try:
        if not builder.exists(op.cwd):
            builder.mkdir(op.cwd, 0o755, who.uid, who.gid, parents=True)
        for path in _RUNTIME_MOUNTS:
            if not builder.exists(path):
                builder.mkdir(path)
        if builder.exists("/etc") and not all(builder.exists(path) for path in _NETWORK_FILES):
            builder.utime("/etc", now_ns())
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InvalidInput(f"failed to create working directory {op.cwd}: mkdir {op.cwd}: {reason}") from error
    tree = builder.build()
    return rootfs if tree.root is rootfs.root else tree


def _not_started(reason: str) -> bytes:
    """The line that the runtime writes when it cannot start a process."""
    if reason.endswith(": exec format error"):
        name = reason.removeprefix("exec: ").removesuffix(": exec format error").strip('"')
        return f"exec {name}: exec format error\n".encode()
    return f"runc run failed: unable to start container process: {reason}\n".encode("utf-8", "surrogateescape")
