"""From what a build tells to pictures of it: while it runs for a live display, and once more when it has ended.

A handler makes one watch for a build and tells it every event, of either builder::

    with BuildWatch(session, "buildkit") as watch:
        solve(..., tell=watch.tell)

Where nobody looks it costs next to nothing. It writes no text: that is the handler's.
"""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Literal

from dockkernel.build import events as classic
from dockkernel.build.buildkit import events as kit
from dockkernel.commands.build_classic import ClassicReader
from dockkernel.commands.build_kit import KitReader
from dockkernel.commands.build_model import INTERNAL, BuildModel
from dockkernel.commands.events import BuildProgress, Note
from dockkernel.commands.session import Session

if TYPE_CHECKING:
    from dockkernel.build.plan import Options
    from dockkernel.dockerfile.source import SourceText

_EVERY_NS = 80_000_000
"""Between two snapshots; a display shows fewer still."""


class BuildWatch:
    """Follows one build. Events may come in any order that makes sense; what is not known is made up from them."""

    def __init__(self, session: Session, builder: Literal["classic", "buildkit"]) -> None:
        self._session = session
        self._wanted = session.live or session.pictures
        now = session.engine.clock.now_ns()
        self._model = BuildModel(builder, now, now)
        self._kit = KitReader(self._model)
        self._classic = ClassicReader(self._model)
        self._shown_ns = 0

    def __enter__(self) -> BuildWatch:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end("done" if error is None else "failed" if isinstance(error, Exception) else "canceled")

    @property
    def last_good(self) -> str:
        """The image of the classic builder's last step that went well in the stage at hand, or empty."""
        return self._classic.last_good

    def expect(self, source: SourceText, options: Options) -> None:
        """The Dockerfile that the classic builder is about to build: its steps are seen waiting."""
        if self._wanted:
            self._classic.expect(source, options)

    def tell(self, event: kit.KitEvent | classic.Event) -> None:
        """Takes one event."""
        if isinstance(event, kit.ChecksFound):
            self._note(event)
        elif isinstance(event, kit.KitEvent):
            if self._wanted:
                self._kit.take(event)
        else:
            if self._wanted:
                self._model.now_ns = self._session.engine.clock.now_ns()
            self._classic.take(event)
        if self._wanted and self._model.now_ns - self._shown_ns >= _EVERY_NS:
            self._show()

    def end(self, status: Literal["done", "failed", "canceled"]) -> None:
        """The build has ended: the last of the live display, and the picture that stays."""
        if not self._wanted or self._model.status != "running":
            return
        self._classic.end(self._session.engine.state.images, failed=status == "failed")
        self._model.end(status)
        self._show()
        graph = self._model.snapshot()
        drawn = any(vertex.stage != INTERNAL for vertex in graph.vertices)
        # A single row of the classic builder's steps is told by its text already.
        if self._session.pictures and drawn and (graph.builder == "buildkit" or len(graph.stages) > 1):
            self._session.draw(graph)

    def _show(self) -> None:
        self._shown_ns = self._model.now_ns
        if self._session.live:
            self._session.emit(BuildProgress(self._model.snapshot()))

    def _note(self, event: kit.ChecksFound) -> None:
        for warning in event.warnings:
            message = f"{warning.rule}: {warning.text}"
            self._session.emit(Note("warning", message, "", event.source, warning.span, warning.url))
