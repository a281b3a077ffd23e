"""SIGKILL in the middle of real pulls, builds and removals: each is done or not begun, and what is there is whole."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.houses import house, problems

from dockkernel.engine.state import State
from dockkernel.oci.reference import Reference

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX's")]
TESTS = Path(__file__).parents[1]
KILLS = 12
PULLED = {"busybox:latest": 1}
BUILT = {"busybox:latest": 1, "app:latest": 4}
WHOLE: list[dict[str, int]] = [
    {}, PULLED, BUILT, {**BUILT, "alias:latest": 4}, {"busybox:latest": 1, "alias:latest": 4},
]  # fmt: skip
"""What there can be between two commands: names, and of how many layers."""


def _layers(state: State) -> dict[str, int]:
    return {Reference.parse(name).familiar(): len(state.images[i].layers) for name, i in state.tags.items()}


def test_each_command_is_done_or_not_begun(tmp_path: Path) -> None:
    chance = random.Random(7)
    seen: list[dict[str, int]] = []
    for _ in range(KILLS):
        process = subprocess.Popen(
            [sys.executable, "-m", "crash.user", str(tmp_path / "home")], cwd=TESTS, stdout=subprocess.PIPE
        )
        assert process.stdout is not None
        assert process.stdout.readline() == b"working\n"
        time.sleep(chance.uniform(0, 0.4))
        assert process.poll() is None
        process.kill()
        process.wait()
        process.stdout.close()
        store = house(tmp_path / "home")
        state = store.state()
        assert problems(store) == []
        assert _layers(state) in WHOLE
        # The steps of a build are images too, from its first to its last or not at all.
        assert len(state.images) == (4 if "alias" in str(state.tags) or "app" in str(state.tags) else len(state.tags))
        seen.append(_layers(state))
        store.close()
    assert len({str(names) for names in seen}) > 1, "the kills fell into different commands"
