"""Each folder below tests/golden/dockerfile is a Dockerfile and what it means; of dockerfile_bad, what is said of it.

Run with --update-golden (naming this folder) to write the expectations anew, then read the difference.
"""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from dockkernel.dockerfile.instructions import Instruction
from dockkernel.dockerfile.source import SourceText, Span, excerpt
from dockkernel.dockerfile.stages import Dockerfile, parse_dockerfile
from dockkernel.errors import ParseError

GOLDEN = Path(__file__).parents[2] / "golden"
GOOD = sorted(path.parent for path in (GOLDEN / "dockerfile").glob("*/Dockerfile"))
BAD = sorted(path.parent for path in (GOLDEN / "dockerfile_bad").glob("*/Dockerfile"))


def place(span: Span) -> str:
    lines = f"{span.start_line}-{span.end_line}"
    return f"{lines}:{span.start_column}-{span.end_column}" if span.start_column else lines


def described(dockerfile: Dockerfile) -> str:
    """Give the instructions with every field that is not empty, one a line."""
    rows = [f"escape {dockerfile.escape}"]
    rows += [f"directive {one.name}={one.value} ({place(one.span)})" for one in dockerfile.directives]
    rows += [f"warning {one.rule} ({place(one.span)}) {one.text}" for one in dockerfile.warnings]
    for step in dockerfile.steps:
        rows += ["", f"{step.keyword} ({place(step.span)}) {step.original!a}"]
        rows += [f"    {name} = {value!a}" for name, value in sorted(details(step).items())]
    return "\n".join(rows) + "\n"


def details(step: Instruction) -> dict[str, object]:
    hidden = {"span", "original"} | ({"written"} if step.written == step.keyword else set())
    shown = [one for one in fields(step) if one.name not in hidden and getattr(step, one.name) != one.default]
    return {one.name: getattr(step, one.name) for one in shown}


def check(path: Path, text: str, update: bool) -> None:
    if update:
        path.write_bytes(text.encode())
    assert path.read_bytes().decode() == text


@pytest.mark.parametrize("case", GOOD, ids=lambda path: path.name)
def test_dockerfile_means_what_its_folder_says(case: Path, update_golden: bool) -> None:
    dockerfile = parse_dockerfile((case / "Dockerfile").read_bytes())
    check(case / "ast.txt", described(dockerfile), update_golden)


@pytest.mark.parametrize("case", BAD, ids=lambda path: path.name)
def test_broken_dockerfile_gets_the_words_in_its_folder(case: Path, update_golden: bool) -> None:
    data = (case / "Dockerfile").read_bytes()
    with pytest.raises(ParseError) as caught:
        parse_dockerfile(data)
    error = caught.value
    assert error.span is not None
    source = SourceText(data.decode("utf-8", "backslashreplace"))
    rows = [error.message, f"hint: {error.hint}", f"at {place(error.span)}"]
    if len(data) < 1000 and b"\0" not in data:
        rows.append(excerpt(source, error.span))
    check(case / "error.txt", "\n".join(rows) + "\n", update_golden)
