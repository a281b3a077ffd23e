"""Binder's files: their install steps run in a clean folder, as an ordinary user, without Docker."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="Binder is Linux"),
]


def ordinary_user() -> dict[str, int]:
    """The user and group that a root process steps down to; nobody else needs to."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid}


def python_for(user: dict[str, int]) -> str:
    """A Python 3.11 or later that the user may run; root's own may lie where nobody else can look."""
    check = "import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))"
    for python in (sys.executable, "/usr/bin/python3"):
        try:
            if subprocess.run([python, "-c", check], capture_output=True, **user).returncode == 0:
                return python
        except OSError:
            continue
    if "CI" in os.environ:
        pytest.fail("no Python for an ordinary user: install python3-venv")
    pytest.skip("no Python for an ordinary user")


def pip_settings() -> dict[str, str]:
    """Where this machine's pip finds packages, as variables: the settings file may be root's alone."""
    listed = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True).stdout
    settings = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    for line in listed.splitlines():
        key, _, value = line.partition("=")
        if key.startswith("global."):
            settings.setdefault("PIP_" + key.removeprefix("global.").upper().replace("-", "_"), value.strip("'"))
    return settings


@pytest.fixture
def room() -> Iterator[Path]:
    """A folder that another user can be given: pytest closes its own whenever another run of it begins."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def test_what_repo2docker_does_gives_the_kernel(room: Path) -> None:
    clone, venv, home = room / "repo", room / "venv", room / "home"
    ignored = shutil.ignore_patterns(".git", ".venv", "__pycache__", ".*_cache", ".hypothesis", "node_modules")
    shutil.copytree(ROOT, clone, ignore=ignored)
    home.mkdir()
    user = ordinary_user()
    if user:
        for path in (room, *room.rglob("*")):
            shutil.chown(path, user["user"], user["group"])
    env = {"HOME": str(home), "PATH": f"{venv / 'bin'}:/usr/bin:/bin", "LANG": "C.UTF-8", **pip_settings()}

    def step(*command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, cwd=clone, env=env, capture_output=True, text=True, timeout=900, **user)

    made = step(python_for(user), "-m", "venv", str(venv))
    assert made.returncode == 0, made.stderr
    installed = step("python", "-m", "pip", "install", "--quiet", "-r", "binder/requirements.txt")
    if installed.returncode != 0 and "CI" not in os.environ and "Could not find a version" in installed.stderr:
        pytest.skip("no package index can be reached")
    assert installed.returncode == 0, installed.stdout + installed.stderr
    built = step("bash", "binder/postBuild")
    assert built.returncode == 0, built.stdout + built.stderr
    assert "REPOSITORY" in built.stdout
    assert not (venv / "bin" / "docker").exists(), "no Docker comes with it"
