"""What a running command tells its front end, and the one thing a front end must be: a `Sink`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from dockkernel import snapshot
    from dockkernel.dockerfile.source import SourceText
    from dockkernel.errors import Span


@dataclass(frozen=True, slots=True)
class Out:
    """Text or bytes for standard output, line ends included."""

    data: str | bytes


@dataclass(frozen=True, slots=True)
class Err:
    """Text for standard error, line ends included."""

    data: str | bytes


@dataclass(frozen=True, slots=True)
class Progress:
    """A line of a live display: replaces the earlier one with the same `id`. A pipe or a saved notebook ignores it.

    `current` and `total` are bytes, None where there is nothing to count; the final words come as `Out`.
    """

    id: str
    action: str
    current: int | None = None
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows behind a table that was printed: what `.df` is made of. Values are plain: str, int, bool, None."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


@dataclass(frozen=True, slots=True)
class Draw:
    """A picture to show after the text."""

    show: snapshot.Show


@dataclass(frozen=True, slots=True)
class Note:
    """Something for a learner beside Docker's own words: what is wrong and where, and what can be done about it.

    It is no output: a pipe and a file never get it, a notebook shows it after the command's text.
    """

    kind: Literal["error", "warning", "hint"]
    message: str
    """One line. That of an error is not shown again: Docker has said it."""
    hint: str = ""
    """What helps, a line or a few; empty when there is nothing to say."""
    source: SourceText | None = None
    """The Dockerfile that `span` is about."""
    span: Span | None = None
    url: str = ""
    """A page that says more."""


@dataclass(frozen=True, slots=True)
class BuildProgress:
    """A build begins that can be looked at while it runs; what stays of it comes as text and `Draw`."""

    look: Callable[[], snapshot.GraphSnapshot]
    """How far it has come, at any time and from any thread: whoever looks decides how often."""


Event = Out | Err | Progress | Rows | Draw | Note | BuildProgress


class Sink(Protocol):
    """Where events go. One command calls it from one thread, in order."""

    def emit(self, event: Event) -> None:
        """Takes one event."""
        ...


@dataclass(slots=True)
class Recorder:
    """A sink that keeps everything; for tests and for values in Python."""

    events: list[Event] = field(default_factory=list)

    def emit(self, event: Event) -> None:
        """Keeps the event."""
        self.events.append(event)

    def _joined(self, kind: type[Out] | type[Err]) -> str:
        parts = (event.data for event in self.events if isinstance(event, kind))
        return "".join(part if isinstance(part, str) else part.decode("utf-8", "replace") for part in parts)

    @property
    def stdout(self) -> str:
        """All standard output so far."""
        return self._joined(Out)

    @property
    def stderr(self) -> str:
        """All standard error so far."""
        return self._joined(Err)
