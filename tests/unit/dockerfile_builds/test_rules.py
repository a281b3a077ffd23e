"""Each folder AREA/RULE below tests/golden/dockerfile is a rule of the Dockerfile language, built by both builders.

`Dockerfile`, perhaps `context.json` (files) and `builds.json`: for each build in turn its options and what is changed
before it. `expect.json` has what each builder says and makes. Run with --update-golden (naming this folder) to write the
expectations anew, then read the difference.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from support.contexts import touch, write_context
from support.dockers import Docker, Ran, docker_in
from support.looks import entry

from dockkernel.fs.change import diff
from dockkernel.fs.tree import Tree

GOLDEN = Path(__file__).parents[2] / "golden/dockerfile"
AREAS = ("parser", "heredoc", "env-arg", "copy-add", "dockerignore", "cache", "stages-onbuild", "config-inherit")
CASES = sorted(path.parent for area in AREAS for path in (GOLDEN / area).glob("*/Dockerfile"))


@pytest.mark.parametrize("case", CASES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_both_builders_do_what_the_folder_says(case: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    found = {name: _built(case, tmp_path / name, value) for name, value in (("classic", "0"), ("buildkit", "1"))}
    text = json.dumps(found, indent=1, ensure_ascii=False) + "\n"
    expectation = case / "expect.json"
    if request.config.getoption("--update-golden", default=False):
        expectation.write_text(text, encoding="utf-8")
    assert json.loads(expectation.read_text(encoding="utf-8")) == json.loads(text)


def _built(case: Path, place: Path, builder: str) -> dict[str, Any]:
    docker = docker_in(place)
    docker.env["DOCKER_BUILDKIT"] = builder
    docker.write("Dockerfile", (case / "Dockerfile").read_bytes())
    write_context(docker.cwd, _json(case / "context.json", {}))
    builds = [_build(docker, build) for build in _json(case / "builds.json", [{}])]
    docker.engine.close()
    return {"builds": builds} if len(builds) > 1 else builds[0]


def _json(path: Path, default: Any) -> Any:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else default


def _build(docker: Docker, build: dict[str, Any]) -> dict[str, Any]:
    if "before" in build:
        text = (docker.cwd / "Dockerfile").read_bytes()
        docker.build(build["before"], "-t", "base")
        docker.write("Dockerfile", text)
    if "dockerfile" in build:
        text = (docker.cwd / "Dockerfile").read_bytes()
        docker.write("Dockerfile", build["dockerfile"])
    write_context(docker.cwd, build.get("write", {}))
    for name in build.get("touch", ()):
        touch(docker.cwd / name)
    ran = docker("build", "-t", "made", *build.get("options", ()), ".")
    if "dockerfile" in build:
        docker.write("Dockerfile", text)
    return _outcome(docker, ran)


def _outcome(docker: Docker, ran: Ran) -> dict[str, Any]:
    graph = docker.env["DOCKER_BUILDKIT"] == "1"
    found: dict[str, Any] = {"steps": _graph_steps(ran.err) if graph else _classic_steps(ran.out)}
    if ran.code:
        lines = ran.err.splitlines()
        return found | {"code": ran.code, "error": _masked(lines[-1])}
    config = docker.inspect("made")["Config"]
    found["config"] = {name: value for name, value in config.items() if value and name != "Image"}
    found["files"] = _added(docker)
    return found


def _added(docker: Docker) -> list[str]:
    below, made = docker.image("busybox").layers, docker.image("made").layers
    base = docker.files("busybox") if made[: len(below)] == below else Tree.empty()
    return [entry(change) for change in diff(base, docker.files("made"))]


def _classic_steps(text: str) -> list[str]:
    """The steps with their fate, and what their programs say."""
    lines: list[str] = []
    for line in re.sub(r"\x1b\[\d+m", "", text).replace("\r", "").splitlines()[1:]:
        if line == " ---> Using cache":
            lines[-1] = f"CACHED {lines[-1]}"
        elif not line.startswith((" ---> ", "Successfully ")):
            lines.append(_masked(re.sub(r"^Step (\d+/\d+) : ", r"\1 ", line)))
    return lines


def _graph_steps(text: str) -> list[str]:
    """The same of a graph build. Stages side by side end in any order."""
    names: dict[str, str] = {}
    said: dict[str, list[str]] = {}
    for line in text.splitlines():
        number, _, rest = line.partition(" ")
        output = re.match(r"\d+\.\d+ (.*)", rest)
        if rest.startswith("[") and not rest.startswith("[internal]"):
            names.setdefault(number, rest)
        elif rest == "CACHED" and number in names and " FROM " not in names[number]:
            names[number] = f"CACHED {names[number]}"
        elif output and number.startswith("#"):
            said.setdefault(number, []).append(output.group(1))
    order = sorted(names, key=lambda number: names[number].removeprefix("CACHED "))
    return [_masked(line) for number in order for line in (names[number], *said.get(number, ()))]


def _masked(text: str) -> str:
    text = re.sub(r"\bref [0-9a-z-]+::[0-9a-z]+", "ref ID::ID", text)
    return re.sub(r"\b(?:sha256:[0-9a-f]{64}|[0-9a-f]{64}|[0-9a-f]{12})\b", "ID", text)
