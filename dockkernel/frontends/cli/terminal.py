"""A sink over the standard streams of a process: bytes go out as they are, live lines only on a terminal."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from typing import BinaryIO

from dockkernel.commands.events import Err, Event, Note, Out, Progress

_CLEAR = b"\r\x1b[K"


@dataclass(slots=True)
class Terminal:
    """Writes text as UTF-8 and bytes unchanged; standard output and error keep their order to each other."""

    stdout: BinaryIO
    stderr: BinaryIO
    live: bool = False
    """True on a terminal: the newest `Progress` stands in the last line until other text comes, notes are shown."""
    _drawn: bool = field(default=False, repr=False)

    def emit(self, event: Event) -> None:
        """Takes one event; pictures and rows have no place here."""
        match event:
            case Out(data):
                self._clear()
                self.stdout.write(_bytes(data))
                if self.live or not _bytes(data[-1:]).endswith(b"\n"):
                    self.stdout.flush()
            case Err(data):
                self._clear()
                self.stdout.flush()
                self.stderr.write(_bytes(data))
                self.stderr.flush()
            case Progress() if self.live:
                self._progress(event)
            case Note() if self.live:
                from dockkernel.frontends.notes import text

                self.emit(Err(text(event) + "\n"))

    def close(self) -> None:
        """Everything is written out."""
        self._clear()
        self.stdout.flush()
        self.stderr.flush()

    def _progress(self, event: Progress) -> None:
        from dockkernel.frontends.progress import Board

        board = Board()
        board.update(event)
        self.stdout.write(_CLEAR + board.text().encode())
        self.stdout.flush()
        self._drawn = True

    def _clear(self) -> None:
        if self._drawn:
            self.stdout.write(_CLEAR)
            self._drawn = False


def of_process() -> Terminal:
    """The sink over this process's streams; what is written to one that is closed is lost."""
    out, err = (
        stream.buffer if stream else os.fdopen(os.open(os.devnull, os.O_WRONLY), "wb")
        for stream in (sys.stdout, sys.stderr)
    )
    return Terminal(out, err, live=bool(sys.stdout and sys.stdout.isatty()))


def _bytes(data: str | bytes) -> bytes:
    return data.encode("utf-8", "surrogateescape") if isinstance(data, str) else data
