"""Every lesson runs as it is, on a fresh store, and prints what it was saved with (nbval)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
LESSONS = sorted((HERE.parents[1] / "notebooks").glob("*/*.ipynb"))


@pytest.mark.slow
@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_lesson(lesson: Path, tmp_path: Path) -> None:
    room = tmp_path / "room"
    room.mkdir()
    shutil.copy(lesson, room)
    env = {**os.environ, "DOCKKERNEL_HOME": str(tmp_path / "store"), "DOCKKERNEL_PROGRESS": "off"}
    env.pop("DOCKKERNEL_CATALOG", None)
    options = ["--nbval", "--nbval-sanitize-with", str(HERE / "sanitize.cfg"), "--nbval-cell-timeout", "120"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options, lesson.name],
        cwd=room,
        env=env,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


def test_both_languages_have_the_same_commands() -> None:
    import nbformat

    by_name: dict[str, list[list[str]]] = {}
    for lesson in LESSONS:
        notebook = nbformat.read(lesson, as_version=4)
        code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
        by_name.setdefault(lesson.name, []).append(code)
    assert by_name
    for versions in by_name.values():
        assert len(versions) == 2
        assert versions[0] == versions[1]


def test_lessons_are_saved_whole_and_small() -> None:
    for lesson in LESSONS:
        text = lesson.read_text(encoding="utf-8")
        assert lesson.stat().st_size < 1_000_000
        assert "\\u001b[2K" not in text
        assert "loading widget" not in text.lower()
