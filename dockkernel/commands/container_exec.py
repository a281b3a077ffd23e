"""`docker exec`, `attach`, `logs` and `top`."""

from __future__ import annotations

from dockkernel.commands.container_life import attached, output_of
from dockkernel.commands.container_spec import environment
from dockkernel.commands.errors import ClientError
from dockkernel.commands.human import parse_moment, utc
from dockkernel.commands.layout import table
from dockkernel.commands.request_life import ContainerAttach, ContainerExec, ContainerLogs, ContainerTop
from dockkernel.commands.session import Session
from dockkernel.engine import container_exec as engine_exec
from dockkernel.engine import container_life
from dockkernel.engine.container_logs import LogLine, open_log
from dockkernel.errors import Conflict, InvalidInput
from dockkernel.oci import times

_NOT_STARTED = 126


def container_exec(session: Session, request: ContainerExec) -> int:
    """`docker exec`: the exit code is the program's own; 126 when it could not be started."""
    if request.tty and request.interactive and not request.detach and not session.stdin_tty:
        raise ClientError("the input device is not a TTY")
    spec = engine_exec.ExecSpec(
        request.container,
        request.command,
        environment(session, request.env_file, request.env),
        request.workdir,
        request.user,
    )
    if request.detach:
        engine_exec.run_detached(session.engine, spec)
        return 0
    engine_exec.check(session.engine, request.container)
    stdin = session.stdin.read() if request.interactive and session.stdin else b""
    try:
        return engine_exec.run(session.engine, spec, output_of(session, tty=request.tty), stdin)
    except engine_exec.ExecNotStarted as error:
        # The daemon writes it on the program's own output.
        session.out(f"{error.message}\r\n")
        return _NOT_STARTED


def container_attach(session: Session, request: ContainerAttach) -> int:
    """`docker attach`: shows what the container writes until it ends; the exit code is its own."""
    record = container_life.find(session.engine, request.container)
    if record.status == "paused":
        raise ClientError("You cannot attach to a paused container, unpause it first")
    if record.status != "running":
        raise ClientError("You cannot attach to a stopped container, start it first")
    return attached(session, record)


def container_logs(session: Session, request: ContainerLogs) -> int:
    """`docker logs`."""
    engine = session.engine
    log = open_log(engine, request.container)
    now_ns = engine.clock.now_ns()
    since = _moment("since", request.since, now_ns)
    until = _moment("until", request.until, now_ns)
    lines, more = log.read()
    lines = [line for line in lines if since is None or line.time_ns >= since]
    lines = [line for line in lines if until is None or line.time_ns <= until]
    for line in _tail(lines, request.tail):
        _show(session, line, stamped=request.timestamps, details=request.details)
    if request.follow and more:
        for line in log.follow():
            if until is not None and line.time_ns > until:
                break
            _show(session, line, stamped=request.timestamps, details=request.details)
    return 0


def _moment(flag: str, text: str, now_ns: int) -> int | None:
    if not text:
        return None
    try:
        return parse_moment(text, now_ns)
    except InvalidInput as error:
        raise ClientError(f'invalid value for "{flag}": {error.message}') from error


def _tail(lines: list[LogLine], text: str) -> list[LogLine]:
    """The last lines; all of them for a text that is no number, as the daemon reads it."""
    if not (text.isascii() and text.isdigit()):
        return lines
    count = int(text)
    return lines[-count:] if count else []


def _show(session: Session, line: LogLine, *, stamped: bool, details: bool) -> None:
    stamp = f"{_full(line.time)} ".encode() if stamped else b""
    data = stamp + (b" " if details else b"") + line.data
    if line.stream == "stdout":
        session.out(data)
    else:
        session.err(data)


def _full(time: str) -> str:
    """The time with all nine decimals, as `docker logs -t` has it."""
    second, _, fraction = time.removesuffix("Z").partition(".")
    return f"{second}.{fraction.ljust(9, '0')}Z"


def container_top(session: Session, request: ContainerTop) -> int:
    """`docker top`: the container's program as `ps -ef` shows it; what it starts is no process of its own here."""
    record = container_life.find(session.engine, request.container)
    if record.status not in ("running", "paused"):
        raise Conflict(f"container {record.id} is not running")
    pid = str(record.host.get("Pid", 0))
    started = times.to_ns(record.started_at) // 1_000_000_000
    row = (record.config["User"] or "root", pid, "1", "0", utc(started)[11:16], "?", "00:00:00")
    head = ("UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD")
    session.out(table([head, (*row, " ".join((record.path, *record.args)))]))
    return 0
