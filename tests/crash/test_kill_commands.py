"""SIGKILL in the middle of real pulls, builds and removals: each is done or not begun, and what is there is whole."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from crash.fuse import run
from support.houses import house, problems

from dockkernel.engine.state import State
from dockkernel.oci.digest import Digest
from dockkernel.oci.reference import Reference

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX's")]
KILLS = 14
PULLED = {"busybox:latest": 1}
BUILT = {**PULLED, "app:latest": 4}
BETWEEN = [{}, PULLED, BUILT, {**BUILT, "alias:latest": 4}, {**PULLED, "alias:latest": 4}]
"""What there can be between two commands: names, and of how many layers."""


def _layers(state: State) -> dict[str, int]:
    return {Reference.parse(name).familiar(): len(state.images[i].layers) for name, i in state.tags.items()}


@pytest.mark.parametrize("builder", ["classic", "graph"])
def test_each_command_is_done_or_not_begun(tmp_path: Path, builder: str) -> None:
    killed, printed = run("user", tmp_path / "home", 0, builder)
    assert not killed
    points = int(printed)
    seen: set[str] = set()
    for turn in range(KILLS):
        assert run("user", tmp_path / "home", 1 + turn * points // KILLS, builder)[0]
        store = house(tmp_path / "home")
        state = store.state()
        assert problems(store) == []
        names = _layers(state)
        assert names in BETWEEN
        if builder == "classic":
            # The steps of a build are images too, from its first to its last or not at all.
            assert len(state.images) == (4 if len(set(names) - set(PULLED)) else len(names))
        else:
            assert set(state.images) == set(state.tags.values())
            cached = [value["Diff"] for value in state.build_cache.values() if "Diff" in value]
            assert [one for one in cached if store.blobs.size(Digest.parse(one)) is None] == []
        seen.add(str(names))
        store.close()
    assert len(seen) > 2, "the kills fell into several commands"
