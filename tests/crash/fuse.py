"""Killing a process at a point that is counted, not timed: the same on a quick machine and on a slow one.

What counts are the calls that change something outside the process: each is a point before it and a point after it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from types import FrameType

TESTS = Path(__file__).parents[1]
CALLS = {
    "execute",
    "executemany",
    "write",
    "truncate",
    "close",
    "rename",
    "replace",
    "unlink",
    "mkdir",
    "utime",
    "open",
}


class Fuse:
    """Kills this process with SIGKILL at the given point after `light`; 0 for never."""

    def __init__(self, point: int) -> None:
        self.point = point
        self.count = 0

    def light(self) -> None:
        threading.setprofile(self._see)
        sys.setprofile(self._see)

    def _see(self, frame: FrameType, event: str, argument: object) -> None:
        if event in {"c_call", "c_return"} and getattr(argument, "__name__", "") in CALLS:
            self.count += 1
            if self.count == self.point:
                os.kill(os.getpid(), signal.SIGKILL)


def run(module: str, *arguments: object) -> tuple[bool, str]:
    """Runs a module of this folder; gives whether it was killed, and what it printed."""
    command = [sys.executable, "-m", f"crash.{module}", *map(str, arguments)]
    done = subprocess.run(command, cwd=TESTS, capture_output=True, text=True, check=False)
    assert done.returncode in {0, -signal.SIGKILL}, done.stderr
    return done.returncode != 0, done.stdout
