"""`docker start`, `stop`, `restart`, `kill`, `pause`, `unpause`, `wait`, `rename`, `update`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from dockkernel.commands.container_checks import restart_policy
from dockkernel.commands.errors import ClientError
from dockkernel.commands.request_life import (
    ContainerKill,
    ContainerNames,
    ContainerRename,
    ContainerStart,
    ContainerStop,
    ContainerUpdate,
)
from dockkernel.commands.session import Session
from dockkernel.engine import container_life, containers
from dockkernel.engine.container_logs import LogReader
from dockkernel.engine.container_run import mark, start
from dockkernel.engine.state import ContainerRecord
from dockkernel.errors import DockError, InvalidInput
from dockkernel.exec.protocol import Output, Stream

_LEAST_MEMORY = 6 << 20


def each(session: Session, wanted: Sequence[str], act: Callable[[str], object]) -> int:
    """Does `act` for each argument; names what worked as it was typed, then tells what did not."""
    failed: list[str] = []
    for text in wanted:
        try:
            act(text)
            session.out(f"{text}\n")
        except DockError as error:
            failed.append(f"Error response from daemon: {error.message}\n")
    session.err("".join(failed))
    return 1 if failed else 0


def container_stop(session: Session, request: ContainerStop) -> int:
    """`docker stop`."""
    seconds = request.timeout if request.given & {"timeout", "time"} else None
    return each(
        session,
        request.containers,
        lambda text: container_life.stop(session.engine, text, seconds, request.signal),
    )


def container_restart(session: Session, request: ContainerStop) -> int:
    """`docker restart`."""
    seconds = request.timeout if request.given & {"timeout", "time"} else None
    return each(
        session,
        request.containers,
        lambda text: container_life.restart(session.engine, text, seconds, request.signal),
    )


def container_kill(session: Session, request: ContainerKill) -> int:
    """`docker kill`."""
    return each(session, request.containers, lambda text: container_life.kill(session.engine, text, request.signal))


def container_pause(session: Session, request: ContainerNames) -> int:
    """`docker pause`."""
    return each(session, request.containers, lambda text: container_life.pause(session.engine, text))


def container_unpause(session: Session, request: ContainerNames) -> int:
    """`docker unpause`."""
    return each(session, request.containers, lambda text: container_life.unpause(session.engine, text))


def container_wait(session: Session, request: ContainerNames) -> int:
    """`docker wait`: prints the exit code of each container as it ends."""
    failed: list[str] = []
    for text in request.containers:
        try:
            session.out(f"{container_life.wait(session.engine, text)}\n")
        except DockError as error:
            failed.append(f"Error response from daemon: {error.message}\n")
    session.err("".join(failed))
    return 1 if failed else 0


def container_rename(session: Session, request: ContainerRename) -> int:
    """`docker rename`: prints nothing when it works."""
    old, new = request.container.strip(), request.name.strip()
    if not old or not new:
        raise ClientError("Error: Neither old nor new names may be empty")
    try:
        containers.rename(session.engine, old, new)
    except DockError as error:
        message = f"Error response from daemon: {error.message}\nError: failed to rename container named {old}"
        raise ClientError(message) from error
    return 0


def container_start(session: Session, request: ContainerStart) -> int:
    """`docker start`; with -a or -i the output of one container is shown, and its exit code is the command's."""
    if request.attach or request.interactive:
        if len(request.containers) > 1:
            raise ClientError("you cannot start and attach multiple containers at once")
        return _start_attached(session, request)
    failed: list[str] = []
    for text in request.containers:
        try:
            container_life.start_again(session.engine, text)
            session.out(f"{text}\n")
        except DockError as error:
            session.err(f"Error response from daemon: {error.message}\n")
            failed.append(text)
    if failed:
        session.err(f"Error: failed to start containers: {', '.join(failed)}\n")
    return 1 if failed else 0


def _start_attached(session: Session, request: ContainerStart) -> int:
    record = container_life.find(session.engine, request.containers[0])
    if record.status == "paused":
        raise InvalidInput("cannot start a paused container, try unpause instead")
    if record.status == "running":
        return attached(session, record)
    stdin = session.stdin.read() if request.interactive and session.stdin else b""
    ended = start(session.engine, record, output_of(session, tty=bool(record.config["Tty"])), stdin)
    forget_if_asked(session, ended)
    return ended.exit_code


def forget_if_asked(session: Session, record: ContainerRecord) -> None:
    """Takes away an ended container that was made with `--rm`."""
    if record.host.get("AutoRemove"):
        containers.drop(session.engine, record)


def output_of(session: Session, *, tty: bool) -> Output:
    """Where a program's output goes: with a terminal both streams are one, and lines end as there."""

    def output(stream: Stream, data: bytes) -> None:
        if tty:
            session.out(data.replace(b"\n", b"\r\n"))
        elif stream == "stdout":
            session.out(data)
        else:
            session.err(data)

    return output


def attached(session: Session, record: ContainerRecord) -> int:
    """Shows what a running container writes from now on; its exit code."""
    log = LogReader(session.engine, record)
    log.skip()
    output = output_of(session, tty=bool(record.config["Tty"]))
    for line in log.follow():
        output(line.stream, line.data)
    ended = session.engine.state.containers.get(record.id)
    return ended.exit_code if ended else 0


def container_update(session: Session, request: ContainerUpdate) -> int:
    """`docker update`: limits are kept and shown; the portable executor enforces none of them."""
    host: dict[str, Any] = {
        key: value
        for key, value, flag in (
            ("BlkioWeight", request.blkio_weight, "blkio-weight"),
            ("CpuPeriod", request.cpu_period, "cpu-period"),
            ("CpuQuota", request.cpu_quota, "cpu-quota"),
            ("CpuShares", request.cpu_shares, "cpu-shares"),
            ("CpusetCpus", request.cpuset_cpus, "cpuset-cpus"),
            ("CpusetMems", request.cpuset_mems, "cpuset-mems"),
            ("NanoCpus", request.cpus, "cpus"),
            ("Memory", request.memory, "memory"),
            ("MemoryReservation", request.memory_reservation, "memory-reservation"),
            ("MemorySwap", request.memory_swap, "memory-swap"),
            ("PidsLimit", request.pids_limit, "pids-limit"),
        )
        if flag in request.given
    }
    if not host and "restart" not in request.given:
        raise ClientError("you must provide one or more flags when using this command")
    if "restart" in request.given:
        try:
            name, retries = restart_policy(request.restart)
        except ValueError as error:
            raise ClientError(str(error)) from error
        host["RestartPolicy"] = {"Name": name, "MaximumRetryCount": retries}

    def update(text: str) -> None:
        record = container_life.find(session.engine, text)
        if 0 < host.get("Memory", _LEAST_MEMORY) < _LEAST_MEMORY:
            raise InvalidInput("Minimum memory limit allowed is 6MB")
        if host.get("RestartPolicy", {}).get("Name", "no") != "no" and record.host.get("AutoRemove"):
            message = "Restart policy cannot be updated because AutoRemove is enabled for the container"
            raise InvalidInput(message)
        mark(session.engine, record.id, f"update {text}", host={**record.host, **host})

    return each(session, request.containers, update)
