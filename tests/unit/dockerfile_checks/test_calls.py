"""`docker build --call=…`, and the warnings that a graph build ends with, as typed and as printed."""

from __future__ import annotations

import json
from base64 import b64decode
from pathlib import Path

import pytest
from support.dockers import Docker, docker_in

from dockkernel.dockerfile.lint import BaseImage, Surroundings, check_text
from dockkernel.oci.platform import Platform

CASINGS = "FROM busybox as one\nCMD hi\n"
YELLOW = "\x1b[33m"


@pytest.fixture
def docker(tmp_path: Path) -> Docker:
    made = docker_in(tmp_path)
    made.env["DOCKER_BUILDKIT"] = "1"
    return made


def test_a_check_as_json(docker: Docker) -> None:
    docker.write("Dockerfile", CASINGS)
    ran = docker("build", "--call=check,format=json", ".")
    answer = json.loads(ran.out)
    assert ran.code == 1
    assert [one["ruleName"] for one in answer["warnings"]] == ["FromAsCasing", "JSONArgsRecommended"]
    assert answer["warnings"][1] == {
        "ruleName": "JSONArgsRecommended",
        "description": "JSON arguments recommended for ENTRYPOINT/CMD to prevent unintended behavior related to OS "
        "signals",
        "url": "https://docs.docker.com/go/dockerfile/rule/json-args-recommended/",
        "detail": "JSON arguments recommended for CMD to prevent unintended behavior related to OS signals",
        "location": {"ranges": [{"start": {"line": 2}, "end": {"line": 2}}]},
    }
    (source,) = answer["sources"]
    assert (source["filename"], b64decode(source["data"]).decode()) == ("Dockerfile", CASINGS)
    docker.write("Dockerfile", "FROM busybox\n")
    ran = docker("build", "--call=check,format=json", ".")
    assert (ran.code, json.loads(ran.out)["warnings"]) == (0, None)


def test_a_check_of_what_cannot_be_built(docker: Docker) -> None:
    docker.write("Dockerfile", "FROM busybox as one\nEXPOSE 99999\n")
    ran = docker("build", "--check", ".")
    assert ran.code == 1
    assert ran.out.startswith("Check complete, 1 warning has been found!\n\nWARNING: FromAsCasing - https://")
    assert ran.out.endswith("--------------------\n\n")
    assert "\nERROR: " in ran.err
    assert "99999" in ran.err
    ran = docker("build", "--call=check,format=json", ".")
    answer = json.loads(ran.out)
    assert answer["buildError"]["location"] == {"ranges": [{"start": {"line": 2}, "end": {"line": 2}}]}
    assert f"ERROR: {answer['buildError']['message']}\n" in ran.err


def test_a_check_asks_for_images_of_all_stages(docker: Docker) -> None:
    docker.write("Dockerfile", "FROM missing AS one\nFROM busybox\n")
    ran = docker("build", "--check", ".")
    assert ran.code == 1
    assert "ERROR: missing: failed to resolve source metadata for docker.io/library/missing:latest: " in ran.err
    docker.write("Dockerfile", "FROM missing AS one\nFROM busybox AS two\nCMD hi\n")
    ran = docker("build", "--check", "--target", "two", ".")
    assert (ran.code, ran.out.splitlines()[0]) == (1, "Check complete, 1 warning has been found!")


def test_errors_by_the_checks(docker: Docker) -> None:
    docker.write("Dockerfile", f"# check=error=true\n{CASINGS}")
    ran = docker("build", "--check", ".")
    words = "lint violation found for rules: FromAsCasing, JSONArgsRecommended\n"
    assert ran.code == 1
    assert ran.err.endswith(f"ERROR: {words}\n")
    ran = docker("build", ".")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.endswith(f"ERROR: failed to solve: {words}")
    assert f"\n {YELLOW}2 warnings found (use docker --debug to expand):\n\x1b[0m - FromAsCasing: " in ran.err
    ran = docker("build", "--build-arg", "BUILDKIT_DOCKERFILE_CHECK=skip=all", ".")
    assert ran.code == 0
    ran = docker("build", "--build-arg", "BUILDKIT_DOCKERFILE_CHECK=what", ".")
    assert (ran.code, ran.err.splitlines()[-1]) == (
        1,
        'ERROR: failed to solve: failed to parse build-arg:BUILDKIT_DOCKERFILE_CHECK: invalid check option "what"',
    )


