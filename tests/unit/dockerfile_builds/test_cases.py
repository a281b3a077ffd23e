"""Questions that people asked, with the answers that were found (areas env-arg, cache, config-inherit, dockerignore)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support.contexts import write_context
from support.dockers import Docker, docker_in

from dockkernel.build.plan import Options, plan
from dockkernel.dockerfile.lint import lint
from dockkernel.dockerfile.stages import parse_dockerfile
from dockkernel.errors import ParseError

GOLDEN = Path(__file__).parents[2] / "golden/dockerfile"
BUILDERS = ("classic", "buildkit")


def expected(rule: str, builder: str) -> Any:
    """What the golden folder says of a builder; `test_rules` compares it with what the builder does."""
    return json.loads((GOLDEN / rule / "expect.json").read_text(encoding="utf-8"))[builder]


def variables(outcome: Any) -> list[str]:
    return [entry for entry in outcome["config"]["Env"] if not entry.startswith("PATH=")]


@pytest.fixture(params=["0", "1"], ids=BUILDERS)
def docker(tmp_path: Path, request: pytest.FixtureRequest) -> Docker:
    made = docker_in(tmp_path)
    made.env["DOCKER_BUILDKIT"] = request.param
    return made


def test_a09_a_chmod_copies_the_file_and_a_later_rm_frees_nothing(docker: Docker) -> None:
    write_context(docker.cwd, {"blob": "x" * 1_000_000})
    ran = docker.build("FROM busybox\nCOPY blob /blob\nRUN chmod 600 /blob\nRUN rm /blob\n", "-t", "made")
    assert ran.code == 0
    sizes = docker("history", "--format", "{{.Size}}", "made").out.splitlines()
    assert sizes[:3] == ["0B", "1MB", "1MB"]
    size = sum(layer.size for layer in docker.image("made").layers)
    assert size - sum(layer.size for layer in docker.image("busybox").layers) == 2_000_000
    assert docker.files("made").get("blob") is None


@pytest.mark.parametrize("builder", BUILDERS)
def test_a32_what_dockerignore_leaves(builder: str) -> None:
    def files(rule: str) -> list[str]:
        rows = expected(f"dockerignore/{rule}", builder)["files"]
        return [row.split()[3].removeprefix("c/") for row in rows if row.startswith("f ")]

    assert files("last-match-wins") == ["other"]
    assert files("wildcards-between") == ["a/b/d/c", "a/b/e", "a/c"]
    assert files("comments-anchors-order") == ["keep.log", "sub/a.log", "sub/build/o", "sub/node_modules/m"]
    assert "not found" in expected("dockerignore/of-the-dockerfile", builder)["error"]
    own = files("own-file-of-a-dockerfile")
    assert ("a" in own, "b" in own) == ((False, True) if builder == "classic" else (True, False))


@pytest.mark.parametrize("builder", BUILDERS)
def test_a33_a34_variables(builder: str) -> None:
    assert variables(expected("env-arg/one-instruction", builder)) == [
        "a=two", "b=one", "c=one x", "d=$a", "e=$a", "f=two", "g=h=1 i",
    ]  # fmt: skip
    values = [entry.partition("=")[2] for entry in variables(expected("env-arg/modifiers", builder))[2:]]
    assert values == [
        "d", "d", "d", "", "y", "y", "", "1.2.3", "v1.2", "v1", "3", "v1-2.3", "v1-2-3", "", "v1.2.3_x", "$v", "${v}",
    ]  # fmt: skip
    words = {"needed": "x: need", "blank": "bad substitution", "assign": "unsupported modifier"}
    for name, word in (words | {"open": "in substitution", "no-name": "bad substitution", "empty": "e:"}).items():
        outcome = expected(f"env-arg/error-{name}", builder)
        assert (outcome["code"], word in outcome["error"]) == (1, True)


@pytest.mark.parametrize("builder", BUILDERS)
def test_a36_where_an_argument_is_seen(builder: str) -> None:
    first, second, third, fourth = expected("env-arg/scope-ends-with-the-stage", builder)["builds"]
    assert variables(first) == variables(third) == ["GOT="]
    assert variables(second) == variables(fourth) == []

    def said(outcome: Any) -> list[str]:
        return [line for line in outcome["steps"] if line[:2] in ("1[", "2[", "3[")]

    # The classic builder builds the stage that nobody needs; what it said once is in the cache then.
    begin, again = (first, third) if builder == "classic" else (second, fourth)
    assert said(begin) == ["1[]", "2[busybox]", "3[local]"]
    assert said(again) == ["2[busybox:latest]", "3[busybox:latest]"]


@pytest.mark.parametrize("builder", BUILDERS)
def test_a38_an_argument_misses_from_the_first_run_after_it(builder: str) -> None:
    _, second, third, fourth = expected("cache/argument", builder)["builds"]
    for outcome, cached in ((second, False), (third, True), (fourth, True)):
        steps = outcome["steps"]
        assert any(line.startswith("CACHED") and line.endswith("RUN echo before") for line in steps)
        assert ("not-using-it" not in steps) == cached
    assert variables(third) == ["W=2"]
    assert variables(fourth) == ["W=1"]
    # A stage that is not needed.
    assert any("echo A" in line for line in fourth["steps"]) == (builder == "classic")


@pytest.mark.parametrize("builder", BUILDERS)
def test_a40_entrypoint_clears_an_inherited_command(builder: str) -> None:
    builds = expected("config-inherit/entrypoint-and-command", builder)["builds"]
    found = [(one["config"].get("Entrypoint"), one["config"].get("Cmd")) for one in builds]
    assert found == [(["echo"], None), (["echo"], ["mine"]), (["echo"], ["mine"]), (None, None)]


REAL = sorted(path.parent.name for path in GOLDEN.glob("real-*/Dockerfile"))


@pytest.mark.parametrize("name", REAL)
def test_files_of_the_kind_of_real_ones_parse_plan_and_check(name: str, request: pytest.FixtureRequest) -> None:
    dockerfile = parse_dockerfile((GOLDEN / name / "Dockerfile").read_bytes())
    found = "".join(f"{warning.span.start_line} {warning.rule}\n" for warning in lint(dockerfile))
    checks = GOLDEN / name / "checks.txt"
    if request.config.getoption("--update-golden", default=False):
        checks.write_text(found, encoding="utf-8")
    assert checks.read_text(encoding="utf-8") == found
    try:
        assert plan(dockerfile, Options({})).total == len(dockerfile.steps)
    except ParseError as error:
        # What only BuildKit reads is refused by name.
        assert "unknown flag: " in error.message
