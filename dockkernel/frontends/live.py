"""The one display of a cell that is replaced in place while a command runs, and gone when it has ended.

It shows the lines of a pull, or the graph of a build. A build's text waits meanwhile, since the graph tells the same.
"""

from __future__ import annotations

import threading
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
    """One display that is updated in place, at most ten times a second, and gone at the end.

    A build is looked at by a thread of its own: it goes on while a long step says nothing, and a quick build is never
    looked at.
    """

    publisher: Publisher
    board: Board = field(default_factory=Board)
    build: BuildProgress | None = None
    began: float | None = None
    shown_at: float | None = None
    display_id: str = ""
    _over: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def shows_build(self) -> bool:
        """True while the graph of a build is on the screen."""
        return self.build is not None and self.shown_at is not None

    def update(self, event: Progress | BuildProgress) -> None:
        """Takes a line of progress, or a build to look at; shows it when it is time."""
        if isinstance(event, Progress):
            self.board.update(event)
            self.tick()
            return
        first, self.build = self.build is None, event
        if first and self.publisher.can_update:
            self._over = threading.Event()
            threading.Thread(target=self._watch, args=(self._over,), name="dockkernel-live", daemon=True).start()

    def tick(self, over: threading.Event | None = None) -> None:
        """Shows what there is, unless it is too early or, by then, `over`."""
        with self._lock:
            if over is not None and over.is_set():
                return
            now = time.monotonic()
            if self.began is None:
                self.began = now
            due = self.began + _LIVE_AFTER if self.shown_at is None else self.shown_at + _LIVE_EVERY
            if now < due or not self.publisher.can_update:
                return
            first, self.shown_at = self.shown_at is None, now
            if first:
                # Empty at first: a front end that cannot update is left with nothing, not with a frozen half.
                self.display_id = f"dockkernel-{time.time_ns()}"
                self.publisher.show({"text/plain": ""}, display_id=self.display_id)
            self.publisher.show(self._bundle(), display_id=self.display_id, update=True)

    def end(self, *, clear: bool) -> bool:
        """Takes the display away; True when the whole output was cleared for that and must be written again."""
        self._over.set()
        with self._lock:
            was_shown = self.shown_at is not None
            if was_shown and clear:
                self.publisher.clear()
            elif was_shown:
                self.publisher.show({"text/plain": ""}, display_id=self.display_id, update=True)
            self.board, self.build, self.began, self.shown_at = Board(), None, None, None
            return was_shown and clear

    def _watch(self, over: threading.Event) -> None:
        """Looks again and again, until the build is over."""
        self.tick(over)
        while not over.wait(_LIVE_EVERY):
            self.tick(over)

    def _bundle(self) -> Bundle:
        if self.build is None:
            return {"text/plain": self.board.text()}
        graph = self.build.look()
        try:
            from dockkernel_visual import live

            bundle: Bundle = live(graph)
        except Exception:
            # Not installed, or a mistake of ours: the picture at the end says which, this one is gone by then.
            return {"text/plain": "\n".join(f"{one.status:>8}  {one.name[:100]}" for one in graph.vertices)}
        return bundle
