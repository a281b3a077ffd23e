from __future__ import annotations

from pathlib import Path

import pytest
from support.hubs import Hub
from transcripts.bases import write_catalog


@pytest.fixture(scope="session")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_catalog(tmp_path_factory.mktemp("catalog"))


@pytest.fixture
def hub(tmp_path: Path, catalog: Path) -> Hub:
    return Hub(tmp_path / "home", tmp_path / "cwd", catalog=catalog)
