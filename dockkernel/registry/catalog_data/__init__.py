"""The recipes of the teaching images: one TOML file per repository, `sets.toml` for what they share, `lock.json`."""

from __future__ import annotations

import pkgutil

from dockkernel.errors import NotFound


def read(name: str) -> str:
    """The text of one of these files; `NotFound` when there is none."""
    try:
        data = pkgutil.get_data(__name__, name)
    except OSError as error:
        raise NotFound(f"the catalog has no file {name}") from error
    return (data or b"").decode()
