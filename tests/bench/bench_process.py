"""Whole processes: the terminal command, a pull from the embedded catalog, and the memory that large layers take."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from figures import Figure

from dockkernel.registry.lock import lock

MB = 1 << 20
MEMORY = 200.0
LARGE = 300
_PEAK = """
import resource, sys
from dockkernel.frontends.cli.main import main
code = main(sys.argv[1:])
sys.stderr.write(f"\\n{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == 'darwin' else 1024)}")
sys.exit(code)
"""


def command(home: Path, words: Sequence[str]) -> None:
    """`dockkernel` as a process, which must succeed."""
    # The script that pip installs beside this Python, as a learner starts it.
    program = str(Path(sys.executable).with_name("dockkernel"))
    subprocess.run([program, *words], check=True, capture_output=True, env=environment(home), cwd=home.parent)


def environment(home: Path) -> dict[str, str]:
    """This process's, with the store in `home`."""
    return {**os.environ, "DOCKKERNEL_HOME": str(home), "DOCKER_BUILDKIT": "0"}


def process(name: str, homes: Sequence[Path], *words: str, target: float | None = None) -> Figure:
    """The median of a command as a process in each of some stores, seconds."""
    wall, cpu = [], []
    for home in homes:
        used, began = sum(os.times()[2:4]), time.perf_counter()
        command(home, words)
        wall.append(time.perf_counter() - began)
        cpu.append(sum(os.times()[2:4]) - used)
    return Figure(name, statistics.median(wall), "s", target, statistics.median(cpu))


def peak(name: str, home: Path, *words: str) -> Figure:
    """The most memory that a command as a process had, MB of 2**20 bytes."""
    ran = subprocess.run(
        [sys.executable, "-c", _PEAK, *words], check=True, capture_output=True, env=environment(home), cwd=home.parent
    )
    return Figure(name, int(ran.stderr.split()[-1]) / MB, "MB", MEMORY)


def largest() -> str:
    """The image of the catalog with the most bytes."""
    keys = {
        family.editions[0]: f"{name}:{family.tags[0]}"
        for name, repository in lock().repositories.items()
        for family in repository.families
    }
    return keys[max(keys, key=lambda key: sum(layer.size for layer in lock().image(key).layers))]


def figures(place: Path) -> Iterator[Figure]:
    """All of them."""
    home = place / "home"
    command(home, ["docker", "pull", "-q", "busybox"])
    yield process("dockkernel --version as a process", [home] * 9, "--version")
    yield process("docker image ls as a process", [home] * 9, "docker", "image", "ls", target=0.25)
    yield process("docker history as a process", [home] * 9, "docker", "history", "busybox")
    empty = [place / f"empty{n}" for n in range(5)]
    yield process("docker pull nginx as a process", empty, "docker", "pull", "-q", "nginx", target=1)
    name = largest()
    yield peak(f"memory of pull {name}", place / "largest", "docker", "pull", "-q", name)
    with (place / "big").open("wb") as out:
        for _ in range(LARGE):
            out.write(os.urandom(MB))
    (place / "Dockerfile").write_text("FROM busybox\nCOPY big /\n", encoding="utf-8")
    yield peak(f"memory of COPY of {LARGE} MB", home, "docker", "build", "-q", ".")
