"""The one display of a cell that is replaced in place while a command runs, and gone when it has ended.

It shows the lines of a pull, or the graph of a build. A build's text waits meanwhile, since the graph tells the same.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from dockkernel.commands.events import BuildProgress, Progress
from dockkernel.frontends.flood import Name
from dockkernel.frontends.progress import Board

Bundle = Mapping[str, Any]

_LIVE_AFTER = 0.4
"""Seconds of progress before a live display appears: what is quick leaves no trace."""
_LIVE_EVERY = 0.1
"""Seconds between two updates of the live display."""


class Publisher(Protocol):
    """Where a notebook's output goes."""

    can_update: bool
    """True when a display can be replaced in place."""

    def write(self, name: Name, text: str) -> None:
        """Text of a stream; the order between the streams is kept."""
        ...

    def show(self, bundle: Bundle, *, display_id: str | None = None, update: bool = False) -> None:
        """A display of its own, or the replacement of an earlier one."""
        ...

    def clear(self) -> None:
        """Removes all output of the cell when the next output comes."""
        ...


@dataclass(slots=True)
class Live:
    """One display that is updated in place, at most ten times a second, and gone at the end."""

    publisher: Publisher
    board: Board = field(default_factory=Board)
    build: BuildProgress | None = None
    began: float | None = None
    shown_at: float | None = None
    display_id: str = ""

    @property
    def shows_build(self) -> bool:
        """True while the graph of a build is on the screen."""
        return self.build is not None and self.shown_at is not None

    def update(self, event: Progress | BuildProgress) -> None:
        """Takes a line of progress or a state of a build; shows it when it is time."""
        if isinstance(event, Progress):
            self.board.update(event)
        else:
            self.build = event
        now = time.monotonic()
        if self.began is None:
            self.began = now
        due = self.began + _LIVE_AFTER if self.shown_at is None else self.shown_at + _LIVE_EVERY
        if now < due or not self.publisher.can_update:
            return
        if self.shown_at is None:
            # Empty at first: a front end that cannot update is left with nothing, not with a frozen half.
            self.display_id = f"dockkernel-{time.time_ns()}"
            self.publisher.show({"text/plain": ""}, display_id=self.display_id)
        self.publisher.show(self._bundle(), display_id=self.display_id, update=True)
        self.shown_at = now

    def end(self, *, clear: bool) -> bool:
        """Takes the display away; True when the whole output was cleared for that and must be written again."""
        was_shown = self.shown_at is not None
        if was_shown and clear:
            self.publisher.clear()
        elif was_shown:
            self.publisher.show({"text/plain": ""}, display_id=self.display_id, update=True)
        self.board, self.build, self.began, self.shown_at = Board(), None, None, None
        return was_shown and clear

    def _bundle(self) -> Bundle:
        if self.build is None:
            return {"text/plain": self.board.text()}
        try:
            from dockkernel_visual import live
        except ImportError:
            return {"text/plain": _words(self.build)}
        bundle: Bundle = live(self.build.graph)
        return bundle


def _words(event: BuildProgress) -> str:
    return "\n".join(f"{vertex.status:>8}  {vertex.name[:100]}" for vertex in event.graph.vertices)
