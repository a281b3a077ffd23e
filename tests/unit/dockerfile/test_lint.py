"""The build checks: each rule's page shows it, and the corners where a rule speaks or keeps silent."""

from __future__ import annotations

import pytest

from dockkernel.dockerfile.lint import (
    BaseImage,
    CheckOptions,
    Surroundings,
    check_text,
    lint,
    short_text,
    violation,
    warning_text,
)
from dockkernel.dockerfile.rules import RULES, LintRule
from dockkernel.dockerfile.source import SourceText
from dockkernel.dockerfile.stages import parse_dockerfile
from dockkernel.errors import ParseError
from dockkernel.fs.ignore import IgnorePatterns
from dockkernel.oci.platform import Platform

MANY = "Multiple {} instructions should not be used in the same stage because only the last one will be used"
JSON = "JSON arguments recommended for {} to prevent unintended behavior related to OS signals"
SECRET = 'Do not use ARG or ENV instructions for sensitive data ({} "{}")'


def found(text: str, around: Surroundings | None = None) -> list[tuple[int, str]]:
    return [(warning.span.start_line, warning.text) for warning in lint(parse_dockerfile(text), around)]


def test_there_are_22_rules_with_pages() -> None:
    assert len(RULES) == 22
    assert len({rule.name for rule in RULES}) == 22
    for rule in RULES:
        assert rule.doc
        assert bool(rule.url) == (rule.name != "InvalidBaseImagePlatform")
        words = rule.url.removesuffix("/").rpartition("/")[2].split("-")
        assert not rule.url or "".join(words).lower() == rule.name.lower()


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.bad], ids=lambda rule: rule.name)
def test_a_page_shows_its_rule(rule: LintRule) -> None:
    assert {warning.rule for warning in lint(parse_dockerfile(rule.bad))} == {rule.name}
    assert lint(parse_dockerfile(rule.good)) == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FROM scratch\nCMD x\n", [(2, JSON.format("CMD"))]),
        ("from scratch\ncmd x\n", [(2, JSON.format("cmd"))]),
        ('FROM scratch\nSHELL ["/s"]\nCMD x\n', []),
        ('FROM scratch AS base\nSHELL ["/s"]\nFROM base\nENTRYPOINT x\n', []),
        ('FROM scratch\nCMD ["a"]\nCOPY a b\nCMD ["b"]\nHEALTHCHECK NONE\nHEALTHCHECK CMD x\n',
         [(2, MANY.format("CMD")), (5, MANY.format("HEALTHCHECK"))]),
        ('FROM scratch AS a\nCMD ["a"]\nFROM a\nCMD ["b"]\n', []),
        ("from scratch AS base\n", [(1, "'AS' and 'from' keywords' casing do not match")]),
        ("FROM scratch as B\n",
         [(1, "Stage name 'B' should be lowercase"), (1, "'as' and 'FROM' keywords' casing do not match")]),
        ("From scratch as a\nFROM scratch AS b\n",
         [(1, "Command 'From' should match the case of the command majority (uppercase)")]),
        ("FROM scratch\ncopy a b\ncopy a b\n",
         [(1, "Command 'FROM' should match the case of the command majority (lowercase)")]),
        ("FROM scratch\ncopy a b\n",
         [(2, "Command 'copy' should match the case of the command majority (uppercase)")]),
        ("arg A=1\nFROM scratch\nONBUILD copy a b\n", []),
        ("FROM scratch AS b\nFROM scratch AS B\n",
         [(2, "Stage name 'B' should be lowercase"), (2, 'Duplicate stage name "b", stage names should be unique')]),
        ("FROM scratch AS context\n", [(1, 'Stage name should not use the same name as reserved stage "context"')]),
        ("FROM scratch\nWORKDIR a\nWORKDIR b\n",
         [(2, 'Relative workdir "a" can have unexpected results if the base image changes')]),
        ("FROM scratch AS a\nWORKDIR /x\nFROM a\nWORKDIR b\n", []),
        ("FROM scratch\nENV D=/x\nWORKDIR $D/y\n", []),
        ("FROM alpine\nARG DIR_ASSETS=a\nCOPY $DIR_ASSET .\n",
         [(3, "Usage of undefined variable '$DIR_ASSET' (did you mean $DIR_ASSETS?)")]),
        ("FROM alpine\nENV PATH=$PAHT:/x\n", [(2, "Usage of undefined variable '$PAHT' (did you mean $PATH?)")]),
        ("FROM alpine\nCOPY $a $a\n", [(2, "Usage of undefined variable '$a'")] * 2),
        ("FROM alpine\nCOPY $a .\nARG a=1\n", [(2, "Usage of undefined variable '$a'")]),
        ("FROM alpine AS base\nARG a=x\nFROM base\nCOPY $a .\n", []),
        ("FROM alpine\nARG a\nCOPY x$a .\n", []),
        ("FROM alpine\nCOPY ${a:-x} .\n", [(2, "Usage of undefined variable '$a'")]),
        ("FROM alpine\nCOPY <<E /x\n$a\nE\nCOPY <<'E' /x\n$a\nE\n", [(2, "Usage of undefined variable '$a'")]),
        ('FROM alpine\nRUN echo $a\nCMD ["$a"]\nEXPOSE $p\n', []),
        ("FROM alpine\nARG v=$a\n", [(2, "Usage of undefined variable '$a'")]),
        ("ARG a=1\nFROM alpine\nARG a\nCOPY x$a$TARGETARCH .\n", [(4, "Usage of undefined variable '$TARGETARCH'")]),
        ("FROM alpine\nARG TARGETARCH\nCOPY x$TARGETARCH .\n", []),
        ("FROM scratch\nARG public_key\nARG my_token\nENV auth=1 keyboard=2 PASSWORD_FILE=/x\n",
         [(3, SECRET.format("ARG", "my_token")), (4, SECRET.format("ENV", "auth"))]),
        ("FROM scratch\nLABEL a b\nENV c d\n",
         [(2, '"LABEL key=value" should be used instead of legacy "LABEL key value" format'),
          (3, '"ENV key=value" should be used instead of legacy "ENV key value" format')]),
        ("FROM --platform=linux/amd64 scratch AS my_amd64\nFROM --platform=linux scratch AS linux\n", []),
        ("FROM --platform=arm64 scratch\n", [(1, 'FROM --platform flag should not use constant value "arm64"')]),
        ("FROM --platform=${TARGETPLATFORM} scratch\n",
         [(1, "Setting platform to predefined ${TARGETPLATFORM} in FROM is redundant as this is the default behavior")]),
        ("FROM --platform=$BULIDPLATFORM scratch\n",
         [(1, "FROM argument 'BULIDPLATFORM' is not declared (did you mean BUILDPLATFORM?)")]),
        ("ARG tag=1\nFROM a:$tag$version\n", [(2, "FROM argument 'version' is not declared")]),
        ("ARG D\nFROM scratch$D\n", []),
        ("ARG IMAGE\nFROM $IMAGE\n",
         [(2, "Default value for ARG $IMAGE results in empty or invalid base image name")]),
        ('ARG SFX="box:"\nFROM busy${SFX}\n',
         [(2, "Default value for ARG busy${SFX} results in empty or invalid base image name")]),
        ("FROM scratch\nEXPOSE 80/TcP [::1]:80:80 5000:5000 8000 53/udp\n",
         [(2, "EXPOSE instruction should not define an IP address or host-port mapping, found '5000:5000'"),
          (2, "Defined protocol '80/TcP' in EXPOSE instruction should be lowercase"),
          (2, "EXPOSE instruction should not define an IP address or host-port mapping, found '[::1]:80:80'")]),
        ("FROM scratch\nCOPY a \\\n\n.\n", [(4, "Empty continuation line")]),
        ("# check=experimental=all\n# x\nARG a b\nFROM scratch\n",
         [(3, "Comment for ARG should follow the format: `# <arg_key> <description>`")]),
        ("FROM scratch\nENV A=${B\nMAINTAINER x\nCMD y\n",
         [(3, "Maintainer instruction is deprecated in favor of using label")]),
    ],
)  # fmt: skip
def test_warnings(text: str, expected: list[tuple[int, str]]) -> None:
    assert found(text) == expected


