"""How long a kernel takes to start, beside plain ipykernel, and what a warm cell takes with the way there and back."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from figures import Figure, timed
from jupyter_client.manager import start_new_kernel

STARTS = 9
CELLS = ("1 + 1", "docker image ls", "docker history web:1", "docker tag web:1 web:2", "docker system df")


def start(name: str) -> tuple[float, float]:
    """Seconds until the kernel answers, and the CPU seconds of its whole life."""
    used = sum(os.times()[2:4])
    began = time.perf_counter()
    manager, client = start_new_kernel(kernel_name=name, stderr=subprocess.DEVNULL)
    seconds = time.perf_counter() - began
    client.stop_channels()
    manager.shutdown_kernel(now=True)
    return seconds, sum(os.times()[2:4]) - used


def starts() -> Iterator[Figure]:
    """Both kernels in turn, so that the machine's load meets both."""
    taken: dict[str, list[tuple[float, float]]] = {"python3": [], "dockkernel": []}
    for _ in range(STARTS):
        for name, times in taken.items():
            times.append(start(name))
    medians = {name: [statistics.median(kind) for kind in zip(*times, strict=True)] for name, times in taken.items()}
    for name, (wall, cpu) in medians.items():
        yield Figure(f"start of kernel {name}", wall * 1000, "ms", None, cpu * 1000)
    (plain, plain_cpu), (ours, ours_cpu) = medians.values()
    yield Figure("start of the kernel to ipykernel's", ours / plain, "times", 1.25, ours_cpu / plain_cpu)


def figures(place: Path) -> Iterator[Figure]:
    """All of them."""
    os.environ.update(DOCKKERNEL_HOME=str(place / "home"), IPYTHONDIR=str(place / "ipython"))
    yield from starts()
    manager, client = start_new_kernel(kernel_name="dockkernel", stderr=subprocess.DEVNULL)
    client.execute_interactive("%%dockerfile -q -t web:1\nFROM scratch\nLABEL a=b", output_hook=lambda _: None)
    for cell in CELLS:
        figure = timed(
            f"cell: {cell}",
            lambda cell=cell: client.execute_interactive(cell, output_hook=lambda _: None),
            rounds=31,
        )
        yield Figure(figure.name, figure.median, "ms")
    client.stop_channels()
    manager.shutdown_kernel(now=True)
