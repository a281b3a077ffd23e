from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.dockers import Docker, docker_in


@pytest.fixture
def docker(tmp_path: Path) -> Iterator[Docker]:
    made = docker_in(tmp_path)
    yield made
    made.engine.close()
