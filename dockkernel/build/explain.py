"""Why a step ran again: the first of its inputs that differs from the last build of the same name.

The inputs are looked at in the order in which the builder meets them: the cache switched off, what the step stands on
(the base image or an earlier step), its own text, the build arguments in use, the image of COPY --from, the environment
and settings, the files.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from enum import Enum

from dockkernel.build.trace import StepTrace
from dockkernel.build.trace_files import FileTrace


class Why(Enum):
    """The kinds of reasons."""

    NEVER_BUILT = "never built"
    """There was no such step in the last build."""
    NO_CACHE = "no cache"
    """`--no-cache`, or `--no-cache-filter` for its stage."""
    BASE = "base"
    """The base image, or the image that COPY --from takes, is another one: `what` is its name."""
    STEP = "step"
    """An earlier step gave something else: `what` is its text, `at` its place."""
    INSTRUCTION = "instruction"
    """Its own text (or, with the same text, what that was expanded to) is another one."""
    INSERTED = "inserted"
    """The instruction is new, between others that are as before."""
    REMOVED = "removed"
    """An instruction before it was taken away: `what` is its text."""
    ARGUMENT = "argument"
    """A build argument: `what` is its name; None for a value that was not given."""
    ENV = "env"
    """A variable of the environment."""
    SETTING = "setting"
    """USER, WORKDIR and the like: `what` says which."""
    FILE = "file"
    """A file: `what` is its path, `aspect` says what of it differs."""
    FAILED = "failed"
    """Nothing differs, but the step failed the last time."""
    GONE = "gone"
    """Nothing differs: the cached result was deleted since."""


class Aspect(Enum):
    """What of a file differs."""

    ADDED = "added"
    REMOVED = "removed"
    CONTENT = "content"
    MODE = "mode"
    OWNER = "owner"
    KIND = "kind"


@dataclass(frozen=True, slots=True)
class StepReason:
    """Why one step ran again."""

    at: int
    """The step's place in the sequence of the new build's steps."""
    number: int
    """Its number as the builder counts; 0 where it does not."""
    stage: str
    text: str
    """The instruction as written."""
    why: Why
    what: str = ""
    old: str | None = None
    new: str | None = None
    aspect: Aspect | None = None
    cause: int | None = None
    """For `STEP`: the earlier step's place in the sequence."""


@dataclass(frozen=True, slots=True)
class _Difference:
    why: Why
    what: str = ""
    old: str | None = None
    new: str | None = None
    aspect: Aspect | None = None
    cause: int | None = None


def explain(old: Sequence[StepTrace], new: Sequence[StepTrace]) -> tuple[StepReason, ...]:
    """A reason for every step of `new` that did not come from the cache; `old` is empty for a first build."""
    comparison = _Comparison(old, new)
    return tuple(
        _reason(at, step, comparison.first(at))
        for at, step in enumerate(new)
        if step.outcome != "cached" and step.place > 0
    )


def _reason(at: int, step: StepTrace, first: _Difference) -> StepReason:
    facts = {field.name: getattr(first, field.name) for field in fields(first)}
    return StepReason(at, step.number, step.stage, step.text, **facts)


