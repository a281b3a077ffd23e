"""How long a kernel takes to start and a warm cell takes to run. By hand: `python tests/bench/bench_kernel.py`."""

from __future__ import annotations

import os
import statistics
import tempfile
import time

from jupyter_client.manager import start_new_kernel

STARTS = 8
CELLS = ("1 + 1", "docker image ls", "docker history web:1", "docker tag web:1 web:2", "docker system df")


def start(name: str) -> float:
    began = time.perf_counter()
    manager, client = start_new_kernel(kernel_name=name)
    seconds = time.perf_counter() - began
    client.stop_channels()
    manager.shutdown_kernel(now=True)
    return seconds


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(DOCKKERNEL_HOME=f"{folder}/home", IPYTHONDIR=f"{folder}/ipython")
        taken: dict[str, list[float]] = {"python3": [], "dockkernel": []}
        for _ in range(STARTS):
            for name, seconds in taken.items():
                seconds.append(start(name))
        medians = {name: statistics.median(seconds) for name, seconds in taken.items()}
        print(f"start: {medians}, ratio {medians['dockkernel'] / medians['python3']:.2f} (allowed 1.25)")
        manager, client = start_new_kernel(kernel_name="dockkernel")
        client.execute_interactive("%%dockerfile -q -t web:1\nFROM scratch\nLABEL a=b", output_hook=lambda _: None)
        for cell in CELLS:
            times = []
            for _ in range(30):
                began = time.perf_counter()
                client.execute_interactive(cell, output_hook=lambda _: None)
                times.append(time.perf_counter() - began)
            print(f"{cell:<24} median {statistics.median(times) * 1000:.1f} ms, least {min(times) * 1000:.1f} ms")
        client.stop_channels()
        manager.shutdown_kernel(now=True)


if __name__ == "__main__":
    main()
