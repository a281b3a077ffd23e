"""The live lines of a running command as text: what a terminal would show, for one display that is updated in place."""

from __future__ import annotations

from dataclasses import dataclass, field

from dockkernel.commands.events import Progress
from dockkernel.commands.human import human_size

_WIDTH = 30
_LINES = 40
"""Lines shown at once; a pull of 120 layers shows those that last moved."""


@dataclass(slots=True)
class Board:
    """The newest word about each thing that moves."""

    lines: dict[str, Progress] = field(default_factory=dict)

    def update(self, event: Progress) -> None:
        """Replaces the line of the same id; its place stays."""
        self.lines[event.id] = event

    def text(self) -> str:
        """All lines, `id: action [====>     ] 1.2MB/5MB`."""
        shown = list(self.lines.values())[-_LINES:]
        return "\n".join(_line(event) for event in shown)


def _line(event: Progress) -> str:
    words = f"{event.id}: {event.action}" if event.id else event.action
    if event.current is None:
        return words
    if not event.total:
        return f"{words} {human_size(event.current)}"
    done = min(_WIDTH, event.current * _WIDTH // event.total)
    bar = "=" * done + ">" * (done < _WIDTH)
    return f"{words} [{bar:<{_WIDTH}}] {human_size(event.current)}/{human_size(event.total)}"
