"""Where the teaching hints of a build are shown: as notes in a notebook, with `--explain` on standard error.

They are no part of Docker's text: without either nothing is looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dockkernel.commands.events import Note

if TYPE_CHECKING:
    from dockkernel.commands.session import Session
    from dockkernel.engine.traces import Trace
    from dockkernel.errors import Span


def teach(session: Session, image_id: str, target: str, trace: Trace | None, *, explain: bool) -> None:
    """Tells the hints about an image that was just built from `session.source`."""
    source = session.source
    if source is None or not (explain or session.pictures):
        return
    from dockkernel.build.hint_words import sentence
    from dockkernel.engine.hinting import build_hints

    found = build_hints(session.engine, image_id, source, target, trace)
    for hint in found:
        session.emit(Note("hint", sentence(hint), "", source, hint.span))
    if explain and found:
        lines = "".join(f"  {_where(hint.span)}{sentence(hint)}\n" for hint in found)
        session.err(f"What could be better:\n{lines}")


def _where(span: Span | None) -> str:
    return f"line {span.start_line}: " if span else ""
