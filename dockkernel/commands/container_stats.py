"""`docker port` and `docker stats`: what is published, and what a container uses."""

from __future__ import annotations

import time
from collections.abc import Iterator

from dockkernel.commands.container_rows import address
from dockkernel.commands.errors import ClientError
from dockkernel.commands.listing import Column, Listing
from dockkernel.commands.request_life import ContainerPort, ContainerStats
from dockkernel.commands.session import Session
from dockkernel.engine import container_life, usage
from dockkernel.engine.container_run import refresh
from dockkernel.engine.state import ContainerRecord
from dockkernel.errors import DockError

_STATS = (
    Column("Container", "CONTAINER", default=False),
    Column("ID", "CONTAINER ID"),
    Column("Name", "NAME"),
    Column("CPUPerc", "CPU %"),
    Column("MemUsage", "MEM USAGE / LIMIT"),
    Column("MemPerc", "MEM %"),
    Column("NetIO", "NET I/O"),
    Column("BlockIO", "BLOCK I/O"),
    Column("PIDs", "PIDS"),
)
_SECOND = 1.0


def container_port(session: Session, request: ContainerPort) -> int:
    """`docker port`."""
    record = container_life.find(session.engine, request.container)
    running = record.status in ("running", "paused")
    published = (record.host.get("Ports") or {}) if running else {}
    if request.port is not None:
        return _one_port(session, request, published)
    lines = [
        f"{port} -> {address(binding)}\n"
        for port in sorted(published, key=lambda port: (int(port.partition("/")[0].partition("-")[0]), port))
        for binding in published[port]
    ]
    session.out("".join(lines))
    return 0


def _one_port(session: Session, request: ContainerPort, published: dict[str, list[dict[str, str]]]) -> int:
    number, _, protocol = (request.port or "").partition("/")
    if not number.isdigit() or int(number) > 65535:
        raise ClientError(f'Error: strconv.ParseUint: parsing "{number}": invalid syntax')
    port = f"{number}/{protocol or 'tcp'}"
    if not published.get(port):
        raise ClientError(f"Error: No public port '{port}' published for {request.container}")
    session.out("".join(f"{address(binding)}\n" for binding in published[port]))
    return 0


def _stat_cells(record: ContainerRecord, *, whole: bool, typed: str) -> dict[str, str]:
    """The portable executor has no process of the container's own to measure: it says so by zeros and dashes."""
    running = record.status in ("running", "paused")
    return {
        "Container": typed,
        "ID": record.id if whole else record.id[:12],
        "Name": record.name,
        "CPUPerc": "0.00%",
        "MemUsage": "0B / 0B",
        "MemPerc": "0.00%",
        "NetIO": "0B / 0B",
        "BlockIO": "0B / 0B",
        "PIDs": "1" if running else "0",
    }


def _chosen(session: Session, request: ContainerStats) -> Iterator[tuple[str, ContainerRecord]]:
    engine = session.engine
    refresh(engine)
    if request.containers:
        for text in request.containers:
            yield text, container_life.find(engine, text)
        return
    for record in sorted(engine.state.containers.values(), key=usage.newest_first):
        if request.all or record.status in ("running", "paused"):
            yield record.id, record


def container_stats(session: Session, request: ContainerStats) -> int:
    """`docker stats`: once, or every second while there is something to show and somebody to see it."""
    listing = Listing(_STATS, "*container.statsContext")
    while True:
        try:
            chosen = list(_chosen(session, request))
        except DockError as error:
            session.err(f"Error response from daemon: {error.message}\n")
            return 1
        cells = (_stat_cells(record, whole=request.no_trunc, typed=text) for text, record in chosen)
        if not request.no_stream and session.stdout_tty:
            session.out("\x1b[H\x1b[2J")
        listing.write(session, request.format, False, cells)
        if request.no_stream or not any(record.status == "running" for _, record in chosen):
            return 0
        time.sleep(_SECOND)
