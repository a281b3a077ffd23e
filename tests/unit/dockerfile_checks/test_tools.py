"""What stands around the checks: directives read by themselves, platforms, devices, BuildKit's tree, its words."""

from __future__ import annotations

from pathlib import Path

import pytest

from dockkernel.dockerfile.devices import Device, parse_device
from dockkernel.dockerfile.directives import Syntax, detect_syntax, directive, leading_directives
from dockkernel.dockerfile.dump import dump, main
from dockkernel.dockerfile.parser import parse
from dockkernel.dockerfile.source import Span
from dockkernel.dockerfile.specifier import read_specifier
from dockkernel.dockerfile.stages import parse_dockerfile, parse_for_buildkit
from dockkernel.errors import ParseError
from dockkernel.oci.platform import Platform


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# syntax=docker/dockerfile:1 more words\nFROM x\n",
         Syntax("docker/dockerfile:1", "docker/dockerfile:1 more words", Span(1, 1))),
        ("#!/usr/bin/env run\n#syntax = a/b\n", Syntax("a/b", "a/b", Span(2, 2))),
        ("// escape=`\n//syntax=other/frontend\n", Syntax("other/frontend", "other/frontend", Span(2, 2))),
        ('{"syntax": "json/frontend", "more": [1]}', Syntax("json/frontend", "json/frontend", Span(0, 0))),
        ("\ufeff#syntax=a\r\nFROM x\r\n", Syntax("a", "a", Span(1, 1))),
        ('{"syntax": 1}', None),
        ('{"syntax": ', None),
        ("{" * 100_000, None),
        ("\n# syntax=a\n", None),
        ("# a comment\n# syntax=a\n", None),
        (" # syntax=a\n", None),
        ("", None),
    ],
)  # fmt: skip
def test_the_frontend_that_a_file_asks_for(text: str, expected: Syntax | None) -> None:
    assert detect_syntax(text.encode()) == expected


def test_directives_end_at_the_first_other_line() -> None:
    text = "# check=skip=all // why\n#escape=`\n#unknown=1\n#syntax=a\n"
    assert [(one.name, one.value) for one in leading_directives(text)] == [
        ("check", "skip=all // why"), ("escape", "`"),
    ]  # fmt: skip
    assert directive("check", text) == "skip=all"
    assert directive("syntax", text) == ""
    assert [one.name for one in leading_directives("#check=a\n#check=b\n#syntax=c\n")] == ["check"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("linux/amd64", Platform("linux", "amd64")),
        ("linux", Platform("linux")),
        ("arm64", Platform("linux", "arm64")),
        ("linux/x86_64", Platform("linux", "amd64")),
        ("linux/arm64/v8", Platform("linux", "arm64")),
        ("linux/arm/v7", Platform("linux", "arm", "v7")),
        ("linux/arm", Platform("linux", "arm")),
        ("Linux/ARM/6", Platform("linux", "arm", "v6")),
        ("linux(5.1)/riscv64", Platform("linux", "riscv64")),
        ("macos/aarch64", Platform("darwin", "arm64")),
    ],
)
def test_platforms(text: str, expected: Platform) -> None:
    assert read_specifier(text) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("what", '"what": unknown operating system or architecture: invalid argument'),
        ("linux/", ('"" is an invalid component of "linux/": platform specifier component must match '
         '"^[A-Za-z0-9_.-]+$": invalid argument')),
        ("a/b/c/d", '"a/b/c/d": cannot parse platform specifier: invalid argument'),
        ("linux/*", '"linux/*": wildcards not yet supported: invalid argument'),
        ("", ('"" is an invalid OS component of "": OSAndVersion specifier component must match '
         '"^([A-Za-z0-9_-]+)(?:\\\\(([A-Za-z0-9_.%-]*)((?:\\\\+[A-Za-z0-9_.%-]+)*)\\\\))?$": invalid argument')),
    ],
)  # fmt: skip
def test_what_is_no_platform(text: str, message: str) -> None:
    with pytest.raises(ParseError) as caught:
        read_specifier(text)
    assert caught.value.message == message


def test_devices() -> None:
    assert parse_device("example.com/gpu=all,required") == Device("example.com/gpu=all", True)
    assert parse_device("name=example.com/gpu,required=false") == Device("example.com/gpu")
    for spec, message in {
        "a.com/b,name=c.com/d": "device name already set to a.com/b",
        "a.com/b,extra": "invalid field 'extra' must be a key=value pair",
        "a.com/b,require=1": "unexpected key 'require' in 'require=1' (did you mean required?)",
        "a.com/b,required=x": "invalid value for required: x",
    }.items():
        with pytest.raises(ParseError) as caught:
            parse_device(spec)
        assert caught.value.message == message


def test_the_tree_as_buildkit_prints_it() -> None:
    text = (
        'FROM busybox AS "x"\nENV a=1 b="2 3"\nLABEL old style here\nRUN --mount=type=cache,target=/c --network=none ls\n'
        'CMD ["a", "\\u00e9\\n"]\nONBUILD COPY --chown=1 a b\nHEALTHCHECK --retries=2 CMD curl x\nFOO bar baz\nUSER\n'
    )
    assert dump(parse(text)) == (
        '(from "busybox" "AS" "\\"x\\"")\n(env "a" "1" "=" "b" "\\"2 3\\"" "=")\n(label "old" "style here" "")\n'
        '(run ["--mount=type=cache,target=/c" "--network=none"] "ls")\n(cmd "a" "é\\n")\n'
        '(onbuild (copy ["--chown=1"] "a" "b"))\n(healthcheck ["--retries=2"] "CMD" "curl x")\n(foo "")\n(user)'
    )


def test_the_tool_prints_trees_of_files(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    good, bad = tmp_path / "good", tmp_path / "bad"
    good.write_bytes(b"FROM a\n")
    bad.write_bytes(b"# only a comment\n")
    assert main([str(good)]) == 0
    assert main([str(bad), str(tmp_path / "missing"), str(good)]) == 1
    out, err = capfdbinary.readouterr()
    assert out == b'(from "a")\n' * 2
    assert err.startswith(f"{bad}: file with no instructions\n{tmp_path / 'missing'}: ".encode())


def test_flags_are_named_with_dashes_by_buildkit_alone() -> None:
    for text, classic, buildkit in [
        ("FROM x\nUSER --me a\n", "unknown flag: me", "unknown flag: --me"),
        ("FROM x\nCOPY --chwon=1 a b\n", "unknown flag: chwon (did you mean chown?)",
         "unknown flag: --chwon (did you mean chown?)"),
        ("FROM x\nCOPY --link=maybe a b\n", "expecting boolean value for flag link, not: maybe",
         "expecting boolean value for flag --link, not: maybe"),
        ("FROM x\nCOPY --chown a b\n", "missing a value on flag: chown", "missing a value on flag: --chown"),
    ]:  # fmt: skip
        with pytest.raises(ParseError) as caught:
            parse_dockerfile(text)
        assert caught.value.message == f"dockerfile parse error on line 2: {classic}"
        with pytest.raises(ParseError) as caught:
            parse_for_buildkit(text)
        assert caught.value.message == f"dockerfile parse error on line 2: {buildkit}"
