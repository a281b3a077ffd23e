from __future__ import annotations

import contextlib

import pytest
from hypothesis import settings

settings.register_profile("untimed", deadline=None, max_examples=60)
settings.load_profile("untimed")


def pytest_addoption(parser: pytest.Parser) -> None:
    with contextlib.suppress(ValueError):
        parser.addoption("--update-golden", action="store_true", help="write the golden files anew")
