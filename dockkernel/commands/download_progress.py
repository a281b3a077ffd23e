"""How the client tells of a file on its way: Docker's bar, the same in a pipe and in a terminal."""

from __future__ import annotations

from collections.abc import Callable

from dockkernel.commands.human import human_size

_CELLS = 50
_STEP = 512 << 10
"""Bytes after which a new line is due, unless a hundredth of the file is less."""


class DownloadProgress:
    """Writes the lines of one download; each begins with `action` and ends with a carriage return."""

    def __init__(self, action: str, write: Callable[[str], None]) -> None:
        self._action = action
        self._write = write
        self._shown = 0

    def tell(self, current: int, total: int, done: bool) -> None:
        """Bytes so far, in all (0 where that is not known), and whether that was all."""
        step = min(_STEP, total // 100) if total else _STEP
        if not done and current != total and current - self._shown <= step:
            return
        self._shown = current
        text = _bar(current, total)
        self._write(f"{self._action} {text}\r" if text else f"{self._action} \r\n")
        if done:
            self._write("\r\n")


def _bar(current: int, total: int) -> str:
    if not total:
        return f"{human_size(current):>8}" if current else ""
    filled = min(_CELLS, current * 100 // total // 2)
    return f"[{'=' * filled}>{' ' * (_CELLS - filled)}] {human_size(current):>8}/{human_size(total)}"
