"""Containers: made from an image, run to their end by an executor, kept as a layer of changes, removed.

A container's record is small: its changes are a layer blob over the image's layers, its log a blob of JSON lines. A
running one names the process that runs it, so that another process can see that it has died.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from io import BytesIO
from typing import Any

from dockkernel.engine import container_names, names
from dockkernel.engine.engine import Engine
from dockkernel.engine.state import ContainerRecord, State, drop_containers, put_container
from dockkernel.errors import Conflict, ExecError, InvalidInput
from dockkernel.exec.protocol import ExecRequest, ExecResult, Output, Stream
from dockkernel.fs.builder import TreeBuilder
from dockkernel.fs.change import apply, diff
from dockkernel.fs.tree import Tree
from dockkernel.image.edit import append_layer
from dockkernel.oci.config import ContainerConfig
from dockkernel.oci.digest import Digest

_PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_LOG_BYTES = 64 << 20
LOST = 255
"""The exit code of a container whose process disappeared, as Docker gives it after a daemon's crash."""


class NotStarted(ExecError):
    """The container was made but its program could not be started; `exit_code` is 126 or 127."""

    def __init__(self, reason: str, exit_code: int) -> None:
        super().__init__(
            "failed to create task for container: failed to create shim task: OCI runtime create failed: "
            f"runc create failed: unable to start container process: {reason}: unknown"
        )
        self.exit_code = exit_code


@dataclass(frozen=True, slots=True)
class CreateSpec:
    """What `docker create` and `docker run` ask for; None and empty mean "as the image says"."""

    image: str
    command: tuple[str, ...] = ()
    name: str = ""
    env: tuple[str, ...] = ()
    entrypoint: str | None = None
    user: str = ""
    working_dir: str = ""
    hostname: str = ""
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)
    tty: bool = False
    open_stdin: bool = False
    attach: bool = True
    host: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """Ports, restart policy, auto-remove: kept and shown."""


def _merged_env(wanted: tuple[str, ...], image: tuple[str, ...] | None) -> tuple[str, ...]:
    keys = {entry.partition("=")[0] for entry in wanted}
    return (*wanted, *(entry for entry in image or () if entry.partition("=")[0] not in keys))


def _config(spec: CreateSpec, image: ContainerConfig, container_id: str) -> ContainerConfig:
    """The image's config under what was asked for (Docker's merge)."""
    entrypoint, cmd = image.entrypoint, spec.command or image.cmd
    if spec.entrypoint is not None:
        entrypoint, cmd = ((spec.entrypoint,) if spec.entrypoint else None), spec.command or None
    if spec.working_dir and not spec.working_dir.startswith("/"):
        raise InvalidInput(f"the working directory '{spec.working_dir}' is invalid, it needs to be an absolute path")
    return replace(
        image,
        hostname=spec.hostname or container_id[:12],
        user=spec.user or image.user,
        attach_stdin=spec.open_stdin and spec.attach,
        attach_stdout=spec.attach,
        attach_stderr=spec.attach,
        tty=spec.tty,
        open_stdin=spec.open_stdin,
        stdin_once=spec.open_stdin and spec.attach,
        env=_merged_env(spec.env, image.env),
        cmd=cmd,
        entrypoint=entrypoint,
        image=spec.image,
        working_dir=spec.working_dir or image.working_dir,
        labels={**(image.labels or {}), **spec.labels},
        on_build=None,
    )


def create(engine: Engine, spec: CreateSpec) -> ContainerRecord:
    """A new container of an image that is in the store.

    `ImageNotFound`, `Conflict` when the name is taken, `InvalidInput` for a bad name or no command.
    """
    name = container_names.check(spec.name) if spec.name else ""
    container_id = engine.new_id()
    with engine.transaction(f"create {spec.image}") as tx:
        state = tx.state
        image = names.find_image(state, spec.image)
        config = _config(spec, engine.config(image.id).config, container_id)
        argv = (*(config.entrypoint or ()), *(config.cmd or ()))
        if not argv:
            raise InvalidInput("no command specified")
        record = ContainerRecord(
            id=container_id,
            name=_free_name(state, name),
            image=image.id,
            image_name=spec.image,
            created=engine.now(),
            config=config.to_json(),
            layers=image.layers,
            path=argv[0],
            args=argv[1:],
            host=dict(spec.host),
        )
        tx.state = put_container(state, record)
    return record


def _free_name(state: State, name: str) -> str:
    taken = {record.name: record.id for record in state.containers.values()}
    if name in taken:
        raise Conflict(
            f'Conflict. The container name "/{name}" is already in use by container "{taken[name]}". You have to '
            "remove (or rename) that container to be able to reuse that name."
        )
    return name or container_names.generate(taken)


def rootfs(engine: Engine, record: ContainerRecord) -> Tree:
    """The container's file system: its image with its own changes on top."""
    tree = engine.trees.tree([Digest.parse(layer.diff_id) for layer in record.layers])
    return apply(tree, engine.trees.changes(Digest.parse(record.diff))) if record.diff else tree


def environment(record: ContainerRecord) -> dict[str, str]:
    """The variables of the container's processes, in Docker's order; HOME is the executor's to add."""
    entries = [_PATH, f"HOSTNAME={record.config['Hostname']}", *(["TERM=xterm"] if record.config["Tty"] else [])]
    pairs = (entry.partition("=") for entry in (*entries, *(record.config["Env"] or ())))
    return {key: value for key, mark, value in pairs if mark}


def _with_working_dir(engine: Engine, tree: Tree, path: str) -> Tree:
    if path in ("", "/"):
        return tree
    builder = TreeBuilder(tree, engine.clock.now_ns)
    if not builder.exists(path):
        builder.mkdir(path, parents=True)
    return builder.build()


