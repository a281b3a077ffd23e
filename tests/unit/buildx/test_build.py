"""`docker buildx build` as a user sees it: progress and failures on standard error, results, other answers."""

from __future__ import annotations

import json
import re

import pytest
from support.dockers import Docker

TWO = "FROM busybox AS one\nRUN echo hello > /msg && cat /msg\nFROM busybox\nCOPY --from=one /msg /msg\nCOPY a.txt /\n"


def masked(text: str) -> str:
    """Without sizes of what is sent, seconds and digests."""
    text = re.sub(r"(transferring \w+:) \S+", r"\1 SIZE", text)
    text = re.sub(r"(?m)^(#\d+ )\d+\.\d{3} ", r"\1SECONDS ", text)
    text = re.sub(r"(?m)^\d+\.\d{3} ", "SECONDS ", text)
    text = re.sub(r"DONE \d+\.\ds", "DONE SECONDS", text)
    return re.sub(r"sha256:[0-9a-f]{64}", "DIGEST", text)


def blocks(text: str) -> set[str]:
    """The vertices of plain progress without their numbers, in no order."""
    return {re.sub(r"(?m)^#\d+ ", "# ", block) for block in masked(text).strip().split("\n\n")}


def test_progress_and_image(docker: Docker) -> None:
    ran = docker.build(TWO, "-t", "app", **{"a.txt": "alpha\n"})
    assert (ran.code, ran.out) == (0, "")
    assert ran.err.startswith('#0 building with "default" instance using docker driver\n\n#1 [internal] load build ')
    assert blocks(ran.err) == {
        '# building with "default" instance using docker driver',
        "# [internal] load build definition from Dockerfile\n# transferring dockerfile: SIZE done\n# DONE SECONDS",
        "# [internal] load metadata for docker.io/library/busybox:latest\n# DONE SECONDS",
        "# [internal] load .dockerignore\n# transferring context: SIZE done\n# DONE SECONDS",
        "# [internal] load build context\n# transferring context: SIZE done\n# DONE SECONDS",
        "# [one 1/2] FROM docker.io/library/busybox:latest\n# DONE SECONDS",
        "# [one 2/2] RUN echo hello > /msg && cat /msg\n# SECONDS hello\n# DONE SECONDS",
        "# [stage-1 2/3] COPY --from=one /msg /msg\n# DONE SECONDS",
        "# [stage-1 3/3] COPY a.txt /\n# DONE SECONDS",
        (
            "# exporting to image\n# exporting layers done\n# writing image DIGEST done\n"
            "# naming to docker.io/library/app done\n# DONE SECONDS"
        ),
    }
    assert docker.read("app", "msg") == "hello\n"


def test_quiet_gives_the_id_alone(docker: Docker) -> None:
    ran = docker.build("FROM busybox\nENV a=b\n", "-q", "-t", "app")
    assert (ran.code, ran.out, ran.err) == (0, f"{docker.image('app').id}\n", "")


def test_a_failing_step_is_shown_with_its_place(docker: Docker) -> None:
    ran = docker.build("FROM busybox\nRUN echo before; exit 42\n")
    assert ran.code == 1
    assert masked(ran.err).partition("#5 ")[2] == (
        "[2/2] RUN echo before; exit 42\n"
        "#5 SECONDS before\n"
        '#5 ERROR: process "/bin/sh -c echo before; exit 42" did not complete successfully: exit code: 42\n'
        "------\n"
        " > [2/2] RUN echo before; exit 42:\n"
        "SECONDS before\n"
        "------\n"
        "Dockerfile:2\n"
        "--------------------\n"
        "   1 |     FROM busybox\n"
        "   2 | >>> RUN echo before; exit 42\n"
        "   3 |     \n"
        "--------------------\n"
        'ERROR: failed to solve: process "/bin/sh -c echo before; exit 42" did not complete successfully: '
        "exit code: 42\n"
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the Dockerfile cannot be empty"),
        ("FROM busybox\nBOGUS x\n", "dockerfile parse error on line 2: unknown instruction: BOGUS"),
        ("RUN x\n", "no build stage in current context"),
    ],
)
def test_what_is_no_dockerfile(docker: Docker, text: str, words: str) -> None:
    ran = docker.build(text)
    assert ran.code == 1
    assert ran.err.endswith(f"ERROR: failed to solve: {words}\n")
    assert ("Dockerfile:" in ran.err) == bool(text)


