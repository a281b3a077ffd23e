"""A flood of output is cut in the middle: the first and the last part are shown, all of it goes to a file.

Notebook servers cut a cell off above 1,000 messages or 1 MB a second, and a saved notebook should stay small.
"""

from __future__ import annotations

import tempfile
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import IO, Literal

Name = Literal["stdout", "stderr"]

HEAD = 400_000
"""Characters that are passed on as they come."""
TAIL = 100_000
"""Characters of the end that are shown when the rest was left out."""
LOG_LIMIT = 256 << 20
"""Characters at which the file stops growing, so that an endless loop fills no disk."""


@dataclass(slots=True)
class Flood:
    """One cell's text on its way to `write`."""

    write: Callable[[Name, str], None]
    shown: list[tuple[Name, str]] = field(default_factory=list)
    """What was passed on so far, so that it can be shown again after the output was cleared."""
    _room: int = HEAD
    _tail: deque[tuple[Name, str]] = field(default_factory=deque)
    _tail_length: int = 0
    _left_out: int = 0
    _log: IO[str] | None = None
    _logged: int = 0

    def add(self, name: Name, text: str) -> None:
        """Passes text on while there is room, then keeps only the newest."""
        if self._room > 0:
            head, text = text[: self._room], text[self._room :]
            self._room -= len(head)
            self.shown.append((name, head))
            self.write(name, head)
        if text:
            self._keep(name, text)

    def close(self) -> None:
        """Shows the end of what was left out, and says how much is missing and where it is."""
        if self._log is None:
            return
        path = self._log.name
        self._log.close()
        self._log = None
        if self._left_out:
            whole = "the whole output" if self._logged < LOG_LIMIT else f"the first {LOG_LIMIT} characters of it"
            self.write("stdout", f"\n[… {self._left_out} characters left out; {whole}: {path} …]\n")
        for name, text in self._tail:
            self.write(name, text)

    def _keep(self, name: Name, text: str) -> None:
        if self._log is None:
            self._log = tempfile.NamedTemporaryFile(  # noqa: SIM115  (it outlives this call, and the cell)
                "w", prefix="dockkernel-", suffix=".log", delete=False, encoding="utf-8", errors="replace", newline=""
            )
            for _, shown in self.shown:
                self._record(shown)
        self._record(text)
        self._tail.append((name, text))
        self._tail_length += len(text)
        while self._tail_length > TAIL:
            oldest, first = self._tail.popleft()
            surplus = min(self._tail_length - TAIL, len(first))
            self._tail_length -= surplus
            self._left_out += surplus
            if surplus < len(first):
                self._tail.appendleft((oldest, first[surplus:]))

    def _record(self, text: str) -> None:
        if self._log is not None and self._logged < LOG_LIMIT:
            self._log.write(text[: LOG_LIMIT - self._logged])
            self._logged += len(text)
