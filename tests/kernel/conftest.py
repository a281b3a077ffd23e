"""A kernel for all tests of this folder; each test has a store, a folder and an environment of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from kernel.harness import Harness


@pytest.fixture(scope="module")
def shared_kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Harness]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IPYTHONDIR", str(tmp_path_factory.mktemp("ipython")))
        harness = Harness()
        yield harness
        harness.close()


@pytest.fixture
def kernel(shared_kernel: Harness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Harness]:
    """The kernel in an empty notebook folder with an empty store."""
    folder = tmp_path / "notebook"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("DOCKKERNEL_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("DOCKKERNEL_CATALOG", raising=False)
    saved = dict(os.environ)
    shared_kernel.runner._engine = None
    shared_kernel.shell.user_ns_hidden.clear()
    yield shared_kernel
    if shared_kernel.runner._engine is not None:
        shared_kernel.runner._engine.close()
    for name in os.environ.keys() - saved.keys():
        del os.environ[name]
    os.environ.update(saved)