def test_there_is_no_dockerfile(docker: Docker) -> None:
    ran = docker("build", ".")
    assert ran.code == 1
    assert "#1 transferring dockerfile: 2B done\n" in ran.err
    assert ran.err.endswith(
        "ERROR: failed to solve: failed to read dockerfile: open Dockerfile: no such file or directory\n"
    )


def test_the_lower_case_name_will_do(docker: Docker) -> None:
    docker.write("dockerfile", "FROM busybox\n")
    assert "load build definition from dockerfile" in docker("build", ".").err


def test_there_is_no_context(docker: Docker) -> None:
    ran = docker("build", "nodir")
    assert (ran.code, ran.out, ran.err) == (1, "", 'ERROR: unable to prepare context: path "nodir" not found\n')


def test_a_dockerfile_on_standard_input_has_no_context(docker: Docker) -> None:
    docker.write("a.txt", "x")
    ran = docker("build", "-t", "app", "-", stdin=b"FROM busybox\nRUN echo hi > /x\n")
    assert ran.code == 0
    assert docker.read("app", "x") == "hi\n"
    assert docker("build", "-", stdin=b"FROM busybox\nCOPY a.txt /\n").code == 1
    ran = docker("build", "-f", "x", "-", stdin=b"FROM busybox\n")
    assert ran.err == "ERROR: ambiguous Dockerfile source: both stdin and flag correspond to Dockerfiles\n"


def test_the_dockerfile_may_be_elsewhere(docker: Docker) -> None:
    docker.write("ctx/a.txt", "alpha")
    docker.write("other/Dockerfile.web", "FROM busybox\nCOPY . /x/\n")
    docker.write("other/Dockerfile.web.dockerignore", "secret\n")
    docker.write("ctx/.dockerignore", "a.txt\n")
    docker.write("ctx/secret", "s")
    ran = docker("build", "-t", "app", "-f", "other/Dockerfile.web", "ctx")
    assert ran.code == 0, ran.err
    assert "load build definition from Dockerfile.web" in ran.err
    assert sorted(docker.files("app").get("x").children) == [".dockerignore", "a.txt"]  # type: ignore[union-attr]


def test_which_builder(docker: Docker) -> None:
    docker.write("Dockerfile", "FROM busybox\n")
    for wanted, argv, classic in (
        ("0", ("build", "."), True),
        ("", ("build", "."), True),
        ("", ("build", "--progress=plain", "."), False),
        ("", ("buildx", "build", "."), False),
        ("0", ("buildx", "b", "."), False),
        ("1", ("image", "build", "."), False),
        ("1", ("builder", "build", "."), False),
    ):
        docker.env["DOCKER_BUILDKIT"] = wanted
        ran = docker(*argv)
        assert ran.code == 0, ran.err
        assert ran.out.startswith("Sending build context") is classic
    docker.env["DOCKER_BUILDKIT"] = "0"
    assert docker("build", "--check", ".").err.startswith("unknown flag: --check\n\nUsage:  docker build ")


def test_wrong_lines_are_answered_as_buildx_does(docker: Docker) -> None:
    ran = docker("build", "--nope", ".")
    assert (ran.code, ran.err) == (125, "unknown flag: --nope\nSee 'docker buildx build --help'.\n")
    ran = docker("build")
    assert (ran.code, ran.err) == (
        1,
        (
            "ERROR: \"docker buildx build\" requires exactly 1 argument.\nSee 'docker buildx build --help'.\n\n"
            "Usage:  docker buildx build [OPTIONS] PATH | URL | -\n\nStart a build\n"
        ),
    )


def test_kinds_of_progress(docker: Docker) -> None:
    docker.write("Dockerfile", "FROM busybox\n")
    assert docker("build", "--progress=none", ".").err == ""
    rows = [json.loads(line) for line in docker("build", "--progress=rawjson", ".").err.splitlines()]
    assert rows[0]["vertexes"][0]["name"] == "[internal] load build definition from Dockerfile"
    docker.env["BUILDKIT_PROGRESS"] = "quiet"
    assert docker("build", ".").err == ""
    for flag, words in (
        ("--progress=tty", "failed to get console: provided file is not a console"),
        ("--progress=x", "invalid progress mode x"),
    ):
        ran = docker("build", flag, ".")
        assert (ran.code, ran.err) == (1, f"ERROR: {words}\n")
    ran = docker("build", "-q", "--progress=plain", ".")
    assert ran.err == "ERROR: progress=plain and quiet cannot be used together\n"


