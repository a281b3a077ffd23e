"""Why steps of graph builds ran again, and that the two builders are not compared with each other."""

from __future__ import annotations

from support.dockers import Docker
from support.kits import Kit

TEXT = "FROM busybox\nARG V=1\nCOPY a /a\nRUN echo $V > /v\nRUN true\n"


def why(docker: Docker, *options: str) -> str:
    docker.env["DOCKER_BUILDKIT"] = "1"
    return docker("build", "-q", "--explain", *options, ".").err


def test_the_file_the_argument_and_the_earlier_step_are_named(kit: Kit) -> None:
    docker = kit.docker
    docker.write("Dockerfile", TEXT)
    file = docker.write("a", "one")
    assert "built before with this builder" in why(docker)
    assert "COPY" not in why(docker)
    file.write_text("two")
    changed = why(docker)
    assert "COPY a /a: a has changed (sha256:" in changed
    assert "RUN echo $V > /v: COPY a /a before it gave something new" in changed
    assert "RUN echo $V > /v: the build argument V has changed (1 → 2)" in why(docker, "--build-arg", "V=2")
    file.chmod(0o600)
    assert "a has another mode" in why(docker, "--build-arg", "V=2")


def test_the_other_builder_is_no_reason(kit: Kit) -> None:
    docker = kit.docker
    docker.write("a", "one")
    assert docker.build(TEXT).code == 0
    assert "built before with this builder" in why(docker)
