"""Running a container: in this process to its end, or in one of its own; noticing those whose process has died.

Whoever runs a container looks for notes of other processes (`engine.live`) while it runs: so `exec`, `diff`, `cp` and
`commit` see what its program wrote, its program sees what they wrote, and signals reach it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import partial
from io import BytesIO
from typing import Any

from dockkernel.engine import names
from dockkernel.engine.container_tree import Held, hold, keep
from dockkernel.engine.containers import NotStarted, drop
from dockkernel.engine.engine import Engine, Supervisor
from dockkernel.engine.live import ASK, BEGUN, NEWS, SIGNAL, Live, LogWriter
from dockkernel.engine.networks import addressed, released, with_ports
from dockkernel.engine.state import ContainerRecord, put_container
from dockkernel.errors import ContainerNotFound, LimitExceeded
from dockkernel.exec.protocol import ExecRequest, Limits, Output, Running, Stream
from dockkernel.fs.builder import TreeBuilder
from dockkernel.fs.tree import Tree
from dockkernel.oci.digest import Digest

_PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
LOST = 255
"""The exit code of a container whose process disappeared, as Docker gives it after a daemon's crash."""
KILLED = 137
_SIGKILL = 9
_ASK_SECONDS = 2.0
_DETACHED = Limits(seconds=10 * 365 * 86400.0)


def live(engine: Engine, container_id: str) -> Live:
    """The container's folder for what the state does not hold."""
    return Live(engine.settings.home / "containers" / container_id)


def environment(record: ContainerRecord) -> dict[str, str]:
    """The variables of the container's processes, in Docker's order; HOME is the executor's to add."""
    entries = [_PATH, f"HOSTNAME={record.config['Hostname']}", *(["TERM=xterm"] if record.config["Tty"] else [])]
    pairs = (entry.partition("=") for entry in (*entries, *(record.config["Env"] or ())))
    return {key: value for key, mark, value in pairs if mark}


def with_directory(engine: Engine, tree: Tree, path: str) -> Tree:
    """The tree with a directory there: made, as Docker makes a container's working directory."""
    if path in ("", "/"):
        return tree
    builder = TreeBuilder(tree, engine.clock.now_ns)
    if not builder.exists(path):
        builder.mkdir(path, parents=True)
    return builder.build()


def mark(engine: Engine, container_id: str, command: str, **facts: Any) -> ContainerRecord:
    """The record with these facts, in a transaction of its own."""
    with engine.transaction(command) as tx:
        record = replace(names.find_container(tx.state, container_id), **facts)
        tx.state = put_container(tx.state, record)
    return record


def without_process(record: ContainerRecord) -> dict[str, Any]:
    """The host settings of a container that does not run."""
    return {key: value for key, value in released(record.host).items() if key not in ("Pid", "Birth", "Own")}


@dataclass(slots=True)
class _Watcher:
    """What is done between two pieces of a running container's output."""

    engine: Engine
    held: Held
    notes: Live
    signalled: int = field(default=0, init=False)
    """The signal that ended the container."""
    told: bool = field(default=False, init=False)

    def look(self, running: Running) -> int | None:
        """Answers the notes that wait; the exit code when one of them ends the container."""
        if not self.told:
            self.notes.tell(BEGUN)
            self.told = True
        found = self.notes.notes()
        if ASK in found or NEWS in found:
            self.exchange(running)
            for note in {ASK, NEWS} & found:
                self.notes.take(note)
        if SIGNAL in found:
            number = int(self.notes.take(SIGNAL) or 0)
            if ends(self.held.record, number):
                self.signalled = number
                return 128 + number
        return None

    def exchange(self, running: Running) -> None:
        """Brings the program's files and those of the state together."""
        tree = running.tree()
        held = keep(self.engine, self.held, tree, f"change {self.held.record.name}")
        if held.tree.root is not tree.root:
            running.replace(held.tree)
        self.held = held


def ends(record: ContainerRecord, number: int) -> bool:
    """Whether the signal ends the container.

    Its program is process 1, which the kernel spares every signal that it has no handler for, but SIGKILL (signal(7),
    pid_namespaces(7)); under `--init` it is an ordinary process, which most signals end.
    """
    if number == _SIGKILL:
        return True
    harmless = {17, 18, 19, 20, 21, 22, 23, 28}
    return bool(record.host.get("Init")) and 0 < number < 32 and number not in harmless


