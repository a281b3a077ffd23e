"""RUN as a vertex: the command, its environment, and the trees that its mounts take files from."""

from __future__ import annotations

import posixpath

from dockkernel.build.buildkit.names import is_script
from dockkernel.build.buildkit.ops import ExecOp, MountOp
from dockkernel.build.buildkit.options import KitFailed
from dockkernel.build.buildkit.stages import SCRATCH, Command, StageState
from dockkernel.build.buildkit.surroundings import Around
from dockkernel.build.buildkit.vertex import Vertex
from dockkernel.dockerfile.instructions import Run
from dockkernel.dockerfile.mounts import Mount

_SCRIPTS = "/dev/pipes/"
_PROXIES = ("http_proxy", "https_proxy", "ftp_proxy", "no_proxy", "all_proxy")


def run(around: Around, state: StageState, command: Command, instruction: Run) -> None:
    """Adds the vertex to the stage; `KitFailed` for mounts that cannot be."""
    scope = state.scope
    assert scope is not None
    words, script, script_path = _command(instruction)
    argv = (*scope.shell, " ".join(words)) if instruction.shell else words
    inputs: list[Vertex | None] = []
    mounts = tuple(
        _mount(around, state, mount, source, inputs)
        for mount, source in zip(instruction.mounts, command.sources, strict=True)
    )
    _refuse(around, instruction)
    op = ExecOp(
        argv=argv,
        env=tuple(f"{name}={value}" for name, value in scope.env.items()),
        cwd=scope.working_dir,
        user=scope.config.user,
        mounts=mounts,
        network=instruction.network if instruction.network != "default" else around.options.network,
        security=instruction.security,
        hosts=around.options.hosts,
        hostname=around.options.args.get("BUILDKIT_SANDBOX_HOSTNAME", ""),
        script=script,
        script_path=script_path,
        hidden_env=_proxies(around),
    )
    around.add(state, command, op, tuple(inputs), around.name(state, command, instruction))
    state.scope = scope.commit(f"RUN {scope.saved(argv)} # buildkit", layer=True)


def _command(instruction: Run) -> tuple[tuple[str, ...], str, str]:
    """The words to run; and the script with its path where it has an interpreter of its own."""
    if not instruction.heredocs:
        return instruction.args, "", ""
    first = instruction.heredocs[0]
    if not is_script(instruction):
        files = "".join(f"\n{one.body}{one.name}" for one in instruction.heredocs)
        return (f"{instruction.args[0]}{files}",), "", ""
    if first.body.startswith("#!"):
        path = _SCRIPTS + first.name
        return (path,), first.body, path
    return (first.body,), "", ""


def _mount(
    around: Around, state: StageState, mount: Mount, source: StageState | None, inputs: list[Vertex | None]
) -> MountOp:
    scope = state.scope
    assert scope is not None
    if mount.type in ("secret", "ssh"):
        return MountOp(mount)
    target = posixpath.normpath(posixpath.join("/", scope.working_dir, mount.target))
    if target == "/":
        raise KitFailed(f'invalid mount target "{target}"')
    vertex: Vertex | None = None
    if mount.from_ and source is not None:
        later = (
            f'cannot mount from stage "{mount.from_}" to "{mount.target}", stage needs to be defined before current '
            "command"
        )
        vertex = around.files_of(state, source, later)
    elif mount.type == "bind":
        vertex = around.context(state.number)
    if mount.type == "tmpfs" or (mount.type == "cache" and mount.from_ in ("", SCRATCH)):
        return MountOp(mount)
    inputs.append(vertex)
    return MountOp(mount, len(inputs))


def _refuse(around: Around, instruction: Run) -> None:
    """What no build of this engine can do, said by name."""
    if instruction.devices:
        raise KitFailed(f"CDI devices are not supported: {instruction.devices[0]}")
    if "security.insecure" in around.options.allow:
        raise KitFailed("granting entitlement security.insecure is not allowed by build daemon configuration")
    if instruction.security == "insecure":
        raise KitFailed("failed to load LLB: security.insecure is not allowed")
    allowed = around.options.network == "host" or "network.host" in around.options.allow
    if instruction.network == "host" and not allowed:
        raise KitFailed("failed to load LLB: network.host is not allowed")


def _proxies(around: Around) -> tuple[str, ...]:
    """Proxies that are given reach every process in both cases, and no key (reference, "Predefined ARGs")."""
    given = {name.lower(): value for name, value in around.options.args.items() if name.lower() in _PROXIES}
    return tuple(f"{name}={value}" for key, value in given.items() for name in (key.upper(), key))
