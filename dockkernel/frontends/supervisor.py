"""The process of a detached container: one of its own, beside this one, so that it outlives a cell and a kernel.

It runs `python -m dockkernel _container ID`, which runs the container to its end and records what became of it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import subprocess

_WAIT = 10.0
"""Seconds to wait until the container is seen to run or to have failed."""
_POLL = 0.01


@dataclass(frozen=True, slots=True)
class ProcessSupervisor:
    """Starts, watches and ends container processes of this host."""

    environment: Mapping[str, str]

    def current(self) -> int:
        """This process's id."""
        return os.getpid()

    def birth(self, pid: int) -> str:
        """What tells the process from a later one with the same id: its boot and start time; empty where unknown."""
        try:
            boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
            # The name of the program, in brackets, may hold blanks (proc(5)); the start time is the 22nd field.
            fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            return ""
        return f"{boot} {fields[19]}"

    def start(self, container_id: str, begun: Callable[[], bool]) -> int:
        """Starts the process and waits until `begun()`, or until the process has ended."""
        child = self._spawn("_container", container_id)
        deadline = time.monotonic() + _WAIT
        while time.monotonic() < deadline and child.poll() is None and not begun():
            time.sleep(_POLL)
        return int(child.pid)

    def background(self, words: Sequence[str], seconds: float) -> int:
        """Starts one of our own commands beside this process and waits for it, at most so long; gives its id."""
        from subprocess import TimeoutExpired

        child = self._spawn(*words)
        with contextlib.suppress(TimeoutExpired):
            child.wait(seconds)
        return int(child.pid)

    def _spawn(self, *words: str) -> subprocess.Popen[bytes]:
        import subprocess

        command = [sys.executable, "-P", "-m", "dockkernel", *words]
        flags: dict[str, Any] = {"start_new_session": True}
        if sys.platform == "win32":
            flags = {"creationflags": 0x00000208}
        return subprocess.Popen(
            command,
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **flags,
        )

    def alive(self, pid: int) -> bool:
        """True while the process runs; a child that has ended is collected."""
        if pid <= 0:
            return False
        if sys.platform == "win32":
            return _alive_on_windows(pid)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return True

    def suspend(self, pid: int) -> None:
        """Halts the process, where the platform can."""
        _signal(pid, "SIGSTOP")

    def resume(self, pid: int) -> None:
        """Lets a halted process go on."""
        _signal(pid, "SIGCONT")

    def kill(self, pid: int) -> None:
        """Ends the process at once; no error when it has ended."""
        if pid <= 0 or pid == os.getpid():
            return
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)


def _signal(pid: int, name: str) -> None:
    """Sends a signal that only POSIX has, where there is one."""
    number = getattr(signal, name, None)
    if number is not None and pid > 0 and pid != os.getpid():
        with contextlib.suppress(OSError):
            os.kill(pid, number)


def _alive_on_windows(pid: int) -> bool:
    import ctypes

    kernel32 = ctypes.windll.kernel32  # type: ignore[attr-defined]
    handle = kernel32.OpenProcess(0x1000, False, pid)
    if not handle:
        return False
    code = ctypes.c_ulong()
    kernel32.GetExitCodeProcess(handle, ctypes.byref(code))
    kernel32.CloseHandle(handle)
    return code.value == 259
