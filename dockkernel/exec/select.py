"""Which executor runs the processes: the first of several that can, with the reasons why others cannot."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dockkernel.errors import Unsupported
from dockkernel.exec.protocol import Executor


@dataclass(frozen=True, slots=True)
class Candidate:
    """An executor that may be usable here."""

    name: str
    refusal: Callable[[], str | None]
    """One line that says why it cannot be used on this machine, or None when it can."""
    make: Callable[[], Executor]


def portable() -> Candidate:
    """The simulated shell, which can be used everywhere."""

    def make() -> Executor:
        from dockkernel.exec.virtual.executor import VirtualExecutor

        return VirtualExecutor()

    return Candidate("portable", lambda: None, make)


def choose(candidates: Sequence[Candidate], wanted: str = "") -> Executor:
    """The wanted executor, or the first usable one; `Unsupported` with every reason when there is none."""
    named = [one for one in candidates if not wanted or one.name == wanted]
    if not named:
        known = ", ".join(one.name for one in candidates)
        raise Unsupported(f"no executor is called {wanted!r} (there is {known})")
    reasons = []
    for one in named:
        reason = one.refusal()
        if reason is None:
            return one.make()
        reasons.append(f"{one.name}: {reason}")
    raise Unsupported("no executor can be used here: " + "; ".join(reasons))
