"""How long builds take: `python tests/bench/bench_build.py`. Figures belong in a note, never in an assertion."""

from __future__ import annotations

import hashlib
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from support.dockers import Docker, docker_in

from dockkernel.dockerfile.stages import parse_dockerfile

MB = 1 << 20


def timed(action: Callable[[], object], rounds: int = 5) -> float:
    """The best time of some rounds, milliseconds."""
    best = float("inf")
    for _ in range(rounds):
        begin = time.perf_counter()
        action()
        best = min(best, time.perf_counter() - begin)
    return best * 1000


def checked(docker: Docker, *argv: str) -> None:
    """A command that must succeed."""
    ran = docker(*argv)
    assert ran.code == 0, ran.err


def cached_steps(place: Path) -> None:
    """A Dockerfile of 30 steps of all kinds, new and from the cache."""
    docker = docker_in(place)
    lines = ["FROM busybox"]
    for n in range(10):
        lines += [f"RUN echo {n} > /f{n}", f"COPY Dockerfile /c{n}", f"ENV V{n}={n}"]
    docker.write("Dockerfile", "\n".join(lines[:30]) + "\n")
    begin = time.perf_counter()
    checked(docker, "build", "-t", "x", ".")
    print(f"30 steps, new:            {(time.perf_counter() - begin) * 1000:8.1f} ms")
    print(f"30 steps, cached:         {timed(lambda: checked(docker, 'build', '-t', 'x', '.')):8.1f} ms")


def large_file(place: Path) -> None:
    """COPY of one file of 300 MB against hashing it."""
    docker = docker_in(place)
    path = docker.write("big", b"")
    with path.open("wb") as out:
        for _ in range(300):
            out.write(os.urandom(MB))

    def hashed() -> None:
        hasher = hashlib.sha256()
        with path.open("rb") as stream:
            while chunk := stream.read(MB):
                hasher.update(chunk)

    reference = timed(hashed, 3)
    docker.write("Dockerfile", "FROM busybox\nCOPY big /\n")
    begin = time.perf_counter()
    checked(docker, "build", ".")
    took = (time.perf_counter() - begin) * 1000
    print(f"COPY of 300 MB, new:      {took:8.1f} ms = {took / reference:.2f} x hashing ({reference:.0f} ms)")
    again = timed(lambda: checked(docker, "build", "."), 3)
    print(f"COPY of 300 MB, cached:   {again:8.1f} ms")
    print(f"memory at most:           {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:8.1f} MB")


def many_files(place: Path) -> None:
    """COPY of 50,000 small files."""
    docker = docker_in(place)
    for n in range(50_000):
        docker.write(f"files/{n // 500}/{n}", f"file {n}\n")
    docker.write("Dockerfile", "FROM busybox\nCOPY files /files\n")
    begin = time.perf_counter()
    checked(docker, "build", ".")
    print(f"COPY of 50,000 files, new:{(time.perf_counter() - begin) * 1000:8.1f} ms")
    print(f"   and from the cache:    {timed(lambda: checked(docker, 'build', '.'), 2):8.1f} ms")


def planning() -> None:
    """Reading a Dockerfile of 1,000 lines."""
    text = "FROM busybox\n" + "".join(f"RUN echo {n} && \\\n    echo more\n" for n in range(500))
    print(f"parse of 1,000 lines:     {timed(lambda: parse_dockerfile(text)):8.1f} ms")


if __name__ == "__main__":
    planning()
    for bench in (cached_steps, large_file, many_files):
        with tempfile.TemporaryDirectory() as folder:
            bench(Path(folder))
