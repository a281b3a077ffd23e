"""Pictures after the text: made only where somebody looks, and never a reason for a command to fail."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from dockkernel.commands.session import Session
from dockkernel.errors import DockError

if TYPE_CHECKING:
    from dockkernel.snapshot import Show


def picture(session: Session, make: Callable[[], Show | None]) -> Show | None:
    """The snapshot that `make` gives, None where no picture is wanted or its facts cannot be read."""
    if not session.pictures:
        return None
    try:
        return make()
    except DockError:
        return None


def draw(session: Session, show: Show | None) -> None:
    """Hands a picture to the front end, if there is one."""
    if show is not None:
        session.draw(show)
