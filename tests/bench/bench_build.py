"""How long builds take: from the cache, of one large file, of many small ones."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from figures import Figure, timed
from support.dockers import Docker, docker_in

from dockkernel.build.plan import Options, plan
from dockkernel.dockerfile.stages import parse_dockerfile

MB = 1 << 20
LARGE = 300


def checked(docker: Docker, *argv: str) -> None:
    """A command that must succeed."""
    ran = docker(*argv)
    assert ran.code == 0, ran.err


BUILDERS = (("classic", "0"), ("BuildKit", "1"))
FILES = 50_000


def builder(place: Path, value: str) -> Docker:
    """A docker whose builds are of one builder."""
    docker = docker_in(place)
    docker.env["DOCKER_BUILDKIT"] = value
    return docker


def cached_steps(place: Path) -> Iterator[Figure]:
    """A Dockerfile of 30 steps of all kinds, new and from the cache, by each builder."""
    for name, value in BUILDERS:
        yield from _steps(builder(place / name, value), name)


def _steps(docker: Docker, name: str) -> Iterator[Figure]:
    lines = ["FROM busybox"]
    for n in range(10):
        lines += [f"RUN echo {n} > /f{n}", f"COPY Dockerfile /c{n}", f"ENV V{n}={n}"]
    docker.write("Dockerfile", "\n".join(lines[:30]) + "\n")

    def build() -> None:
        checked(docker, "build", "-t", "x", ".")

    target = 470 if name == "classic" else 300
    yield timed(f"build of 30 steps, new, {name}", build, target=target, rounds=1)
    yield timed(f"build of 30 steps, cached, {name}", build, target=60, rounds=15)


def large_file(place: Path) -> Iterator[Figure]:
    """COPY of one file of 300 MB against hashing it, which is measured between the builds."""
    docker = docker_in(place)
    path = docker.write("big", b"")
    with path.open("wb") as out:
        for _ in range(LARGE):
            out.write(os.urandom(MB))
    docker.write("Dockerfile", "FROM busybox\nCOPY big /\n")

    def hashed() -> None:
        hasher = hashlib.sha256()
        with path.open("rb") as stream:
            while chunk := stream.read(MB):
                hasher.update(chunk)

    reference = timed(f"hashlib over {LARGE} MB", hashed)
    copied = timed(
        f"COPY of {LARGE} MB, new", lambda: checked(docker, "build", "--no-cache", "."), target=1_700, rounds=3
    )
    yield from (reference, copied)
    cpu = (copied.cpu or 0) / (reference.cpu or 1)
    yield Figure(f"COPY of {LARGE} MB to hashing it", copied.median / reference.median, "times", 3, cpu)
    yield timed(f"COPY of {LARGE} MB, cached", lambda: checked(docker, "build", "."))


def many_files(place: Path) -> Iterator[Figure]:
    """COPY of 50,000 small files."""
    docker = docker_in(place)
    for n in range(FILES):
        docker.write(f"files/{n // 500}/{n}", f"file {n}\n")
    docker.write("Dockerfile", "FROM busybox\nCOPY files /files\n")
    for (name, value), target in zip(BUILDERS, (10_000, 3_600), strict=True):
        docker.env["DOCKER_BUILDKIT"] = value
        yield timed(
            f"COPY of {FILES:,} files, new, {name}", lambda: checked(docker, "build", "."), target=target, rounds=1
        )
        yield timed(f"COPY of {FILES:,} files, cached, {name}", lambda: checked(docker, "build", "."), rounds=3)


def figures(place: Path) -> Iterator[Figure]:
    """All of them."""
    text = "FROM busybox\n" + "".join(f"RUN echo {n} && \\\n    echo more\n" for n in range(500))
    yield timed(
        "parse and plan of a Dockerfile of 1,000 lines", lambda: plan(parse_dockerfile(text), Options({})), target=50
    )
    for number, bench in enumerate((cached_steps, large_file, many_files)):
        yield from bench(place / str(number))