def test_warnings_after_a_build(docker: Docker) -> None:
    docker.write("Dockerfile", "FROM busybox AS unused\nENV a b\nFROM busybox\nCMD hi\n")
    one = (
        "JSONArgsRecommended: JSON arguments recommended for CMD to prevent unintended behavior related to OS signals "
        "(line 4)\n"
    )
    ran = docker("build", ".")
    assert ran.code == 0
    assert ran.err.endswith(f"\n\n {YELLOW}1 warning found (use docker --debug to expand):\n\x1b[0m - {one}")
    ran = docker("--debug", "build", ".")
    assert ran.err.endswith(
        f"\n\n {YELLOW}1 warning found:\n\x1b[0m - {one}"
        "JSON arguments recommended for ENTRYPOINT/CMD to prevent unintended behavior related to OS signals\n"
        "More info: https://docs.docker.com/go/dockerfile/rule/json-args-recommended/\n"
        "Dockerfile:4\n--------------------\n   2 |     ENV a b\n   3 |     FROM busybox\n   4 | >>> CMD hi\n   5 |     \n"
        "--------------------\n\n"
    )
    assert "warning" not in docker("build", "-q", ".").err
    docker.env["DOCKER_BUILDKIT"] = "0"
    assert "warning" not in docker("build", ".").err


def test_warnings_before_an_error(docker: Docker) -> None:
    docker.write("Dockerfile", "FROM busybox as one\nWHAT\n")
    ran = docker("build", ".")
    assert ran.code == 1
    assert "1 warning found" in ran.err
    assert ran.err.endswith("ERROR: failed to solve: dockerfile parse error on line 2: unknown instruction: WHAT\n")


def test_targets(docker: Docker) -> None:
    docker.write("Dockerfile", "# build makes it\nFROM busybox AS build\nFROM --platform=linux/amd64 build\n")
    ran = docker("build", "--call=targets", ".")
    assert (ran.code, ran.out) == (0, "TARGET    DESCRIPTION\nbuild     makes it\n(default) \n")
    ran = docker("build", "--call=targets,format=json", ".")
    answer = json.loads(ran.out)
    assert answer["targets"] == [
        {
            "name": "build", "description": "makes it", "base": "busybox",
            "location": {"ranges": [{"start": {"line": 2}, "end": {"line": 2}}]},
        },
        {
            "default": True, "base": "build", "platform": "linux/amd64",
            "location": {"ranges": [{"start": {"line": 3}, "end": {"line": 3}}]},
        },
    ]  # fmt: skip
    assert len(answer["sources"]) == 1


def test_an_outline(docker: Docker) -> None:
    docker.write(
        "Dockerfile", "# TAG of the base\nARG TAG=latest\nFROM busybox:$TAG\nRUN --mount=type=secret,id=s true\n"
    )
    ran = docker("build", "--call=outline", ".")
    assert (ran.code, ran.out) == (
        0,
        "BUILD ARG   VALUE    DESCRIPTION\nTAG         latest   of the base\n\nSECRET   REQUIRED\ns        \n\n",
    )
    answer = json.loads(docker("build", "--call=outline,format=json", ".").out)
    assert answer["args"][0]["name"] == "TAG"
    assert answer["secrets"] == [{"name": "s", "location": {"ranges": [{"start": {"line": 4}, "end": {"line": 4}}]}}]
    ran = docker("build", "--call=outline", "--target", "nowhere", ".")
    assert (ran.code, ran.err.splitlines()[-1]) == (
        1, 'ERROR: failed to solve: target stage "nowhere" could not be found',
    )  # fmt: skip


def test_an_image_is_asked_for_with_its_own_platform() -> None:
    asked: list[tuple[str, str]] = []

    def images(name: str, platform: Platform) -> BaseImage | None:
        asked.append((name, str(platform)))
        return BaseImage({"FROM_BASE": "1"}, Platform("linux", "arm64")) if platform.architecture == "arm64" else None

    text = "FROM --platform=linux/arm64 a AS arm64\nENV x=$FROM_BASE\nFROM b\nCOPY --from=c /x /y\n"
    assert check_text(text, around=Surroundings(images=images)).warnings == ()
    assert set(asked) == {("a", "linux/arm64"), ("b", "linux/amd64"), ("c", "linux/amd64")}


def test_the_fields_of_a_call(docker: Docker) -> None:
    docker.write("Dockerfile", CASINGS)
    assert docker("build", "--call=lint,ignorestatus=true", ".").code == 0
    assert docker("build", "--call=check,ignorestatus=0", ".").code == 1
    for value, words in {
        "check,ignorestatus=maybe": 'invalid ignorestatus print value: maybe: strconv.ParseBool: parsing "maybe": '
        "invalid syntax",
        "check,colour=red": "invalid print field: colour=red",
        "check,outline": "invalid print value: check,outline",
    }.items():
        ran = docker("build", f"--call={value}", ".")
        assert ran.code == 1
        assert words in ran.err
