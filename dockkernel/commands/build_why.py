"""Why steps of a build ran again, in words: `docker build --explain` (ours) and `dockkernel why build NAME`."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path

from dockkernel.build.explain import Aspect, StepReason, Why
from dockkernel.build.trace import StepTrace
from dockkernel.commands.session import Session
from dockkernel.engine.engine import Engine
from dockkernel.engine.traces import Trace, TraceStore, keys
from dockkernel.errors import NotFound, ParseError
from dockkernel.oci.reference import Reference

_TEXT = 60
"""Characters of an instruction that are shown."""
_VALUE = 40
_ASPECTS = {
    Aspect.ADDED: "{what} is new",
    Aspect.REMOVED: "{what} is gone",
    Aspect.CONTENT: "{what} has changed ({old} → {new})",
    Aspect.MODE: "{what} has another mode ({old} → {new})",
    Aspect.OWNER: "{what} has another owner ({old} → {new})",
    Aspect.KIND: "{what} was a {old} and is a {new}",
}
_WORDS = {
    Why.NEVER_BUILT: "there was no such step in the last build",
    Why.NO_CACHE: "the cache was switched off (--no-cache)",
    Why.BASE: "the image {what} is another one ({old} → {new})",
    Why.STEP: "{what} before it gave something new",
    Why.INSTRUCTION: "the instruction has changed ({old} → {new})",
    Why.INSERTED: "the instruction is new",
    Why.REMOVED: "the instruction before it was taken away ({what})",
    Why.ARGUMENT: "the build argument {what} has changed ({old} → {new})",
    Why.ENV: "the variable {what} has changed ({old} → {new})",
    Why.SETTING: "{what} has changed ({old} → {new})",
    Why.FAILED: "it failed the last time",
    Why.GONE: "its cached result is no longer there",
}


class Explained:
    """Keeps what a build says of its steps until the build's own text has been shown."""

    def __init__(self, *, wanted: bool) -> None:
        self._wanted = wanted
        self._trace: Trace | None = None

    def __call__(self, trace: Trace) -> None:
        """Takes the trace of the build."""
        self._trace = trace

    def show(self, session: Session) -> None:
        """Writes the lines to standard error, if they are wanted and the build came to its first step."""
        if self._wanted and self._trace is not None:
            session.err(explanation(self._trace))

    def teach(self, session: Session, image_id: str, target: str) -> None:
        """What could be better about the image that came out: in a notebook, and where the reasons are wanted."""
        if self._wanted or session.pictures:
            from dockkernel.commands.build_teach import teach

            teach(session, image_id, target, self._trace, explain=self._wanted)


def explanation(trace: Trace) -> str:
    """One line a step that ran, each ended."""
    if not trace.reasons:
        return "Every step came from the cache.\n"
    if trace.first:
        return "Every step that ran did so because nothing of this name was built before with this builder.\n"
    lines = [f"  {_step(reason)}: {sentence(reason, trace.steps)}\n" for reason in trace.reasons]
    return "Why steps ran again:\n" + "".join(lines)


def sentence(reason: StepReason, steps: Sequence[StepTrace]) -> str:
    """Why one step ran, without the step's name."""
    words = _ASPECTS[reason.aspect] if reason.why is Why.FILE and reason.aspect else _WORDS[reason.why]
    what = _earlier(reason, steps) if reason.why is Why.STEP else _short(reason.what, _TEXT)
    return words.format(what=what, old=_value(reason.old), new=_value(reason.new))


def _earlier(reason: StepReason, steps: Sequence[StepTrace]) -> str:
    if reason.cause is not None and reason.cause < len(steps) and steps[reason.cause].number:
        return f"step {steps[reason.cause].number}"
    return _short(reason.what, _TEXT)


def _step(reason: StepReason) -> str:
    text = _short(reason.text, _TEXT)
    return f"Step {reason.number} : {text}" if reason.number else text


def _value(value: str | None) -> str:
    if value is None:
        return "not set"
    for prefix in ("sha256:", "tarsum:"):
        if value.startswith(prefix):
            return value[: len(prefix) + 12]
    return _short(value, _VALUE) or '""'


def _short(text: str, most: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def origin(cwd: Path, path: str) -> str:
    """What says where a context is from, the same for the same folder however it is written; empty for a stream."""
    return "" if path == "-" else str((cwd / path).resolve())


def why_build(engine: Engine, name: str, cwd: Path) -> str:
    """Why the steps of the last build of `name` ran: a tag, or a context directory. `NotFound` when none is known."""
    wanted = list(keys((), origin(cwd, name), "Dockerfile"))
    # What no image can be called is a folder.
    with contextlib.suppress(ParseError):
        wanted = [*keys((Reference.parse(name),), "", "")[:-1], *wanted]
    trace = TraceStore(engine.blobs).find(engine.state, wanted)
    if trace is None:
        raise NotFound(f"no build of {name} is known", hint="it was not built here, or too many others were since")
    return explanation(trace)
