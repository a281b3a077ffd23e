"""What a benchmark gives: one figure with its target, and the ways to take it.

Wall time and this process's CPU time stand side by side: on a machine that others use as well, the second is the one
to trust. Figures belong in a note, never in an assertion.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """A median and what it may be at most. `cpu` is in the same unit, None where it says nothing."""

    name: str
    median: float
    unit: str
    target: float | None = None
    cpu: float | None = None


def timed(
    name: str,
    action: Callable[[], object],
    *,
    target: float | None = None,
    rounds: int = 5,
    before: Callable[[], object] = lambda: None,
) -> Figure:
    """The median of some rounds, milliseconds; `before` is called ahead of each and not counted."""
    wall, cpu = [], []
    for _ in range(rounds):
        before()
        began, used = time.perf_counter(), time.process_time()
        action()
        cpu.append(time.process_time() - used)
        wall.append(time.perf_counter() - began)
    return Figure(name, statistics.median(wall) * 1000, "ms", target, statistics.median(cpu) * 1000)
