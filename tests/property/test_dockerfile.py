"""Laws of the Dockerfile room for any text: nothing but ParseError, and print then parse changes nothing."""

from __future__ import annotations

import fnmatch
from dataclasses import replace
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from dockkernel.dockerfile.instructions import Instruction
from dockkernel.dockerfile.lint import check_text
from dockkernel.dockerfile.patterns import Pattern
from dockkernel.dockerfile.printer import to_text
from dockkernel.dockerfile.source import SourceText, Span, excerpt
from dockkernel.dockerfile.stages import Dockerfile, parse_dockerfile
from dockkernel.dockerfile.words import expand, expand_words
from dockkernel.errors import ParseError

FILES = [path.read_bytes() for path in sorted(Path(__file__).parents[1].glob("golden/dockerfile*/*/Dockerfile"))]
PIECES = [
    "FROM ", "RUN ", "COPY ", "ADD ", "ENV ", "ARG ", "LABEL ", "CMD ", "ONBUILD ", "HEALTHCHECK ", "SHELL ", "VOLUME ",
    "EXPOSE ", "USER ", "WORKDIR ", "STOPSIGNAL ", "MAINTAINER ", "ENTRYPOINT ", "FROM x\n", "\n", "\\\n", "`\n", "# ",
    "# escape=`\n", "# syntax=x\n", "<<EOF", "<<-EOF", '<<"EOF"', "\nEOF\n", "EOF\n", '["a", "b"]', "[", "]", '"', "'",
    "\\", "`", "$", "${", "}", "$a", "${a:-b}", "=", "a=b", "--from=x ", "--mount=type=cache ", "--", "--link ", " AS b",
    " ", "\t", "\v", "\r", "\xa0", "a", "b c", "\ufeff", "\x00", "é", "NONE", "CMD x", "--interval=5s ", ",", "#",
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES), max_size=25).map("".join)


def same(file: Dockerfile) -> list[Instruction]:
    """Give the steps without what only tells where and how they were written."""
    nowhere = Span(0, 0)
    return [_plain(step, nowhere) for step in file.steps]


def _plain(step: Instruction, nowhere: Span) -> Instruction:
    plain = replace(step, span=nowhere, original="", written="")
    for name in ("flags_used", "written_as", "written_name"):
        if hasattr(plain, name):
            plain = replace(plain, **{name: None})
    return plain


def check(text: str | bytes) -> None:
    try:
        file = parse_dockerfile(text)
    except ParseError as error:
        assert "\n" not in error.message.replace("\\\n", "")
        assert error.span is not None
        assert excerpt(SourceText("a\nb"), error.span)
        check_text(text)
        return
    assert all(1 <= step.span.start_line <= step.span.end_line for step in file.steps)
    assert check_text(text).warnings == check_text(text).warnings
    again = parse_dockerfile(to_text(file))
    assert same(again) == same(file)
    for step in file.steps:
        try:
            step.expand({"a": "x y", "b": ""}, file.escape)
        except ParseError as error:
            assert error.message


@given(st.text(max_size=200))
def test_any_text(text: str) -> None:
    check(text)


@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    check(data)


@settings(max_examples=600)
@given(TEXTS)
def test_any_pieces(text: str) -> None:
    check(f"FROM x\n{text}")
    check(text)


@settings(max_examples=300)
@given(st.sampled_from(FILES), st.data())
def test_mutated_files(original: bytes, data: st.DataObject) -> None:
    text = original[:4000]
    for _ in range(data.draw(st.integers(0, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = min(len(text), start + data.draw(st.integers(0, 12)))
        text = text[:start] + data.draw(st.sampled_from(PIECES)).encode() + text[end:]
    check(text)


@given(TEXTS, st.sampled_from("\\`"))
def test_words_raise_nothing_but_parse_errors(text: str, escape: str) -> None:
    try:
        word = expand(text, {"a": "1 2", "b": ""}, escape)
        words = expand_words(text, {"a": "1 2", "b": ""}, escape)
    except ParseError:
        return
    assert "".join("".join(words).split()) == "".join(word.split()) or "'" in text or '"' in text or escape in text


@given(st.text("ab*?", max_size=6), st.text("ab.", max_size=12), st.booleans())
def test_patterns_agree_with_trying_every_cut(pattern: str, value: str, longest: bool) -> None:
    cuts = [cut for cut in range(len(value) + 1) if fnmatch.fnmatchcase(value[:cut], pattern)]
    start = value[(cuts[-1] if longest else cuts[0]) :] if cuts else value
    assert Pattern.parse(pattern).cut_start(value, longest=longest) == start
    cuts = [cut for cut in range(len(value) + 1) if fnmatch.fnmatchcase(value[cut:], pattern)]
    end = value[: (cuts[0] if longest else cuts[-1])] if cuts else value
    assert Pattern.parse(pattern).cut_end(value, longest=longest) == end
