"""How long builds take: from the cache, of one large file, of many small ones."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from figures import Figure, timed
from support.dockers import Docker, docker_in

from dockkernel.dockerfile.stages import parse_dockerfile

MB = 1 << 20
LARGE = 300


def checked(docker: Docker, *argv: str) -> None:
    """A command that must succeed."""
    ran = docker(*argv)
    assert ran.code == 0, ran.err


def cached_steps(place: Path) -> Iterator[Figure]:
    """A Dockerfile of 30 steps of all kinds, new and from the cache."""
    docker = docker_in(place)
    lines = ["FROM busybox"]
    for n in range(10):
        lines += [f"RUN echo {n} > /f{n}", f"COPY Dockerfile /c{n}", f"ENV V{n}={n}"]
    docker.write("Dockerfile", "\n".join(lines[:30]) + "\n")

    def build() -> None:
        checked(docker, "build", "-t", "x", ".")

    yield timed("build of 30 steps, new", build, rounds=1)
    yield timed("build of 30 steps, cached", build, target=60, rounds=15)


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
    copied = timed(f"COPY of {LARGE} MB, new", lambda: checked(docker, "build", "--no-cache", "."), rounds=3)
    yield from (reference, copied)
    cpu = (copied.cpu or 0) / (reference.cpu or 1)
    yield Figure(f"COPY of {LARGE} MB to hashing it", copied.median / reference.median, "times", 3, cpu)
    yield timed(f"COPY of {LARGE} MB, cached", lambda: checked(docker, "build", "."))


def many_files(place: Path) -> Iterator[Figure]:
    """COPY of 20,000 small files."""
    docker = docker_in(place)
    for n in range(20_000):
        docker.write(f"files/{n // 500}/{n}", f"file {n}\n")
    docker.write("Dockerfile", "FROM busybox\nCOPY files /files\n")
    yield timed("COPY of 20,000 files, new", lambda: checked(docker, "build", "."), rounds=1)
    yield timed("COPY of 20,000 files, cached", lambda: checked(docker, "build", "."), rounds=3)


def figures(place: Path) -> Iterator[Figure]:
    """All of them."""
    text = "FROM busybox\n" + "".join(f"RUN echo {n} && \\\n    echo more\n" for n in range(500))
    yield timed("parse of a Dockerfile of 1,000 lines", lambda: parse_dockerfile(text))
    for number, bench in enumerate((cached_steps, large_file, many_files)):
        yield from bench(place / str(number))