def test_files_about_the_result(docker: Docker) -> None:
    docker.write("id", "old")
    ran = docker.build("FROM busybox\n", "-t", "app", "-t", "app:2", "--iidfile", "id", "--metadata-file", "meta.json")
    assert ran.code == 0
    image_id = docker.image("app").id
    assert (docker.cwd / "id").read_text() == image_id
    meta = json.loads((docker.cwd / "meta.json").read_text())
    assert re.fullmatch(r"default/default/[a-z0-9]{25}", meta.pop("buildx.build.ref"))
    assert meta == {
        "containerimage.config.digest": image_id,
        "containerimage.digest": image_id,
        "image.name": "docker.io/library/app,docker.io/library/app:2",
    }
    docker.build("FROM busybox\nRUN false\n", "--iidfile", "id")
    assert not (docker.cwd / "id").exists()


def test_a_named_context(docker: Docker) -> None:
    docker.write("lib/x", "from lib\n")
    text = "FROM base\nCOPY --from=lib x /x\n"
    ran = docker.build(
        text, "-t", "app", "--build-context", "lib=lib", "--build-context", "base=docker-image://busybox"
    )
    assert ran.code == 0, ran.err
    assert docker.read("app", "x") == "from lib\n"


def test_a_cache_in_a_folder(docker: Docker) -> None:
    text = "FROM busybox\nRUN echo x > /x\n"
    assert docker.build(text, "--cache-to", "type=local,dest=cache").code == 0
    docker("buildx", "prune", "-af")
    ran = docker.build(text, "--cache-from", "type=local,src=cache")
    assert "RUN echo x > /x\n#" in ran.err
    assert " CACHED" in ran.err.partition("RUN echo x > /x")[2].splitlines()[1]


def test_a_step_that_ran_again_is_explained(docker: Docker) -> None:
    docker.build("FROM busybox\nCOPY a.txt /\n", "-t", "app", **{"a.txt": "1"})
    ran = docker.build("FROM busybox\nCOPY a.txt /\n", "-t", "app", "--explain", **{"a.txt": "2"})
    assert "a.txt has changed" in ran.err


def test_checks(docker: Docker) -> None:
    docker.write("Dockerfile", "FROM busybox\nCMD echo hi\n")
    ran = docker("build", "--check", ".")
    assert ran.code == 1
    assert ran.out.startswith("Check complete, 1 warning has been found!\n\nWARNING: JSONArgsRecommended - https://")
    docker.write("Dockerfile", "FROM busybox\n")
    ran = docker("build", "--call=check", ".")
    assert (ran.code, ran.out) == (0, "Check complete, no warnings found.\n")
    docker.write("Dockerfile", "FROM busybox\nBOGUS\n")
    ran = docker("build", "--check", ".")
    assert ran.code == 1
    assert "\nERROR: dockerfile parse error on line 2: unknown instruction: BOGUS\nDockerfile:2\n" in ran.err


def test_targets_and_outline(docker: Docker) -> None:
    docker.write(
        "Dockerfile",
        "# V says which\nARG V=1\n# base is what all stand on\nFROM busybox AS base\nARG V\nARG W=2\n"
        "RUN --mount=type=secret,id=key,required=true true\nFROM base\n",
    )
    assert docker("build", "--call=targets", ".").out == (
        "TARGET    DESCRIPTION\nbase      is what all stand on\n(default) \n"
    )
    assert docker("build", "--call=outline", "--target=base", ".").out == (
        "TARGET:      base\nDESCRIPTION: is what all stand on\n\n"
        "BUILD ARG   VALUE   DESCRIPTION\nV           1       says which\nW           2       \n\n"
        "SECRET   REQUIRED\nkey      true\n\n"
    )
    found = json.loads(docker("build", "--call=targets,format=json", ".").out)
    assert found["targets"][0]["description"] == "is what all stand on"
