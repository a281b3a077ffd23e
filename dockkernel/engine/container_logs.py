"""Reading a container's log: what its runs wrote, Docker's json-file rows (docs.docker.com, `docker logs`)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from dockkernel.engine import names
from dockkernel.engine.container_run import earlier_log, live, refresh
from dockkernel.engine.engine import Engine
from dockkernel.engine.state import ContainerRecord
from dockkernel.exec.protocol import Stream
from dockkernel.oci import times

_RUNNING = ("running", "paused")


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of output; the last one perhaps without its line feed."""

    time: str
    """RFC 3339 UTC."""
    stream: Stream
    data: bytes

    @property
    def time_ns(self) -> int:
        """Nanoseconds since the epoch."""
        return times.to_ns(self.time)


def _parsed(raw: bytes) -> Iterator[LogLine]:
    for row in raw.splitlines():
        try:
            value = json.loads(row)
        except ValueError:
            # The last row of a run that was killed while it wrote.
            continue
        yield LogLine(value["time"], value["stream"], value["log"].encode("utf-8", "surrogateescape"))


class LogReader:
    """Reads a container's log and, while it runs, what is added to it."""

    def __init__(self, engine: Engine, record: ContainerRecord) -> None:
        self._engine = engine
        self._id = record.id
        self._seen = 0
        """Bytes of the whole log that were given."""
        self._digest: str | None = None
        self._earlier = b""
        """The log of the runs that have ended, as `_digest` names it."""

    def _fresh(self) -> tuple[bytes, bool]:
        """The rows that were not given yet, and whether more can come."""
        engine = self._engine
        while True:
            record = engine.state.containers.get(self._id)
            if record is None:
                return b"", False
            if record.log != self._digest:
                self._digest, self._earlier = record.log, earlier_log(engine, record)
            settled = self._earlier[self._seen :]
            if record.status not in _RUNNING:
                return settled, False
            newest = self._newest(max(self._seen - len(self._earlier), 0))
            current = engine.state.containers.get(self._id)
            # A run that ended in between has moved its rows.
            if current is not None and current.status in _RUNNING and current.log == self._digest:
                return settled + newest, True

    def _newest(self, start: int) -> bytes:
        """The whole rows of the present run from there on."""
        try:
            with live(self._engine, self._id).log.open("rb") as stream:
                stream.seek(start)
                data = stream.read()
        except OSError:
            return b""
        return data[: data.rfind(b"\n") + 1]

    def read(self) -> tuple[list[LogLine], bool]:
        """The lines that are new since the last call, and whether the container still runs."""
        fresh, more = self._fresh()
        self._seen += len(fresh)
        return list(_parsed(fresh)), more

    def skip(self) -> None:
        """Passes over what is there."""
        self.read()

    def follow(self) -> Iterator[LogLine]:
        """The lines that come from now on, until the container has ended."""
        notes = live(self._engine, self._id)
        more = True
        while more:
            lines, more = self.read()
            yield from lines
            if more and not lines:
                notes.wait(lambda: False, 0.1)
                refresh(self._engine)


def open_log(engine: Engine, text: str) -> LogReader:
    """The log of the container that `text` names; `ContainerNotFound`."""
    refresh(engine)
    return LogReader(engine, names.find_container(engine.state, text))
