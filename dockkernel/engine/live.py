"""What a running container has outside the state: its log as it grows, and notes from other processes.

The state holds what is settled. While a container runs, `HOME/containers/ID/` holds its newest output, and notes that
other processes leave for the one that runs it: it looks for them about ten times a second. A note is a file; the runner
takes it away when it has done what it says. No sockets, so that it works alike on every platform.

The folder belongs to the run that the record calls running. It is emptied before a run is recorded, and goes after its
end is in the state, so that no reader misses a line: under the write lock both times, so that no run takes away what is
another one's (`container_run.settle`). What a killed process left there is nobody's: only a running one is looked at.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from dockkernel.exec.protocol import Stream

LOG_BYTES = 64 << 20
"""Where a log stops growing."""
ASK, NEWS, SIGNAL, BEGUN = "ask", "news", "signal", "begun"
"""Notes: "put your files into the state", "others have changed the files", "this signal for you"; from the one who runs
the container: "its program was found, and runs"."""
_POLL = 0.01


@dataclass(frozen=True, slots=True)
class Live:
    """The folder of one container."""

    folder: Path

    @property
    def log(self) -> Path:
        """The output of the present run, Docker's JSON lines; not there before the first output."""
        return self.folder / f"{self.folder.name}-json.log"

    def notes(self) -> frozenset[str]:
        """The names of the notes that wait."""
        try:
            return frozenset(path.name for path in self.folder.iterdir())
        except OSError:
            return frozenset()

    def tell(self, note: str, text: str = "") -> None:
        """Leaves a note."""
        self.folder.mkdir(parents=True, exist_ok=True)
        draft = self.folder / f"{note}.{os.getpid()}"
        draft.write_text(text, encoding="ascii")
        draft.replace(self.folder / note)

    def take(self, note: str) -> str:
        """What the note says; it is gone then."""
        path = self.folder / note
        try:
            text = path.read_text(encoding="ascii")
        except OSError:
            text = ""
        with contextlib.suppress(OSError):
            path.unlink()
        return text

    def wait(self, done: Callable[[], bool], seconds: float) -> bool:
        """Waits until `done()`, at most so long; gives what it is then."""
        end = time.monotonic() + seconds
        while not done():
            if time.monotonic() >= end:
                return False
            time.sleep(_POLL)
        return True

    def remove(self) -> None:
        """Takes the folder away."""
        shutil.rmtree(self.folder, ignore_errors=True)


class LogWriter:
    """Writes a container's output as Docker's json-file log: one object a line of output, bounded."""

    def __init__(self, live: Live, now: Callable[[], str]) -> None:
        self._live = live
        self._now = now
        self._file: BinaryIO | None = None
        self._size = 0

    def add(self, stream: Stream, data: bytes) -> None:
        """Keeps one piece of output while there is room."""
        if self._size > LOG_BYTES:
            return
        if self._file is None:
            self._live.folder.mkdir(parents=True, exist_ok=True)
            self._file = self._live.log.open("ab")
        for line in _lines(data):
            row = {"log": line.decode("utf-8", "surrogateescape"), "stream": stream, "time": self._now()}
            self._size += self._file.write(json.dumps(row).encode() + b"\n")
        self._file.flush()

    def close(self) -> None:
        """Ends the writing."""
        if self._file is not None:
            self._file.close()
            self._file = None


def _lines(data: bytes) -> Iterator[bytes]:
    """Pieces that end in a line feed, the last one perhaps without."""
    *whole, rest = data.split(b"\n")
    for line in whole:
        yield line + b"\n"
    if rest:
        yield rest
