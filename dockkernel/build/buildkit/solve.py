"""Solving the graph: every vertex once, as soon as its inputs are there, several at a time.

Each vertex is looked up in the cache by its key; what is not there is done. One failure ends the others. Events and the
caller's interrupt belong to the calling thread; workers only send messages to it.
"""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from dockkernel.build.buildkit.events import KitEvent, KitTell, Waited
from dockkernel.build.buildkit.options import KitFailed
from dockkernel.build.buildkit.plan import Graph
from dockkernel.build.buildkit.result import NOTHING, Result
from dockkernel.build.buildkit.telling import Canceled
from dockkernel.build.buildkit.vertex import Vertex
from dockkernel.build.buildkit.work import Worker
from dockkernel.errors import DockError

_WORKERS = max(2, min(4, os.cpu_count() or 2))
_TICK = 0.5
"""Seconds after which a waiting caller looks up, so that an interrupt reaches it on every system."""


MakeWorker = Callable[[KitTell, Callable[[], bool]], Worker]
"""Makes the worker; it is given where to send its messages, and what tells it to stop."""


class Solver:
    """One build's graph while it is solved."""

    def __init__(self, graph: Graph, make_worker: MakeWorker, tell: KitTell) -> None:
        self._graph = graph
        self._tell = tell
        self._messages: queue.SimpleQueue[KitEvent | Future[Result]] = queue.SimpleQueue()
        self._stop = threading.Event()
        self._worker = make_worker(self._messages.put, self._stop.is_set)
        self._results: dict[str, Result] = {}
        self._running: dict[Future[Result], Vertex] = {}
        self._above: dict[str, list[Vertex]] = {}
        self._missing: dict[str, int] = {}
        self._failure: KitFailed | None = None

    def run(self) -> Result:
        """The target's result; `KitFailed` for the first failure, when all else has ended."""
        if self._graph.target is None:
            return NOTHING
        for vertex in self._graph.vertices:
            below = {one.id for one in vertex.inputs if one is not None}
            self._missing[vertex.id] = len(below)
            for one in below:
                self._above.setdefault(one, []).append(vertex)
        with ThreadPoolExecutor(_WORKERS, thread_name_prefix="build") as pool:
            try:
                for vertex in self._graph.vertices:
                    if not self._missing[vertex.id]:
                        self._start(pool, vertex)
                while self._running:
                    self._step(pool)
            finally:
                self._stop.set()
                pool.shutdown(wait=False, cancel_futures=True)
        self._drain()
        if self._failure is not None:
            raise self._failure
        self._worker.settle(self._graph.target, used=True)
        self._drain()
        return self._results[self._graph.target.id]

    def _start(self, pool: ThreadPoolExecutor, vertex: Vertex) -> None:
        inputs = [NOTHING if one is None else self._results[one.id] for one in vertex.inputs]
        future = pool.submit(self._worker.solve, vertex, inputs)
        self._running[future] = vertex
        future.add_done_callback(self._messages.put)

    def _step(self, pool: ThreadPoolExecutor) -> None:
        try:
            message = self._messages.get(timeout=_TICK)
        except queue.Empty:
            self._tell(Waited())
            return
        if not isinstance(message, Future):
            self._tell(message)
            return
        vertex = self._running.pop(message)
        error = message.exception()
        if error is not None:
            self._fail(vertex, error)
            return
        self._results[vertex.id] = message.result()
        for above in self._above.get(vertex.id, ()):
            self._missing[above.id] -= 1
            if not self._missing[above.id] and not self._stop.is_set():
                self._start(pool, above)

    def _fail(self, vertex: Vertex, error: BaseException) -> None:
        if isinstance(error, Canceled):
            return
        if not isinstance(error, DockError):
            self._stop.set()
            raise error
        if self._failure is None:
            failure = error if isinstance(error, KitFailed) else KitFailed(error.message, hint=error.hint)
            failure.span = error.span or vertex.span
            failure.vertex = vertex.id
            self._failure = failure
        self._stop.set()

    def _drain(self) -> None:
        """Tells what workers have said last."""
        while True:
            try:
                message = self._messages.get_nowait()
            except queue.Empty:
                return
            if not isinstance(message, Future):
                self._tell(message)
