"""`docker exec`: another program in a running container, over the files that it has now."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from dockkernel.engine import names
from dockkernel.engine.container_life import find
from dockkernel.engine.container_run import ask, environment, live
from dockkernel.engine.container_tree import hold, keep
from dockkernel.engine.engine import Engine
from dockkernel.engine.live import NEWS
from dockkernel.engine.state import ContainerRecord
from dockkernel.errors import Conflict, ExecError, InvalidInput, ParseError
from dockkernel.exec.protocol import ExecRequest, Output

_BACKGROUND_SECONDS = 2.0
"""How long a detached exec is waited for, so that what it does at once is done for the next command."""


class ExecNotStarted(ExecError):
    """The program could not be started; the message is the runtime's."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"OCI runtime exec failed: exec failed: unable to start container process: {reason}: unknown")
        self.reason = reason


@dataclass(frozen=True, slots=True)
class ExecSpec:
    """What `docker exec` asks for."""

    container: str
    argv: tuple[str, ...]
    env: tuple[str, ...] = ()
    working_dir: str = ""
    user: str = ""

    def to_text(self) -> str:
        """As JSON, for another process."""
        return json.dumps(asdict(self))

    @classmethod
    def from_text(cls, text: str) -> ExecSpec:
        """The value of `to_text`; `ParseError` for anything else."""
        try:
            value = json.loads(text)
            return cls(
                value["container"], tuple(value["argv"]), tuple(value["env"]), value["working_dir"], value["user"]
            )
        except (ValueError, KeyError, TypeError) as error:
            raise ParseError("_exec wants a request as JSON") from error


def check(engine: Engine, text: str) -> ContainerRecord:
    """The container, if something can be run in it; `ContainerNotFound`, `Conflict` in Docker's words."""
    record = find(engine, text)
    if record.status == "paused":
        raise Conflict(f"Container {text} is paused, unpause the container before exec")
    if record.status != "running":
        raise Conflict(f"container {record.id} is not running")
    return record


def run(engine: Engine, spec: ExecSpec, output: Output, stdin: bytes = b"") -> int:
    """Runs the program to its end; its exit code. `ExecNotStarted` when there is none to run."""
    record = ask(engine, check(engine, spec.container))
    if spec.working_dir and not spec.working_dir.startswith("/"):
        raise InvalidInput(f"cwd must be an absolute path: {spec.working_dir}")
    held = hold(engine, record)
    env = environment(record)
    env.update((key, value) for key, mark, value in (entry.partition("=") for entry in spec.env) if mark)
    request = ExecRequest(
        rootfs=held.tree,
        argv=spec.argv,
        env=env,
        cwd=spec.working_dir or record.config["WorkingDir"] or "/",
        user=spec.user or record.config["User"],
        hostname=record.config["Hostname"],
        stdin=stdin,
        read_only=bool(record.host.get("ReadonlyRootfs")),
        mounts=tuple((mount["Destination"], not mount.get("RW", True)) for mount in held.mounts),
    )
    result = engine.executor.run(request, output)
    if result.reason:
        raise ExecNotStarted(result.reason)
    if result.rootfs.root is not held.tree.root:
        keep(engine, held, result.rootfs, f"exec {record.name}")
        if names.find_container(engine.state, record.id).status == "running":
            live(engine, record.id).tell(NEWS)
    return result.exit_code


def run_detached(engine: Engine, spec: ExecSpec) -> None:
    """Runs the program in a process of its own."""
    record = check(engine, spec.container)
    if engine.supervisor is None:
        run(engine, spec, lambda stream, data: None)
        return
    whole = ExecSpec(record.id, spec.argv, spec.env, spec.working_dir, spec.user)
    engine.supervisor.background(("_exec", whole.to_text()), _BACKGROUND_SECONDS)
