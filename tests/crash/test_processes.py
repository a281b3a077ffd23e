"""Several processes work on one store at the same time: no transaction is lost, no image loses a blob."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from support.houses import house, problems

from dockkernel.engine import journal

TESTS = Path(__file__).parents[1]


def test_no_transaction_of_several_processes_is_lost(tmp_path: Path) -> None:
    workers, turns = 4, 12
    command = [sys.executable, "-m", "crash.worker", str(tmp_path)]
    running = [subprocess.Popen([*command, str(n), str(turns)], cwd=TESTS) for n in range(workers)]
    assert [process.wait() for process in running] == [0] * workers
    store = house(tmp_path)
    state = store.state()
    kept = {f"docker.io/library/w{n}:{turn}" for n in range(workers) for turn in range(turns) if turn % 3}
    assert set(state.tags) == kept
    numbers = [revision.number for revision in journal.revisions(store.db)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) == workers * (turns + turns // 3)
    assert problems(store) == []