@dataclass(slots=True)
class _Log:
    """Docker's json-file log, bounded."""

    engine: Engine
    lines: list[bytes] = field(default_factory=list)
    size: int = 0

    def add(self, stream: Stream, data: bytes) -> None:
        """Keeps one piece of output while there is room."""
        if self.size > _LOG_BYTES:
            return
        row = {"log": data.decode("utf-8", "surrogateescape"), "stream": stream, "time": self.engine.now()}
        self.lines.append(json.dumps(row).encode() + b"\n")
        self.size += len(self.lines[-1])

    def store(self) -> str:
        """The digest of the log blob, empty for no output."""
        return str(self.engine.blobs.put(BytesIO(b"".join(self.lines)))[0]) if self.lines else ""


def _mark(engine: Engine, container_id: str, command: str, **facts: Any) -> ContainerRecord:
    with engine.transaction(command) as tx:
        record = replace(names.find_container(tx.state, container_id), **facts)
        tx.state = put_container(tx.state, record)
    return record


def start(engine: Engine, record: ContainerRecord, output: Output, stdin: bytes = b"") -> ContainerRecord:
    """Runs the container to its end in this process.

    `NotStarted` when the program cannot be run: the container then stays as created. When this process is
    interrupted the container is left as exited with 130 and what it had changed is dropped.
    """
    base = rootfs(engine, record)
    tree = _with_working_dir(engine, base, record.config["WorkingDir"])
    pid = engine.supervisor.current() if engine.supervisor else 0
    host = {**record.host, "Pid": pid}
    record = _mark(engine, record.id, f"start {record.name}", status="running", started_at=engine.now(), host=host)
    log = _Log(engine)

    def both(stream: Stream, data: bytes) -> None:
        log.add(stream, data)
        output(stream, data)

    request = ExecRequest(
        rootfs=tree,
        argv=(record.path, *record.args),
        env=environment(record),
        cwd=record.config["WorkingDir"] or "/",
        user=record.config["User"],
        hostname=record.config["Hostname"],
        stdin=stdin,
    )
    try:
        result = engine.executor.run(request, both)
    except BaseException:
        _finish(engine, record, log, 130)
        raise
    if result.reason:
        facts: dict[str, Any] = {"status": "created", "exit_code": result.exit_code, "started_at": ""}
        _mark(engine, record.id, f"start {record.name}", **facts)
        raise NotStarted(result.reason, result.exit_code)
    return _finish(engine, record, log, result.exit_code, _changes(engine, record, result))


def _changes(engine: Engine, record: ContainerRecord, result: ExecResult) -> dict[str, Any]:
    image = engine.trees.tree([Digest.parse(layer.diff_id) for layer in record.layers])
    changes = diff(image, result.rootfs)
    if not changes:
        return {"diff": "", "size_rw": 0}
    diff_id, size, _ = append_layer(engine.blobs, changes)
    return {"diff": str(diff_id), "size_rw": size}


def _finish(
    engine: Engine, record: ContainerRecord, log: _Log, exit_code: int, changes: Mapping[str, Any] | None = None
) -> ContainerRecord:
    host = {key: value for key, value in record.host.items() if key != "Pid"}
    facts: dict[str, Any] = {"status": "exited", "exit_code": exit_code, "finished_at": engine.now(), "host": host}
    return _mark(engine, record.id, f"exit {record.name}", log=log.store(), **facts, **(changes or {}))


def start_detached(engine: Engine, record: ContainerRecord) -> ContainerRecord:
    """Runs the container in a process of its own; comes back once it is seen to run or has failed to.

    `InvalidInput` where there is no way to start one.
    """
    if engine.supervisor is None:
        raise InvalidInput("a detached container needs a process of its own, and none can be started here")
    engine.supervisor.start(record.id)
    return engine.state.containers[record.id]


def refresh(engine: Engine) -> None:
    """Marks as exited the running containers whose process has died."""
    supervisor = engine.supervisor
    if supervisor is None:
        return
    lost = [
        record
        for record in engine.state.containers.values()
        if record.status == "running" and not supervisor.alive(record.host.get("Pid", 0))
    ]
    for record in lost:
        host = {key: value for key, value in record.host.items() if key != "Pid"}
        facts: dict[str, Any] = {"status": "exited", "exit_code": LOST, "finished_at": engine.now(), "host": host}
        _mark(engine, record.id, f"lost {record.name}", **facts)


def remove(engine: Engine, text: str, *, force: bool = False) -> ContainerRecord:
    """Removes one container with its changes; a running one only by force.

    `ContainerNotFound`; `Conflict` in Docker's words when it runs.
    """
    record = names.find_container(engine.state, text)
    if record.status in ("running", "paused"):
        if not force:
            kind = "paused and must be unpaused first" if record.status == "paused" else "running"
            hint = "" if record.status == "paused" else ": stop the container before removing or force remove"
            raise Conflict(f'cannot remove container "/{record.name}": container is {kind}{hint}')
        if engine.supervisor:
            engine.supervisor.kill(record.host.get("Pid", 0))
    with engine.transaction(f"rm {text}") as tx:
        tx.state = drop_containers(tx.state, {record.id})
    return record


def prune(engine: Engine, chosen: Callable[[ContainerRecord], bool]) -> tuple[ContainerRecord, ...]:
    """Removes the containers that do not run and that `chosen` lets through; gives them, newest first."""
    refresh(engine)
    with engine.transaction("container prune") as tx:
        gone = tuple(
            record
            for record in tx.state.containers.values()
            if record.status not in ("running", "paused") and chosen(record)
        )
        tx.state = drop_containers(tx.state, {record.id for record in gone}) if gone else tx.state
    return gone
