"""A graph builder over a real store with a tiny busybox."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.dockers import docker_in
from support.kits import Kit


@pytest.fixture
def kit(tmp_path: Path) -> Kit:
    return Kit(docker_in(tmp_path))
