"""What a target takes from outside, as `--call=outline` lists it."""

from __future__ import annotations

import pytest

from dockkernel.dockerfile.lint import BaseImage, Surroundings
from dockkernel.dockerfile.outline import Outline, OutlineArgument, OutlineMount, outline
from dockkernel.dockerfile.source import Span
from dockkernel.dockerfile.stages import parse_for_buildkit
from dockkernel.errors import ParseError

TEXT = """\
# BASE is what all stands on
ARG BASE=box
ARG OTHER=elsewhere
# IMAGE is made of the base
ARG IMAGE=busy$BASE
FROM $IMAGE AS one
ARG OTHER
ARG LOCAL=a-$OTHER
RUN --mount=type=secret,id=key,required --mount=type=ssh true
FROM scratch AS unused
ARG NOT_SEEN
# last is what comes out
FROM one AS last
ARG TARGETARCH
# OWN is set here
ARG OWN
ENV NAME=$OWN
RUN --mount=type=secret,source=name-$NAME --mount=type=secret,target=/run/token true
"""


def found(text: str, **around: object) -> Outline:
    return outline(parse_for_buildkit(text), Surroundings(**around))  # type: ignore[arg-type]


def test_arguments_secrets_and_agents() -> None:
    result = found(TEXT, build_args={"OWN": "me", "BASE": "bee"})
    assert (result.name, result.doc) == ("last", "is what comes out")
    assert result.arguments == (
        OutlineArgument("BASE", "bee", "is what all stands on", Span(2, 2)),
        OutlineArgument("OTHER", "elsewhere", "", Span(3, 3)),
        OutlineArgument("IMAGE", "busybee", "is made of the base", Span(5, 5)),
        OutlineArgument("LOCAL", "a-elsewhere", "", Span(8, 8)),
        OutlineArgument("OWN", "me", "is set here", Span(16, 16)),
    )
    assert result.secrets == (
        OutlineMount("key", True, Span(9, 9)),
        OutlineMount("name-me", False, Span(18, 18)),
        OutlineMount("token", False, Span(18, 18)),
    )
    assert result.agents == (OutlineMount("default", False, Span(9, 9)),)


def test_a_target_has_its_own() -> None:
    result = found(TEXT, target="UNUSED")
    assert (result.name, [one.name for one in result.arguments]) == ("unused", ["NOT_SEEN"])


def test_a_value_made_of_itself() -> None:
    result = found("ARG A=1\nARG B=b\nARG A=$A$B\nFROM scratch\nARG A\n")
    assert [(one.name, one.value) for one in result.arguments] == [("B", "b"), ("A", "1b")]


def test_variables_of_the_base_image() -> None:
    bases = {"python": BaseImage({"V": "3"})}
    assert [one.value for one in found("FROM python\nARG A=$V\n", bases=bases.get).arguments] == ["3"]


@pytest.mark.parametrize(
    ("text", "target", "message", "line"),
    [
        ("FROM a\nARG x=${y:?no}\n", "", 'failed to process "${y:?no}": y: no', 2),
        ("FROM a\n", "b", 'target stage "b" could not be found', None),
        ("FROM $a\n", "", "base name ($a) should not be blank", 1),
    ],
)
def test_what_the_build_would_fail_at(text: str, target: str, message: str, line: int | None) -> None:
    with pytest.raises(ParseError) as caught:
        found(text, target=target)
    assert caught.value.message == message
    assert (caught.value.span.start_line if caught.value.span else None) == line
