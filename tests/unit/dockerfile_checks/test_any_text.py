"""Whatever the text: the checks end with warnings and at most one error, never with one of Python's."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from dockkernel.dockerfile.dump import dump
from dockkernel.dockerfile.lint import Surroundings, check_build, check_text, warnings_text
from dockkernel.dockerfile.outline import outline
from dockkernel.dockerfile.parser import parse
from dockkernel.dockerfile.source import SourceText
from dockkernel.dockerfile.stages import parse_for_buildkit
from dockkernel.errors import ParseError
from dockkernel.fs.ignore import IgnorePatterns

WORDS = st.sampled_from(
    ["$a", "${b:-x}", "${c:?no}", "${", "as", "AS", "one", "ONE", "scratch", "context", "x=1", "x y", "key=$a", "'", '"q"',
     '["a"]', "[1]", "<<E", "\\", "--from=one", "--from=0", "--from=7", "--platform=linux/arm64", "--platform=$TARGETPLATFORM",
     "--mount=type=secret,id=$a", "--mount=from=one,target=/x", "--mount=type=ssh,required", "80/TCP", "1:2:3", "/p", "..", "é"]
)  # fmt: skip
KEYWORDS = st.sampled_from(
    "FROM from RUN run CMD Entrypoint COPY ADD ENV ARG LABEL EXPOSE WORKDIR USER ONBUILD SHELL HEALTHCHECK MAINTAINER "
    "VOLUME STOPSIGNAL WHAT #check=skip=all #check=error=true;experimental=all #syntax=x #escape=` # E".split()
)
LINES = st.builds(lambda keyword, words: " ".join([keyword, *words]), KEYWORDS, st.lists(WORDS, max_size=4))
TEXTS = st.lists(LINES, max_size=12).map(lambda lines: "FROM x AS one\n" * (len(lines) % 2) + "\n".join(lines))
AROUND = Surroundings(ignore=IgnorePatterns.parse("x\n*.y\n"), build_args={"a": "1"})


@settings(max_examples=300, deadline=None)
@given(TEXTS | st.text(max_size=60), st.sampled_from(["", "one", "two"]))
def test_checks_end_well(text: str, target: str) -> None:
    data = text.encode("utf-8", "surrogateescape")
    around = Surroundings(AROUND.ignore, AROUND.bases, AROUND.build_args, target=target)
    every, built = check_text(data, "Dockerfile", around), check_build(data, "Dockerfile", around)
    for checked in (every, built):
        assert Counter(checked.found) == Counter(checked.warnings) or not checked.found
        for debug in (False, True):
            warnings_text(checked.warnings, SourceText(text), debug=debug)
    if every.error is None:
        assert Counter(built.warnings) <= Counter(every.warnings)
        outline(parse_for_buildkit(data), around)


@settings(max_examples=200, deadline=None)
@given(TEXTS)
def test_a_tree_has_a_line_for_each_instruction(text: str) -> None:
    try:
        parsed = parse(text)
    except ParseError:
        return
    assert len(dump(parsed).split("\n")) == len(parsed.nodes)
