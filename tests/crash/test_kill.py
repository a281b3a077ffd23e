"""A process is killed with SIGKILL in the middle of what pull, rm and collection do, at many points.

After each kill the store opens, holds the state before the interrupted command or the one after it, `index.json` is in
step with it, and every blob of every image is whole.
"""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.houses import house, problems

from dockkernel.engine import journal
from dockkernel.engine.records import difference

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX's")
TESTS = Path(__file__).parents[1]
KILLS = 30


def _victim(home: Path, seed: int) -> subprocess.Popen[bytes]:
    """A process that works on the store until it is killed; it says a line when it begins."""
    command = [sys.executable, "-m", "crash.victim", str(home), str(seed)]
    process = subprocess.Popen(command, cwd=TESTS, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"working\n"
    return process


def _kill(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


@pytest.mark.slow
def test_kills_at_many_points_leave_a_whole_store(tmp_path: Path) -> None:
    chance = random.Random(20240506)
    revision = 0
    for turn in range(KILLS):
        process = _victim(tmp_path, turn)
        time.sleep(chance.uniform(0, 0.15))
        assert process.poll() is None, "the victim must be killed, not end by itself"
        _kill(process)
        store = house(tmp_path)
        state = store.state()
        assert state.revision >= revision
        revision = state.revision
        assert problems(store) == []
        assert difference(journal.state_at(store.db, revision), state) == ()
        store.close()
    assert revision > KILLS, "the victims did something"


@pytest.mark.slow
def test_what_killed_processes_left_can_be_collected(tmp_path: Path) -> None:
    for turn in range(6):
        process = _victim(tmp_path, turn)
        time.sleep(0.03 * turn)
        _kill(process)
    store = house(tmp_path)
    store.reset()
    assert list(store.blobs.list()) == []
    assert list((tmp_path / "tmp").iterdir()) == []
    assert problems(store) == []
