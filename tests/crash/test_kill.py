"""A process is killed with SIGKILL in the middle of what pull, rm and collection do, at many points.

After each kill the store opens, holds the state before the interrupted command or the one after it, `index.json` is in
step with it, and every blob of every image is whole.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest
from crash.fuse import run
from support.houses import house, problems

from dockkernel.engine import journal
from dockkernel.engine.records import difference

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX's")]
KILLS = 25


def test_kills_at_many_points_leave_a_whole_store(tmp_path: Path) -> None:
    chance = random.Random(20240506)
    revision = 0
    for turn in range(KILLS):
        killed, _ = run("victim", tmp_path, turn, chance.randrange(1, 900))
        assert killed
        store = house(tmp_path)
        state = store.state()
        assert state.revision >= revision
        revision = state.revision
        assert problems(store) == []
        assert difference(journal.state_at(store.db, revision), state) == ()
        store.close()
    assert revision > KILLS, "the victims did something"


def test_what_killed_processes_left_can_be_collected(tmp_path: Path) -> None:
    for turn in range(6):
        run("victim", tmp_path, turn, 40 * turn + 7)
    store = house(tmp_path)
    store.reset()
    assert list(store.blobs.list()) == []
    assert list((tmp_path / "tmp").iterdir()) == []
    assert problems(store) == []