def test_rules_are_skipped_for_the_file_and_for_an_instruction() -> None:
    text = "FROM scratch as base\ncopy a b\nMAINTAINER x\n"
    assert len(found(text)) == 3
    assert found(f"# check=skip=all\n{text}") == []
    assert len(found(f"#check=skip=FromAsCasing, MaintainerDeprecated\n{text}")) == 2
    assert len(found(f"#check=skip=FromAsCasing,MaintainerDeprecated;error=true\n{text}")) == 1
    own = "FROM scratch\n# check=skip=JSONArgsRecommended // meant\nCMD x\n# check=skip=all\nENV password=y\nENV token=z\n"
    assert found(own) == [(6, SECRET.format("ENV", "token"))]
    assert found("FROM scratch\n# check=nonsense\nCMD x\n") == [(3, JSON.format("CMD"))]
    file = parse_dockerfile(f"# check=skip=all\n{text}")
    assert len(lint(file, options=CheckOptions())) == 3


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("bogus", 'failed to parse check options: invalid check option "bogus"'),
        ("stop=all", 'failed to parse check options: invalid check option "stop"'),
        (
            "error=maybe",
            (
                'failed to parse check options: failed to parse check option "error=maybe": '
                'strconv.ParseBool: parsing "maybe": invalid syntax'
            ),
        ),
    ],
)
def test_broken_options(value: str, message: str) -> None:
    with pytest.raises(ParseError) as caught:
        found(f"# check={value}\nFROM scratch\n")
    assert caught.value.message == message


