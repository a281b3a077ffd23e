"""Output in the order in which it was written, as far as the library lets us see it.

The library carries stdout and stderr through two pipes of its own. So a command of ours waits after a write until the
bytes have come out somewhere (`Arrivals`); and a trace of `set -x`, which the library hands over when the command has
ended, is put before what the command wrote (`Ordered`).
"""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Callable

from dockkernel.exec.virtual.call import Sink

_MOMENT = 0.05
"""Seconds that output waits for its trace."""
_STEP = 0.0004
_PATIENCE = 0.003
"""Seconds to wait for one write: into a pipe or a substitution it comes out nowhere that we see."""
_TRACE_PATIENCE = 0.03
"""Seconds to wait for one trace, which does not come before `set -x` and in a pipe comes late."""
_BUDGET = 0.5
"""Seconds that one shell may wait for nothing."""


class Arrivals:
    """What came out of the library: on a stream of the process, or in a file."""

    def __init__(self) -> None:
        self._count = 0
        self._left = _BUDGET
        self._untraced: list[list[str]] = []

    def arrived(self) -> None:
        """Something came out."""
        self._count += 1

    def watched(self, sink: Sink) -> Sink:
        """The sink, whose writes wait until the bytes came out, or for a short while."""
        return _Watched(sink, self)

    async def write(self, sink: Sink, data: bytes) -> None:
        """One write, and the wait for it."""
        before = self._count
        await sink.write(data)
        await self._wait(lambda: self._count != before, _PATIENCE)

    def ended(self, words: list[str]) -> None:
        """A command ended; its trace is on its way if there is one."""
        self._untraced = [words]

    def traced(self, line: bytes) -> None:
        """A trace came out."""
        try:
            words = shlex.split(line.lstrip(b"+").decode("utf-8", "replace"))
        except ValueError:
            words = []
        self._untraced = [one for one in self._untraced if one != words]

    async def traces(self) -> None:
        """Waits for the trace of the command before."""
        await self._wait(lambda: not self._untraced, _TRACE_PATIENCE)
        self._untraced = []

    async def _wait(self, done: Callable[[], bool], patience: float) -> None:
        waited = 0.0
        while not done() and waited < patience and self._left > 0:
            await asyncio.sleep(_STEP)
            waited += _STEP
        if not done():
            self._left -= waited


class _Watched:
    def __init__(self, sink: Sink, arrivals: Arrivals) -> None:
        self._sink = sink
        self._arrivals = arrivals

    async def write(self, data: bytes) -> None:
        """Writes and waits."""
        await self._arrivals.write(self._sink, data)


class Ordered:
    """Two sinks whose writes are put in order. `out` and `err` are what the library writes to."""

    def __init__(self, stdout: Sink, stderr: Sink, arrivals: Arrivals) -> None:
        self._arrivals = arrivals
        self._stdout = stdout
        self._stderr = stderr
        self._held: list[tuple[Sink, bytes]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._flushes: set[asyncio.Task[None]] = set()

    async def out(self, data: bytes) -> None:
        """Holds the bytes."""
        self._hold(self._stdout, data)

    async def err(self, data: bytes) -> None:
        """Passes trace lines on at once, then what was held; holds the rest."""
        lines = data.splitlines(keepends=True)
        count = next((index for index, line in enumerate(lines) if not line.startswith(b"+")), len(lines))
        for line in lines[:count]:
            self._arrivals.traced(line)
        if count:
            await self._stderr.write(b"".join(lines[:count]))
            await self.flush()
        rest = b"".join(lines[count:])
        if rest:
            self._hold(self._stderr, rest)

    async def flush(self) -> None:
        """Writes what is held."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        held, self._held = self._held, []
        for sink, data in held:
            await sink.write(data)

    def _hold(self, sink: Sink, data: bytes) -> None:
        self._held.append((sink, data))
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_MOMENT, self._late)

    def _late(self) -> None:
        self._timer = None
        task = asyncio.ensure_future(self.flush())
        self._flushes.add(task)
        task.add_done_callback(self._flushes.discard)
