"""Scripts whose output, exit code and files were recorded from real shells: busybox 1.35, dash 0.5.12, bash 5.2."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.shells import Case, read_cases, run

CASES = list(read_cases(Path(__file__).parent / "shell"))


def test_there_are_cases_of_every_shell() -> None:
    images = [case.image for case in CASES]
    assert {image: images.count(image) > 20 for image in sorted(set(images))} == {
        "bash": True,
        "busybox": True,
        "dash": True,
    }


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_as_in_a_real_shell(case: Case) -> None:
    assert run(case.image, case.script).text() == case.outcome
