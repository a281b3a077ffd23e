"""Keeping the garbage collector still while a great many nodes come into being."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_paused() -> Iterator[None]:
    """No cycle collection inside.

    Indexing a layer makes some 300,000 objects and not one cycle; the collector would look through all of them again
    and again, which takes a third of the time. Whoever found the collector running starts it again, so it does not
    matter how threads interleave.
    """
    running = gc.isenabled()
    if running:
        gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()