class _Comparison:
    def __init__(self, old: Sequence[StepTrace], new: Sequence[StepTrace]) -> None:
        self.new = new
        self.old = {(step.stage, step.place): step for step in old}
        self.old_texts = _texts(old)
        self.new_texts = _texts(new)

    def first(self, at: int) -> _Difference:
        """The first input of the step that differs."""
        step = self.new[at]
        if step.uncached:
            return _Difference(Why.NO_CACHE)
        before = self.old.get((step.stage, step.place))
        if step.stage not in self.old_texts:
            return _Difference(Why.NEVER_BUILT)
        return next(self._differences(step, before))

    def _differences(self, step: StepTrace, before: StepTrace | None) -> Iterator[_Difference]:
        for place in step.inputs:
            if (found := self._input(place)) is not None:
                yield found
        if before is None:
            yield self._moved(step, None) or _Difference(Why.INSERTED)
            return
        if step.text != before.text:
            yield self._moved(step, before) or _Difference(Why.INSTRUCTION, old=before.text, new=step.text)
        yield from _pairs(Why.ARGUMENT, dict(before.arguments), dict(step.arguments))
        if step.image != before.image:
            name = step.image.name if step.image else ""
            yield _image(name, before, step)
        yield from _pairs(Why.ENV, dict(before.env), dict(step.env))
        yield from _pairs(Why.SETTING, dict(before.settings), dict(step.settings))
        yield from _files(dict(before.files), dict(step.files))
        if step.command != before.command:
            yield _Difference(Why.INSTRUCTION, old=before.command, new=step.command)
        yield _Difference(Why.FAILED if before.outcome == "failed" else Why.GONE)

    def _input(self, place: int) -> _Difference | None:
        """What differs about an earlier step that this one stands on."""
        if not 0 <= place < len(self.new):
            return None
        earlier = self.new[place]
        before = self.old.get((earlier.stage, earlier.place))
        if not _differs(before, earlier):
            return None
        if earlier.place == 0 and earlier.image is not None:
            return _image(earlier.image.name, before, earlier)
        if earlier.place == 0 and earlier.inputs:
            return self._input(earlier.inputs[0]) or _Difference(Why.STEP, earlier.text, cause=place)
        return _Difference(Why.STEP, earlier.text, cause=place)

    def _moved(self, step: StepTrace, before: StepTrace | None) -> _Difference | None:
        """Whether the step stands where it does since others came or went."""
        was, now = self.old_texts[step.stage], self.new_texts[step.stage]
        known = step.text in was
        if not known and (before is None or before.text in now):
            return _Difference(Why.INSERTED)
        if known and before is not None and before.text not in now:
            return _Difference(Why.REMOVED, before.text)
        return None


def _texts(steps: Sequence[StepTrace]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for step in steps:
        found.setdefault(step.stage, set()).add(step.text)
    return found


def _differs(before: StepTrace | None, now: StepTrace) -> bool:
    """Whether a step gave something else than the last time."""
    if before is None:
        return True
    if before.result and now.result:
        return before.result != now.result
    return now.outcome != "cached"


def _image(name: str, before: StepTrace | None, now: StepTrace) -> _Difference:
    """The image's id, or its name where that is another one."""
    was = before.image if before else None
    if was is not None and now.image is not None and was.name == now.image.name:
        return _Difference(Why.BASE, name, was.id, now.image.id)
    return _Difference(Why.BASE, name, was.name if was else None, now.image.name if now.image else None)


def _pairs(why: Why, old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[_Difference]:
    for name in dict.fromkeys((*new, *old)):
        if old.get(name) != new.get(name):
            yield _Difference(why, name, old.get(name), new.get(name))


def _files(old: Mapping[str, FileTrace], new: Mapping[str, FileTrace]) -> Iterator[_Difference]:
    """What differs, in order of the paths: files before directories, since a new file may be why a directory is."""
    folders = {path for rows in (old, new) for path, file in rows.items() if file.kind == "directory"}
    for path in sorted(old.keys() | new.keys(), key=lambda path: (path in folders, path)):
        was, now = old.get(path), new.get(path)
        if was is None or now is None:
            aspect = Aspect.ADDED if was is None else Aspect.REMOVED
            yield _Difference(Why.FILE, path, was.digest if was else None, now.digest if now else None, aspect)
        elif was != now:
            yield from _file(path, was, now)


def _file(path: str, was: FileTrace, now: FileTrace) -> Iterator[_Difference]:
    if was.kind != now.kind:
        yield _Difference(Why.FILE, path, was.kind, now.kind, Aspect.KIND)
    elif _content_differs(was, now):
        yield _Difference(Why.FILE, path, was.digest, now.digest, Aspect.CONTENT)
    elif was.mode != now.mode:
        yield _Difference(Why.FILE, path, f"{was.mode & 0o7777:04o}", f"{now.mode & 0o7777:04o}", Aspect.MODE)
    elif was.owner != now.owner:
        old, new = (":".join(map(str, file.owner)) for file in (was, now))
        yield _Difference(Why.FILE, path, old, new, Aspect.OWNER)


def _content_differs(was: FileTrace, now: FileTrace) -> bool:
    if was.size != now.size or was.kind in ("link", "files"):
        return was.digest != now.digest or was.size != now.size
    kinds = {file.digest.partition(":")[0] for file in (was, now)}
    if kinds == {"tarsum"}:
        # Mode and owner are in it too.
        return was.digest != now.digest and (was.mode, was.owner) == (now.mode, now.owner)
    return len(kinds) == 1 and was.digest != now.digest
