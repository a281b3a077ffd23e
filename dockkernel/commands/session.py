"""What a command runs in: the engine, the sink, and what the front end took from the outside world."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from dockkernel.commands.events import Draw, Err, Event, Out, Sink

if TYPE_CHECKING:
    from dockkernel.dockerfile.source import SourceText
    from dockkernel.engine.engine import Engine
    from dockkernel.snapshot import Show


@dataclass(slots=True)
class Session:
    """One command's surroundings. Nothing here is read from the process; a front end hands it in."""

    engine: Engine
    sink: Sink
    cwd: Path
    env: Mapping[str, str] = field(default_factory=dict)
    stdin: BinaryIO | None = None
    """Standard input, or None for an empty one (`/dev/null`)."""
    stdin_tty: bool = False
    stdout_tty: bool = False
    stderr_tty: bool = False
    live: bool = False
    """True where `Progress` events are shown and replaced in place (a notebook, a terminal)."""
    pictures: bool = False
    """False where nobody will look at a `Draw` (a terminal), so that no snapshot is made."""
    source: SourceText | None = None
    """The Dockerfile that the command has read: what the span of its error is about."""
    debug: bool = False
    """`docker --debug`: what is said may be said at length."""

    def out(self, data: str | bytes) -> None:
        """Writes to standard output; no line end is added."""
        self.sink.emit(Out(data))

    def err(self, data: str | bytes) -> None:
        """Writes to standard error; no line end is added."""
        self.sink.emit(Err(data))

    def emit(self, event: Event) -> None:
        """Any other event."""
        self.sink.emit(event)

    def draw(self, show: Show) -> None:
        """A picture after the text."""
        self.sink.emit(Draw(show))
