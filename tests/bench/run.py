"""All benchmarks as one table: `make bench`, or `python tests/bench/run.py [PART…]` for those whose names hold a part.

Each file runs in a process of its own, so that none finds what another has warmed up.
"""

from __future__ import annotations

import importlib
import multiprocessing
import sys
import tempfile
from pathlib import Path
from queue import SimpleQueue

from figures import Figure

HERE = Path(__file__).parent

ROW = "{:<52} {:>9} {:>10} {:>10} {:<5} {}"


def row(figure: Figure) -> str:
    """One line of the table."""
    target = "" if figure.target is None else f"{figure.target:g}"
    cpu = "" if figure.cpu is None else f"{figure.cpu:.2f}"
    missed = figure.target is not None and figure.median > figure.target
    verdict = "above" if missed else ""
    if missed and figure.cpu is not None and figure.target is not None and figure.cpu <= figure.target:
        verdict = "above (CPU time is not: a busy machine?)"
    return ROW.format(figure.name, target, f"{figure.median:.2f}", cpu, figure.unit, verdict).rstrip()


def measure(name: str, found: SimpleQueue[Figure | None]) -> None:
    """Sends a benchmark's figures, then None."""
    try:
        with tempfile.TemporaryDirectory() as folder:
            for figure in importlib.import_module(name).figures(Path(folder)):
                found.put(figure)
    finally:
        found.put(None)


def main(parts: list[str]) -> None:
    """Prints the table line by line as the figures come."""
    context = multiprocessing.get_context("spawn")
    # A process that is spawned gets this path too.
    sys.path.insert(0, str(HERE.parent))
    print(ROW.format("", "at most", "median", "CPU", "", "").rstrip())
    for path in sorted(HERE.glob("bench_*.py")):
        if parts and not any(part in path.stem for part in parts):
            continue
        found = context.SimpleQueue()
        process = context.Process(target=measure, args=(path.stem, found))
        process.start()
        while (figure := found.get()) is not None:
            print(row(figure), flush=True)
        process.join()


if __name__ == "__main__":
    main(sys.argv[1:])