def start(
    engine: Engine, record: ContainerRecord, output: Output, stdin: bytes = b"", *, own_process: bool = False
) -> ContainerRecord:
    """Runs the container to its end in this process; `own_process` when the process is there for it alone.

    `NotStarted` when the program cannot be run: the container then stays as created. When this process is
    interrupted the container is left as exited with 130 and what it had changed is dropped.
    """
    held = hold(engine, record)
    tree = with_directory(engine, held.tree, record.config["WorkingDir"])
    pid = engine.supervisor.current() if engine.supervisor else 0
    birth = engine.supervisor.birth(pid) if engine.supervisor else ""
    host = {**record.host, "Pid": pid, "Birth": birth, "Own": own_process}
    facts: dict[str, Any] = {"status": "running", "exit_code": 0, "started_at": engine.now(), "host": host}
    host.pop("Stopped", None)
    with engine.transaction(f"start {record.name}") as tx:
        record = with_ports(tx.state, addressed(tx.state, replace(names.find_container(tx.state, record.id), **facts)))
        tx.state = put_container(tx.state, record)
        # A process that was killed may have left its log here, which the state has already.
        live(engine, record.id).remove()
    notes = live(engine, record.id)
    log = LogWriter(notes, engine.now)

    def both(stream: Stream, data: bytes) -> None:
        log.add(stream, data)
        output(stream, data)

    watcher = _Watcher(engine, replace(held, record=record), notes)
    request = ExecRequest(
        rootfs=tree,
        argv=(record.path, *record.args),
        env=environment(record),
        cwd=record.config["WorkingDir"] or "/",
        user=record.config["User"],
        hostname=record.config["Hostname"],
        stdin=stdin,
        stdin_stays=own_process and bool(record.config["OpenStdin"] or record.config["Tty"]),
        limits=_DETACHED if own_process else Limits(),
        read_only=bool(record.host.get("ReadonlyRootfs")),
        mounts=tuple((mount["Destination"], not mount.get("RW", True)) for mount in held.mounts),
        watch=watcher.look,
    )
    try:
        result = engine.executor.run(request, both)
    except BaseException as error:
        log.close()
        finish(engine, record, KILLED if isinstance(error, LimitExceeded) else 130)
        raise
    log.close()
    if result.reason:
        # Whoever started the process looks for the reason once the container is no longer called running.
        host = {**without_process(record), **({"Reason": result.reason} if own_process else {})}
        back: dict[str, Any] = {"status": "created", "exit_code": result.exit_code, "started_at": "", "host": host}
        mark(engine, record.id, f"start {record.name}", **back)
        raise NotStarted(result.reason, result.exit_code)
    return finish(engine, record, result.exit_code, watcher.held, result.rootfs)


def finish(
    engine: Engine, record: ContainerRecord, exit_code: int, held: Held | None = None, after: Tree | None = None
) -> ContainerRecord:
    """Records the end of a run, with the files that it left. A container that was removed meanwhile stays so."""
    notes = live(engine, record.id)
    facts: dict[str, Any] = {
        "status": "exited",
        "exit_code": exit_code,
        "finished_at": engine.now(),
        "host": without_process(record),
        "log": _stored_log(engine, record, notes),
    }
    command = f"exit {record.name}"
    try:
        if held is not None and after is not None:
            record = keep(engine, held, after, command, **facts).record
        else:
            record = mark(engine, record.id, command, **facts)
    except ContainerNotFound:
        record = replace(record, **facts)
    settle(engine, record.id)
    return record


def settle(engine: Engine, container_id: str) -> None:
    """Takes the folder of a container that does not run away, whoever should have done so."""
    notes = live(engine, container_id)
    if not notes.folder.exists():
        return
    # Under the write lock no other process can start it meanwhile.
    with engine.transaction("settle") as tx:
        record = tx.state.containers.get(container_id)
        if record is None or record.status not in ("running", "paused"):
            notes.remove()


def _stored_log(engine: Engine, record: ContainerRecord, notes: Live) -> str:
    """The digest of the whole log, empty for no output."""
    try:
        newest = notes.log.read_bytes()
    except OSError:
        return record.log
    if not newest:
        return record.log
    return str(engine.blobs.put(BytesIO(earlier_log(engine, record) + newest))[0])


def earlier_log(engine: Engine, record: ContainerRecord) -> bytes:
    """The log of the runs that have ended, as JSON lines."""
    if not record.log:
        return b""
    with engine.blobs.open(Digest.parse(record.log)) as stream:
        return stream.read()


def ask(engine: Engine, record: ContainerRecord) -> ContainerRecord:
    """Has a running container's files put into the state; gives the newest record. One that does not answer is left."""
    ask_all(engine, (record,))
    return names.find_container(engine.state, record.id)


def ask_all(engine: Engine, records: Iterable[ContainerRecord]) -> None:
    """Has the files of those that run put into the state, all at once: for their sizes."""
    waiting = [record for record in records if record.status == "running"]
    for record in waiting:
        live(engine, record.id).tell(ASK)
    for record in waiting:
        live(engine, record.id).wait(partial(_answered, engine, record.id), _ASK_SECONDS)


def _answered(engine: Engine, container_id: str) -> bool:
    return ASK not in live(engine, container_id).notes() or not _runs(engine, container_id)


def _runs(engine: Engine, container_id: str) -> bool:
    record = engine.state.containers.get(container_id)
    return record is not None and record.status == "running"


def _lives(supervisor: Supervisor, record: ContainerRecord) -> bool:
    """Whether the process that runs the container is still there, and no other one has got its id."""
    pid = record.host.get("Pid", 0)
    return supervisor.alive(pid) and supervisor.birth(pid) == record.host.get("Birth", "")


def refresh(engine: Engine) -> None:
    """Marks as exited the running containers whose process has died."""
    supervisor = engine.supervisor
    if supervisor is None:
        return
    lost = [
        record
        for record in engine.state.containers.values()
        if record.status in ("running", "paused") and not _lives(supervisor, record)
    ]
    for record in lost:
        finish(engine, record, LOST)
        if record.host.get("AutoRemove"):
            drop(engine, record)


def until(engine: Engine, container_id: str, done: Callable[[ContainerRecord | None], bool], seconds: float) -> bool:
    """Waits until the record is as `done` wants it (None: removed), at most so long."""
    return live(engine, container_id).wait(lambda: done(engine.state.containers.get(container_id)), seconds)
