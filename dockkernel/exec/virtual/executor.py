"""The portable executor: runs processes over a tree on any platform, by a simulated shell and simulated programs.

The process runs on a thread of its own; its output is handed over on the caller's thread, which stays interruptible.
"""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import Callable

from dockkernel.errors import LimitExceeded
from dockkernel.exec.protocol import ExecRequest, ExecResult, Output, Stream
from dockkernel.exec.virtual import devices, programs
from dockkernel.exec.virtual.call import Given
from dockkernel.exec.virtual.files import Files
from dockkernel.exec.virtual.identity import Identity, identify
from dockkernel.exec.virtual.machine import Machine, Stopped
from dockkernel.exec.virtual.programs import DEFAULT_PATH, CannotRun
from dockkernel.fs.tree import Tree

_POLL = 0.1
"""Seconds after which a waiting caller looks for an interrupt or the time limit (Windows wakes no waiting thread)."""
_PATIENCE = 2.0
"""Seconds that a stopped process gets to end."""


class VirtualExecutor:
    """`Executor` that needs nothing of the host."""

    name = "portable"

    def __init__(self, clock: Callable[[], int] = time.time_ns) -> None:
        self._clock = clock

    def run(self, request: ExecRequest, output: Output) -> ExecResult:
        """Runs to the end; `InvalidInput` for an unknown user, `LimitExceeded`, `KeyboardInterrupt`."""
        return _Run(request, output, self._clock).result()


class _Run:
    """One request being run."""

    def __init__(self, request: ExecRequest, output: Output, clock: Callable[[], int]) -> None:
        self._request = request
        self._output = output
        self._begin = time.monotonic_ns()
        self._epoch = request.now_ns or clock()
        self._queue: queue.SimpleQueue[tuple[Stream, bytes] | None] = queue.SimpleQueue()
        self._failure: BaseException | None = None
        self._stop = ""
        self._written = 0
        self._code = 0
        hostname = request.hostname or "localhost"
        self._rootfs = request.rootfs
        self._beside = devices.Beside(
            hostname,
            tuple(path for path, _ in request.mounts),
            frozenset(path for path, read_only in request.mounts if read_only),
            request.capacities,
            request.sandbox,
            self._epoch,
            request.hosts,
        )
        self._seen = devices.graft(request.rootfs, self._beside)
        self._ended: int | None = None
        self._watched = self._begin
        files = Files(self._seen, Identity(), self._now, read_only=request.read_only)
        files.mount(self._beside.busy, request.mounts, request.capacities)
        files.identity = identify(request.user, files.text)
        self._machine = Machine(
            files=files,
            speech=programs.speech(files),
            hostname=hostname,
            environment=_environment(request, files.identity),
            now_ns=self._now,
            left=self._left,
            check=self._check,
        )

    def result(self) -> ExecResult:
        """Waits for the end, handing output on."""
        thread = threading.Thread(target=self._work, name="dockkernel-exec", daemon=True)
        thread.start()
        try:
            self._deliver()
        except BaseException:
            self._halt("interrupted")
            thread.join(_PATIENCE)
            raise
        if self._ended is not None:
            self._halt("the process was ended")
            thread.join(_PATIENCE)
            return ExecResult(self._ended, self.tree())
        thread.join()
        if isinstance(self._failure, CannotRun):
            return ExecResult(self._failure.code, self._request.rootfs, self._failure.reason)
        if isinstance(self._failure, Stopped):
            raise LimitExceeded(str(self._failure))
        if self._failure is not None:
            raise self._failure
        return ExecResult(self._code, self.tree())

    def tree(self) -> Tree:
        """The root file system as it is now, without what the process sees beside it."""
        return devices.prune(self._machine.files.build(), self._seen, self._rootfs, self._beside)

    def replace(self, tree: Tree) -> None:
        """Gives the process another root file system; its other mounts are fresh ones."""
        self._rootfs = tree
        self._seen = devices.graft(tree, self._beside)
        self._machine.files.replace(self._seen)

    def _watch(self) -> bool:
        """Lets the caller look; True when the process is to end."""
        due = self._machine.begun and time.monotonic_ns() - self._watched >= _POLL * 1e9
        if self._request.watch and due:
            self._watched = time.monotonic_ns()
            self._ended = self._request.watch(self)
        return self._ended is not None

    def _deliver(self) -> None:
        while not self._watch():
            try:
                item = self._queue.get(timeout=_POLL)
            except queue.Empty:
                if self._left() <= 0:
                    self._halt(f"the process ran longer than {self._request.limits.seconds:g} seconds")
                continue
            if item is None:
                return
            self._output(*item)

    def _halt(self, why: str) -> None:
        self._stop = self._stop or why
        for bash in list(self._machine.running):
            bash.cancel()

    def _work(self) -> None:
        try:
            self._code = asyncio.run(self._process())
        except BaseException as error:
            # Whatever ends the thread is raised again on the caller's.
            self._failure = error
        finally:
            self._queue.put(None)

    async def _process(self) -> int:
        request, machine = self._request, self._machine
        if not machine.files.is_dir(request.cwd):
            raise CannotRun(127, f'chdir to cwd ("{request.cwd}") set in config.json failed: no such file or directory')
        stdout, stderr = _Pipe(self, "stdout"), _Pipe(self, "stderr")
        stdin = _Open(self, request.stdin) if request.stdin_stays else Given(request.stdin)
        argv = list(request.argv) or [""]
        # The runtime looks in the container's PATH, as its environment has it.
        code = await machine.run(argv, machine.environment, request.cwd, stdin, stdout, stderr)
        self._check()
        return code & 0xFF

    def emit(self, stream: Stream, data: bytes) -> None:
        """Hands output over; `Stopped` when it is more than the limit."""
        self._check()
        self._written += len(data)
        if self._written > self._request.limits.output_bytes:
            self._stop = f"the process wrote more than {self._request.limits.output_bytes} bytes of output"
            self._check()
        if data:
            self._queue.put((stream, data))

    def _now(self) -> int:
        return self._epoch + time.monotonic_ns() - self._begin

    def _left(self) -> float:
        return self._request.limits.seconds - (time.monotonic_ns() - self._begin) / 1e9

    async def wait(self) -> None:
        """Waits until the run is to end."""
        while True:
            self._check()
            await asyncio.sleep(_POLL)

    def _check(self) -> None:
        if self._left() <= 0:
            self._stop = self._stop or f"the process ran longer than {self._request.limits.seconds:g} seconds"
        if self._stop:
            raise Stopped(self._stop)


class _Pipe:
    """One of the process' output streams."""

    def __init__(self, run: _Run, stream: Stream) -> None:
        self._run = run
        self._stream = stream

    async def write(self, data: bytes) -> None:
        """Hands the bytes to the caller."""
        self._run.emit(self._stream, data)


class _Open(Given):
    """A standard input that nobody closes."""

    def __init__(self, run: _Run, data: bytes) -> None:
        super().__init__(data)
        self._run = run

    async def chunk(self) -> bytes:
        """The next bytes; at their end it waits."""
        data = await super().chunk()
        if not data:
            await self._run.wait()
        return data


def _environment(request: ExecRequest, identity: Identity) -> dict[str, str]:
    """What the daemon adds to an environment: PATH, HOSTNAME (not in a build's sandbox), HOME."""
    env = {"PATH": request.env.get("PATH", DEFAULT_PATH)}
    if request.hostname and not request.sandbox:
        env["HOSTNAME"] = request.hostname
    env.update(request.env)
    env.setdefault("HOME", identity.home)
    return env
