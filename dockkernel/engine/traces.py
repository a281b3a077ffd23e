"""The traces of builds in the store: one for each name that was built, so that the next build of it can be compared.

A trace belongs to each tag of its build and to the pair of context and Dockerfile. It is a blob, named from the state,
so that collection leaves it alone; only the newest `KEPT` names have one. Going back to an earlier revision leaves the
traces as they are.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any

from dockkernel.build.explain import Aspect, StepReason, Why, explain
from dockkernel.build.trace import StepTrace, decode_steps, encode_steps
from dockkernel.engine.state import State
from dockkernel.errors import DockError
from dockkernel.oci.digest import Digest
from dockkernel.oci.reference import Reference
from dockkernel.store.layout import LayoutStore

KEPT = 64
"""How many names keep a trace."""


@dataclass(frozen=True, slots=True)
class Trace:
    """A build that has ended: its steps, and why those that ran did so."""

    steps: tuple[StepTrace, ...]
    reasons: tuple[StepReason, ...]
    first: bool = False
    """Whether there was no build to compare it with."""
    failed: bool = False


def keys(tags: Iterable[Reference], context: str, dockerfile: str) -> tuple[str, ...]:
    """What "the same build" means: its tags, else its context (a path as it is on this machine) and Dockerfile."""
    names = [f"tag:{tag.with_default_tag().canonical()}" for tag in tags]
    # A Dockerfile that is no file travels under a random name.
    named = "-" if dockerfile.startswith(".dockerfile.") else dockerfile
    place = Digest.of(f"{context}\n{named}".encode("utf-8", "surrogateescape"))
    return (*names, f"context:{place.hex[:32]}")


class TraceStore:
    """Reads and writes traces."""

    def __init__(self, blobs: LayoutStore) -> None:
        self._blobs = blobs

    def find(self, state: State, wanted: Iterable[str]) -> Trace | None:
        """The trace of the first key that has one; None when there is none, or its blob cannot be read."""
        for key in wanted:
            record = state.traces.get(key)
            if record is not None and (trace := self._read(record["Diff"])) is not None:
                return trace
        return None

    def _read(self, digest: str) -> Trace | None:
        try:
            with self._blobs.open(Digest.parse(digest)) as source:
                head, _, rest = source.read().partition(b"\n")
            facts = json.loads(head)
            reasons = tuple(map(_reason, facts["reasons"]))
        except (DockError, OSError, ValueError, KeyError, TypeError):
            return None
        return Trace(decode_steps(rest), reasons, facts["first"], facts["failed"])

    def compare(self, state: State, wanted: Iterable[str], steps: Sequence[StepTrace], *, failed: bool) -> Trace:
        """A new build's trace, with the reasons against the last one of the same name.

        Steps that a failed build did not come to are known from the build before.
        """
        last = self.find(state, wanted)
        if last is not None and _counts(last.steps) != _counts(steps):
            # The two builders do not cache for each other.
            last = None
        old = last.steps if last else ()
        reasons = explain(old, steps)
        known = {(step.stage, step.place) for step in steps}
        rest = [step for step in old if (step.stage, step.place) not in known] if failed else []
        return Trace((*steps, *rest), reasons, last is None, failed)

    def keep(self, state: State, under: Sequence[str], trace: Trace, now: str) -> State:
        """The state with the trace under these keys; `now` is RFC 3339, UTC. The oldest ones go."""
        facts = {"reasons": [_row(reason) for reason in trace.reasons], "first": trace.first, "failed": trace.failed}
        head = json.dumps(facts, separators=(",", ":")).encode()
        digest, _ = self._blobs.put(BytesIO(head + b"\n" + encode_steps(trace.steps)))
        record = {"Diff": str(digest), "Time": now}
        same = {key for key in under if state.traces.get(key, {}).get("Diff") == record["Diff"]}
        traces = {**state.traces, **{key: record for key in under if key not in same}}
        if len(same) == len(set(under)):
            return state
        newest = sorted(traces, key=lambda key: (traces[key]["Time"], key), reverse=True)[:KEPT]
        return replace(state, traces={key: traces[key] for key in sorted(newest)})


def _counts(steps: Sequence[StepTrace]) -> bool:
    """Whether the builder numbers its steps: the classic one does."""
    return any(step.number for step in steps)


def _row(reason: StepReason) -> list[Any]:
    aspect = reason.aspect.value if reason.aspect else None
    return [
        reason.at, reason.number, reason.stage, reason.text, reason.why.value, reason.what, reason.old, reason.new,
        aspect, reason.cause,
    ]  # fmt: skip


def _reason(row: Sequence[Any]) -> StepReason:
    at, number, stage, text, why, what, old, new, aspect, cause = row
    return StepReason(at, number, stage, text, Why(why), what, old, new, Aspect(aspect) if aspect else None, cause)
