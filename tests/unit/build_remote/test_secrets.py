"""Secrets that are for servers: who is shown them, and who is not."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from support.dockers import Docker
from support.webs import HAS_GIT, Page, Repository, Web

from dockkernel.build.remote_auth import git_header, git_scope, http_header


@pytest.mark.parametrize(
    ("names", "header"),
    [
        ({}, ""),
        ({"GIT_AUTH_TOKEN": b"t"}, "basic " + base64.b64encode(b"x-access-token:t").decode()),
        ({"GIT_AUTH_HEADER": b"h\n", "GIT_AUTH_TOKEN": b"t"}, "h"),
        ({"GIT_AUTH_HEADER.example.com": b"own", "GIT_AUTH_HEADER": b"h"}, "own"),
        ({"GIT_AUTH_HEADER.other.com": b"own"}, ""),
        ({"GIT_AUTH_HEADER": b"h\r\nX-Other: 1"}, "hX-Other: 1"),
    ],
)
def test_for_a_repository(names: dict[str, bytes], header: str) -> None:
    assert git_header("https://user@example.com/r.git", names) == header


def test_for_a_file() -> None:
    assert http_header("https://example.com:8443/x", {"HTTP_AUTH_TOKEN_example.com": b"t"}) == "Bearer t"
    assert http_header("https://example.com/x", {"HTTP_AUTH_HEADER_example.com": b"h"}) == "h"
    assert http_header("https://example.org/x", {"HTTP_AUTH_HEADER_example.com": b"h"}) == ""


def test_how_far_a_header_goes() -> None:
    assert git_scope("https://github.com/me/app.git") == "https://github.com/"
    assert git_scope("https://example.com/r.git") == "https://example.com/r.git"


def test_a_file_and_a_redirect(docker: Docker, web: Web) -> None:
    docker.env["DOCKER_BUILDKIT"] = "1"
    docker.write("secret", "t")
    web["/x"] = Page(status=302, headers={"Location": "/y"})
    web["/y"] = Page(status=302, headers={"Location": web.url.replace("127.0.0.1", "localhost") + "/z"})
    web["/z"] = b"there"
    docker.write("Dockerfile", f"FROM busybox\nADD {web.url}/x /\n")
    ran = docker("build", "--secret", "id=HTTP_AUTH_TOKEN_127.0.0.1,src=secret", "-t", "x", ".")
    assert ran.code == 0, ran.err
    assert [headers.get("authorization") for _, headers in web.asked] == ["Bearer t", "Bearer t", None]
    assert docker.read("x", "x") == "there"


@pytest.mark.skipif(not HAS_GIT, reason="git is not installed")
def test_a_repository(docker: Docker, web: Web) -> None:
    docker.env["TOKEN"] = "t"
    ran = docker("buildx", "build", "--secret", "id=GIT_AUTH_TOKEN,env=TOKEN", f"{web.url}/r.git")
    assert ran.code == 1
    wanted = base64.b64encode(b"x-access-token:t").decode()
    assert {headers.get("authorization") for _, headers in web.asked} == {f"basic {wanted}"}
    assert wanted not in ran.err


@pytest.mark.skipif(not HAS_GIT, reason="git is not installed")
def test_a_context_may_keep_its_git_directory(
    docker: Docker, repository: Repository, git_url: str, tmp_path: Path
) -> None:
    repository.commit(Dockerfile="FROM busybox\nCOPY . /all\n")
    repository.publish(tmp_path / "srv" / "r.git")
    argument = "BUILDKIT_CONTEXT_KEEP_GIT_DIR=1"
    assert docker("buildx", "build", "-t", "x", "--build-arg", argument, git_url).code == 0
    assert docker.files("x").get("all/.git/HEAD") is not None
    assert docker("buildx", "build", "-t", "y", git_url).code == 0
    assert docker.files("y").get("all/.git") is None