def test_options() -> None:
    options = CheckOptions.parse("skip=A,B;error=true;experimental=all")
    assert options == CheckOptions(skip=frozenset("AB"), error=True, experimental_all=True)
    assert CheckOptions.parse("") == CheckOptions()


@pytest.mark.parametrize(
    ("ignore", "text", "expected"),
    [
        (
            "tmp\n",
            "COPY tmp/x ./other /y/\n",
            [(2, 'Attempting to Copy file "tmp/x" that is excluded by .dockerignore')],
        ),
        ("*.md\n", "ADD ./a.md /y\n", [(2, 'Attempting to Add file "a.md" that is excluded by .dockerignore')]),
        ("*.md\n", "ADD https://example.com/a.md /y\n", []),
        ("*.md\n", "COPY --from=x a.md /y\n", []),
        ("**\n!a\n", "COPY ./b /y\n", []),
        (".*\n", "COPY . .\n", []),
        ("*\n", "COPY . .\n", [(2, 'Attempting to Copy file "." that is excluded by .dockerignore')]),
        ("tmp\n", "COPY <<tmp /y\ntmp\n", []),
    ],
)
def test_ignored_files(ignore: str, text: str, expected: list[tuple[int, str]]) -> None:
    around = Surroundings(ignore=IgnorePatterns.parse(ignore))
    assert found(f"FROM scratch\n{text}", around) == expected


def test_base_images_tell_their_variables_and_platform() -> None:
    bases = {"python": BaseImage({"PYTHON_VERSION": "3.13"}, Platform("linux", "arm64"))}
    text = "FROM python\nARG V=$PYTHON_VERSION\nCOPY $PYTHON_VERSON /\n"
    assert found(text, Surroundings(bases=bases.get)) == [
        (1, 'Base image python was pulled with platform "linux/arm64", expected "linux/amd64" for current build'),
        (3, "Usage of undefined variable '$PYTHON_VERSON' (did you mean $PYTHON_VERSION?)"),
    ]
    around = Surroundings(bases=bases.get, platform=Platform("linux", "arm64"), build_args={"V": "1"})
    assert found("FROM python\nARG V=$nope\nCOPY $V /\n", around) == []


def test_a_broken_file_is_checked_up_to_its_error() -> None:
    checked = check_text("FROM scratch AS Bad\nMAINTAINER x\nBADCMD\n")
    assert [warning.rule for warning in checked.warnings] == ["StageNameCasing", "MaintainerDeprecated"]
    assert str(checked.error) == "dockerfile parse error on line 3: unknown instruction: BADCMD"
    for text, message in {
        "": "the Dockerfile cannot be empty",
        "ARG A\n": "dockerfile contains no stages to build",
        "FROM a\nENV A\n": "ENV must have two arguments",
    }.items():
        assert str(check_text(text).error) == message
    assert check_text("FROM scratch\n").error is None


def test_printed_forms() -> None:
    text = "FROM scratch\nMAINTAINER x\n"
    (warning,) = lint(parse_dockerfile(text))
    assert warning_text(warning, SourceText(text)) == (
        "\nWARNING: MaintainerDeprecated - https://docs.docker.com/go/dockerfile/rule/maintainer-deprecated/\n"
        "Maintainer instruction is deprecated in favor of using label\n"
        "Dockerfile:2\n--------------------\n   1 |     FROM scratch\n   2 | >>> MAINTAINER x\n   3 |     \n"
        "--------------------\n"
    )
    assert short_text(warning) == (
        "MaintainerDeprecated: Maintainer instruction is deprecated in favor of using label (line 2)"
    )
    assert violation([warning, warning]) == "lint violation found for rules: MaintainerDeprecated"
    assert violation([]) is None
