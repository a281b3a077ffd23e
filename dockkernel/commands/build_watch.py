"""From what a build tells to pictures of it: while it runs for a live display, and once more when it has ended.

A handler makes one watch for a build and tells it every event, of either builder::

    with BuildWatch(session, "buildkit") as watch:
        solve(..., tell=watch.tell)

Where nobody looks it costs next to nothing. It writes no text: that is the handler's. Events may come from several
threads, and so may looks.
"""

from __future__ import annotations

import threading
from types import TracebackType
from typing import TYPE_CHECKING, Literal

from dockkernel.build import events as classic
from dockkernel.build.buildkit import events as kit
from dockkernel.commands.build_classic import ClassicReader
from dockkernel.commands.build_hints import note_checks
from dockkernel.commands.build_kit import KitReader
from dockkernel.commands.build_model import INTERNAL, BuildModel
from dockkernel.commands.events import BuildProgress
from dockkernel.commands.session import Session
from dockkernel.snapshot.graph import GraphSnapshot

if TYPE_CHECKING:
    from dockkernel.build.plan import Options
    from dockkernel.dockerfile.source import SourceText


class BuildWatch:
    """Follows one build. Events may come in any order that makes sense; what is not known is made up from them."""

    def __init__(self, session: Session, builder: Literal["classic", "buildkit"]) -> None:
        self._session = session
        self._wanted = session.live or session.pictures
        now = session.engine.clock.now_ns()
        self._model = BuildModel(builder, now, now)
        self._kit = KitReader(self._model)
        self._classic = ClassicReader(self._model)
        self._lock = threading.Lock()
        if session.live:
            session.emit(BuildProgress(self.look))

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
            with self._lock:
                self._classic.expect(source, options)

    def tell(self, event: kit.KitEvent | classic.Event) -> None:
        """Takes one event."""
        if isinstance(event, kit.ChecksFound):
            note_checks(self._session, event.warnings, event.source)
            return
        with self._lock:
            if not isinstance(event, kit.KitEvent):
                self._model.now_ns = self._session.engine.clock.now_ns() if self._wanted else 0
                self._classic.take(event)
            elif self._wanted:
                if isinstance(event, kit.GraphPlanned):
                    self._kit.read(self._session.source)
                self._kit.take(event)

    def look(self) -> GraphSnapshot:
        """The build as it is now; for one that has ended, as it was then."""
        with self._lock:
            if self._model.status == "running":
                self._model.now_ns = max(self._model.now_ns, self._session.engine.clock.now_ns())
            return self._model.snapshot()

    def end(self, status: Literal["done", "failed", "canceled"]) -> None:
        """The build has ended: the last of the live display, and the picture that stays."""
        if not self._wanted or self._model.status != "running":
            return
        images = self._session.engine.state.images
        with self._lock:
            self._classic.end(images, failed=status == "failed")
            self._model.end(status)
        graph = self.look()
        drawn = any(vertex.stage != INTERNAL for vertex in graph.vertices)
        # A single row of the classic builder's steps is told by its text already.
        if self._session.pictures and drawn and (graph.builder == "buildkit" or len(graph.stages) > 1):
            self._session.draw(graph)
