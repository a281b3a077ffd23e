"""Containers in a process of their own: how one is started, and what that process does until the container is over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dockkernel.engine import names
from dockkernel.engine.container_run import live, mark, refresh, start, until
from dockkernel.engine.containers import NotStarted, drop
from dockkernel.engine.engine import Engine
from dockkernel.engine.live import BEGUN
from dockkernel.engine.networks import addressed
from dockkernel.engine.state import ContainerRecord
from dockkernel.errors import InvalidInput

_SETTLE_SECONDS = 0.3
"""How long a detached start waits for a program that ends at once, so that the next command finds it ended."""
_BEGIN_SECONDS = 10.0
"""How long it waits for the program to be found or not."""


def start_detached(engine: Engine, record: ContainerRecord) -> ContainerRecord:
    """Runs the container in a process of its own; comes back once it is seen to run or has ended.

    `NotStarted` when its program cannot be run, `NotFound` when a network is gone, `InvalidInput` where there is no way
    to start a process.
    """
    if engine.supervisor is None:
        raise InvalidInput("a detached container needs a process of its own, and none can be started here")

    addressed(engine.state, record)
    if "Reason" in record.host:
        host = {key: value for key, value in record.host.items() if key != "Reason"}
        record = mark(engine, record.id, f"start {record.name}", host=host)

    def newest() -> ContainerRecord | None:
        return engine.state.containers.get(record.id)

    def begun() -> bool:
        found = newest()
        return found is None or found.started_at != record.started_at or "Reason" in found.host

    def over() -> bool:
        found = newest()
        return found is None or found.status not in ("running", "paused")

    def known() -> bool:
        refresh(engine)
        return over() or BEGUN in notes.notes()

    notes = live(engine, record.id)
    engine.supervisor.start(record.id, begun)
    notes.wait(over, _SETTLE_SECONDS)
    notes.wait(known, _BEGIN_SECONDS)
    found = newest()
    if found is not None and "Reason" in found.host:
        raise NotStarted(found.host["Reason"], found.exit_code)
    return found or record


def run_detached(engine: Engine, record: ContainerRecord) -> int:
    """The whole life of a container in its own process: its run, runs after it if its policy asks, its removal."""
    code = 0
    while True:
        try:
            code = start(engine, record, lambda stream, data: None, own_process=True).exit_code
        except NotStarted as error:
            return error.exit_code
        found = engine.state.containers.get(record.id)
        if found is None or not _again(found, code):
            break
        pause = min(0.1 * 2 ** found.host.get("RestartCount", 0), 60.0)
        if until(engine, record.id, _stopped, pause):
            break
        found = names.find_container(engine.state, record.id)
        count = found.host.get("RestartCount", 0) + 1
        record = mark(engine, record.id, f"restart {record.name}", host={**found.host, "RestartCount": count})
    if found is not None and found.host.get("AutoRemove"):
        drop(engine, found)
    return code


def _again(record: ContainerRecord, code: int) -> bool:
    """Whether the restart policy starts an ended container once more; one that was stopped by hand never is."""
    policy: Mapping[str, Any] = record.host.get("RestartPolicy") or {}
    if record.host.get("Stopped"):
        return False
    if policy.get("Name") == "on-failure":
        most = policy.get("MaximumRetryCount", 0)
        return code != 0 and (not most or record.host.get("RestartCount", 0) < most)
    return policy.get("Name") in ("always", "unless-stopped")


def _stopped(record: ContainerRecord | None) -> bool:
    return record is None or bool(record.host.get("Stopped"))
