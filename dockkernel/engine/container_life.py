"""Ending, pausing and waiting for containers, from any process.

A signal is a note to whoever runs the container. It ends the program in order: its files and its log are kept. A runner
that does not answer in time is ended as a process, and its record is closed from here.
"""

from __future__ import annotations

from collections.abc import Callable

from dockkernel.build.signals import check_signal
from dockkernel.engine import names
from dockkernel.engine.container_process import start_detached
from dockkernel.engine.container_run import KILLED, ask, finish, live, mark, refresh, settle, until
from dockkernel.engine.containers import drop
from dockkernel.engine.engine import Engine
from dockkernel.engine.live import SIGNAL
from dockkernel.engine.state import ContainerRecord
from dockkernel.errors import Conflict, InvalidInput

STOP_SECONDS = 10.0
"""How long `docker stop` waits before it kills, unless told otherwise."""
_ANSWER_SECONDS = 3.0
_KILL = 9
_FOREVER = 10 * 365 * 86400.0
RUNNING = ("running", "paused")


def _over(record: ContainerRecord | None) -> bool:
    return record is None or record.status not in RUNNING


def find(engine: Engine, text: str) -> ContainerRecord:
    """The container that `text` means, after those that died were noticed; `ContainerNotFound`."""
    refresh(engine)
    return names.find_container(engine.state, text)


def _send(engine: Engine, record: ContainerRecord, number: int) -> None:
    if record.status == "paused" and number == _KILL:
        _resume(engine, record)
    live(engine, record.id).tell(SIGNAL, str(number))


def _resume(engine: Engine, record: ContainerRecord) -> None:
    if engine.supervisor and record.host.get("Own"):
        engine.supervisor.resume(record.host.get("Pid", 0))


def _kill(engine: Engine, record: ContainerRecord) -> None:
    """Ends it for certain; returns when it has ended."""
    _send(engine, record, _KILL)
    if until(engine, record.id, _over, _ANSWER_SECONDS):
        return
    if engine.supervisor and record.host.get("Own"):
        engine.supervisor.kill(record.host.get("Pid", 0))
    current = engine.state.containers.get(record.id)
    if current is not None and not _over(current):
        finish(engine, current, KILLED)


def _leave(engine: Engine, record: ContainerRecord) -> None:
    """Lets the process of a container that has ended do the rest: take it away after `--rm`, and its folder."""
    if record.host.get("AutoRemove"):
        until(engine, record.id, lambda found: found is None, _ANSWER_SECONDS)
    settle(engine, record.id)


def _by_hand(engine: Engine, record: ContainerRecord) -> None:
    """Remembers that a user ended it, so that no restart policy starts it again."""
    policy = (record.host.get("RestartPolicy") or {}).get("Name") or "no"
    if policy != "no":
        mark(engine, record.id, f"stop {record.name}", host={**record.host, "Stopped": True})


def stop(engine: Engine, text: str, seconds: int | None = None, signal: str = "") -> ContainerRecord:
    """Sends the stop signal, waits, then kills; no error for a container that does not run. -1 seconds: for ever."""
    record = find(engine, text)
    config = record.config
    number = check_signal(signal or config.get("StopSignal") or "SIGTERM")
    _by_hand(engine, record)
    if _over(record):
        return record
    wanted = seconds if seconds is not None else config.get("StopTimeout")
    patience = STOP_SECONDS if wanted is None else float(wanted)
    _send(engine, record, number)
    if record.status == "paused" or not until(engine, record.id, _over, _FOREVER if patience < 0 else patience):
        _kill(engine, record)
    _leave(engine, record)
    return record


def kill(engine: Engine, text: str, signal: str = "") -> ContainerRecord:
    """Sends a signal; SIGKILL, the default, ends the container. `Conflict` when it does not run."""
    record = find(engine, text)
    number = check_signal(signal or "SIGKILL")
    if _over(record):
        raise Conflict(f"cannot kill container: {text}: container {record.id} is not running")
    _by_hand(engine, record)
    if number == _KILL:
        _kill(engine, record)
    else:
        _send(engine, record, number)
        if not until(engine, record.id, _over, 0.5):
            return record
    _leave(engine, record)
    return record


def restart(engine: Engine, text: str, seconds: int | None = None, signal: str = "") -> ContainerRecord:
    """Stops the container if it runs, and starts it."""
    stop(engine, text, seconds, signal)
    return start_detached(engine, names.find_container(engine.state, text))


def pause(engine: Engine, text: str) -> ContainerRecord:
    """Halts the container's program. `Conflict` when it does not run or is paused."""
    record = find(engine, text)
    if record.status == "paused":
        raise Conflict(f"container {record.id} is already paused")
    if record.status != "running":
        raise Conflict(f"container {record.id} is not running")
    record = ask(engine, record)
    if engine.supervisor and record.host.get("Own"):
        engine.supervisor.suspend(record.host.get("Pid", 0))
    return mark(engine, record.id, f"pause {record.name}", status="paused")


def unpause(engine: Engine, text: str) -> ContainerRecord:
    """Lets the program go on. `Conflict` when it is not paused."""
    record = find(engine, text)
    if record.status not in RUNNING:
        raise Conflict(f"container {record.id} is not running")
    if record.status != "paused":
        raise Conflict(f"Container {record.id} is not paused")
    record = mark(engine, record.id, f"unpause {record.name}", status="running")
    _resume(engine, record)
    return record


def wait(engine: Engine, text: str, interrupted: Callable[[], bool] = lambda: False) -> int:
    """Waits until the container has ended and left nothing outside the state; its exit code."""
    record = find(engine, text)
    code = record.exit_code

    def over() -> bool:
        nonlocal code
        refresh(engine)
        found = engine.state.containers.get(record.id)
        code = found.exit_code if found else code
        return _over(found) or interrupted()

    while not live(engine, record.id).wait(over, 3600.0):
        pass
    if not interrupted():
        _leave(engine, record)
    return code


def start_again(engine: Engine, text: str) -> ContainerRecord:
    """`docker start`: runs the container in a process of its own; one that runs is left alone."""
    record = find(engine, text)
    if record.status == "paused":
        raise InvalidInput("cannot start a paused container, try unpause instead")
    return record if record.status == "running" else start_detached(engine, record)


def remove(engine: Engine, text: str, *, force: bool = False, volumes: bool = False) -> ContainerRecord:
    """Removes one container with its changes; a running one only by force.

    `ContainerNotFound`; `Conflict` in Docker's words when it runs.
    """
    record = find(engine, text)
    if record.status in RUNNING:
        if not force:
            kind = "paused and must be unpaused first" if record.status == "paused" else "running"
            hint = "" if record.status == "paused" else ": stop the container before removing or force remove"
            raise Conflict(f'cannot remove container "/{record.name}": container is {kind}{hint}')
        _by_hand(engine, record)
        _kill(engine, record)
    drop(engine, record, f"rm {text}", anonymous=volumes or bool(record.host.get("AutoRemove")))
    live(engine, record.id).remove()
    return record
