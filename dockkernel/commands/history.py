"""`docker history`: the config's history, newest first, with the ids of the images that are here.

Rows are numbered as Docker numbers them: the image, then its local parents one by one; the rest is `<missing>`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dockkernel.engine.engine import Engine
from dockkernel.engine.state import ImageRecord, State
from dockkernel.oci.config import History

MISSING = "<missing>"


@dataclass(frozen=True, slots=True)
class Step:
    """One row: an id or `<missing>`, the history's facts, and the layer's bytes (0 for a metadata step)."""

    id: str
    facts: History
    size: int


def _ids(state: State, record: ImageRecord | None) -> Iterator[str]:
    while record is not None:
        yield record.id
        record = state.images.get(record.parent)


def steps(engine: Engine, record: ImageRecord) -> list[Step]:
    """The rows of an image's history, newest first."""
    layers = iter(record.layers)
    rows = []
    for facts in engine.config(record.id).history:
        layer = None if facts.empty_layer else next(layers, None)
        rows.append((facts, layer.size if layer else 0))
    rows.reverse()
    ids = _ids(engine.state, record)
    return [Step(next(ids, MISSING), facts, size) for facts, size in rows]
