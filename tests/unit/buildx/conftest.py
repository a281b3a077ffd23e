"""A docker whose builds are BuildKit's, and quick: its clock moves a tenth of a millisecond at each look."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.dockers import Docker, docker_in


class Quick:
    now = 1_700_000_000 * 10**9

    def now_ns(self) -> int:
        self.now += 10**5
        return self.now


@pytest.fixture
def docker(tmp_path: Path) -> Docker:
    made = docker_in(tmp_path)
    made.env["DOCKER_BUILDKIT"] = "1"
    made.engine.clock = Quick()
    return made
