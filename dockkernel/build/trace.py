"""What each step of a build was made from, so that the next build of the same name can say what differs.

Both builders write the same values: the classic one an entry for every FROM, trigger and instruction, the graph builder
one for every vertex that stands for an instruction. They are kept as JSON, bounded in number and size: a long text is
cut and carries its digest, many files are folded into their directories.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from dockkernel.build.trace_files import FileTrace, folded

Outcome = Literal["cached", "ran", "failed"]
Pairs = tuple[tuple[str, str], ...]

_TEXT = 2_000
_VALUE = 500
"""Characters that are kept of an instruction and of a value."""
FILES = 1_000
"""Files of one step that are listed one by one."""
BYTES = 1 << 20
"""What the trace of one build takes at most, nearly: beyond it files are folded further."""
_VERSION = 1


@dataclass(frozen=True, slots=True)
class ImageTrace:
    """An image that a step takes: a stage's base, or what COPY --from names."""

    name: str
    id: str
    """Its image id, or the digest that it was resolved to."""


@dataclass(frozen=True, slots=True)
class StepTrace:
    """One step, with all that decides whether it comes from the cache. Made by `make_step`."""

    stage: str
    """The stage's name, or its number where it has none."""
    place: int
    """Its place in the stage; FROM is 0."""
    number: int
    """As the builder counts: `Step 3/5`; 0 where it does not."""
    text: str
    """The instruction as written."""
    inputs: tuple[int, ...] = ()
    """Places in the build's sequence of steps that it stands on: the one before it first."""
    command: str = ""
    """After expansion, without values of arguments and digests of files."""
    image: ImageTrace | None = None
    arguments: Pairs = ()
    """Build arguments in use, sorted."""
    env: Pairs = ()
    """The environment that is an input of its own, in order: the graph builder's; the classic one's are steps."""
    settings: Pairs = ()
    """What else is an input: `USER`, `WORKDIR`, `SHELL`, `--network`…"""
    files: tuple[tuple[str, FileTrace], ...] = ()
    """Path → what it was, sorted: for COPY and ADD."""
    outcome: Outcome = "ran"
    result: str = ""
    """What it gave, an image id or digest: whoever stands on it runs again when that differs. Empty: not known."""
    uncached: bool = False
    """Whether the cache was switched off for it."""


def make_step(
    *,
    stage: str,
    place: int,
    text: str,
    outcome: Outcome,
    number: int = 0,
    inputs: Sequence[int] = (),
    command: str = "",
    image: ImageTrace | None = None,
    arguments: Mapping[str, str] | Iterable[tuple[str, str]] = (),
    env: Mapping[str, str] | Iterable[tuple[str, str]] = (),
    settings: Mapping[str, str] | Iterable[tuple[str, str]] = (),
    files: Mapping[str, FileTrace] | None = None,
    result: str = "",
    uncached: bool = False,
) -> StepTrace:
    """A step's trace, sorted and cut to size."""
    return StepTrace(
        stage=stage,
        place=place,
        number=number,
        text=_cut(text, _TEXT),
        inputs=tuple(inputs),
        command=_cut(command, _TEXT),
        image=image,
        arguments=tuple(sorted(_pairs(arguments))),
        env=_pairs(env),
        settings=_pairs(settings),
        files=folded(files or {}, FILES),
        outcome=outcome,
        result=result,
        uncached=uncached,
    )


def _pairs(values: Mapping[str, str] | Iterable[tuple[str, str]]) -> Pairs:
    items = values.items() if isinstance(values, Mapping) else values
    return tuple((name, _cut(value, _VALUE)) for name, value in items)


def _cut(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{text[:most]}… sha256:{digest[:16]}"


def encode_steps(steps: Sequence[StepTrace]) -> bytes:
    """The steps as JSON, at most about `BYTES`."""
    limit = FILES
    while True:
        data = json.dumps([_VERSION, [_to_json(step) for step in steps]], separators=(",", ":")).encode()
        if len(data) <= BYTES or limit < 2:
            return data
        limit //= 4
        steps = [replace(step, files=folded(dict(step.files), limit)) for step in steps]


def decode_steps(data: bytes) -> tuple[StepTrace, ...]:
    """The steps again; none for what another version wrote."""
    try:
        version, rows = json.loads(data)
        return tuple(map(_from_json, rows)) if version == _VERSION else ()
    except (ValueError, TypeError, KeyError, IndexError):
        return ()


def _to_json(step: StepTrace) -> dict[str, Any]:
    """Without what has its default value."""
    values: dict[str, Any] = {
        "stage": step.stage,
        "place": step.place,
        "number": step.number,
        "text": step.text,
        "inputs": step.inputs,
        "command": step.command,
        "image": [step.image.name, step.image.id] if step.image else None,
        "arguments": step.arguments,
        "env": step.env,
        "settings": step.settings,
        "files": [(path, *file.to_json()) for path, file in step.files],
        "outcome": step.outcome,
        "result": step.result,
        "uncached": step.uncached,
    }
    return {name: value for name, value in values.items() if value or name in ("place", "stage", "text")}


def _from_json(row: Mapping[str, Any]) -> StepTrace:
    def pairs(name: str) -> Pairs:
        return tuple((key, value) for key, value in row.get(name, ()))

    return StepTrace(
        stage=row["stage"],
        place=row["place"],
        number=row.get("number", 0),
        text=row["text"],
        inputs=tuple(row.get("inputs", ())),
        command=row.get("command", ""),
        image=ImageTrace(*row["image"]) if "image" in row else None,
        arguments=pairs("arguments"),
        env=pairs("env"),
        settings=pairs("settings"),
        files=tuple((path, FileTrace.from_json(rest)) for path, *rest in row.get("files", ())),
        outcome=row.get("outcome", "ran"),
        result=row.get("result", ""),
        uncached=row.get("uncached", False),
    )
