"""Transcripts of a real Docker daemon, replayed in a terminal against the embedded engine: text, streams, exit codes."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from transcripts.bases import HERE, write_catalog
from transcripts.compare import Pairs, is_ordered, is_progress, progress, without_machine

RECORDED = sorted((HERE / "data").glob("*.json"))
pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="the recorded steps are bash command lines")


@pytest.fixture(scope="session")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_catalog(tmp_path_factory.mktemp("catalog"))


class Terminal:
    """An empty folder, an empty store and a `docker` on PATH."""

    def __init__(self, folder: Path, catalog: Path, buildkit: str) -> None:
        self.cwd = folder / "cwd"
        self.cwd.mkdir()
        shim = folder / "bin" / "docker"
        shim.parent.mkdir()
        shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m dockkernel docker "$@"\n')
        shim.chmod(shim.stat().st_mode | stat.S_IXUSR)
        places = {"DOCKKERNEL_HOME": str(folder / "home"), "DOCKKERNEL_CATALOG": str(catalog)}
        locale = {"LANG": "C.UTF-8", "TZ": "UTC", "DOCKER_BUILDKIT": buildkit}
        self.env = {**os.environ, **places, **locale, "PATH": f"{shim.parent}{os.pathsep}{os.environ['PATH']}"}
        self.env.pop("DOCKER_HOST", None)

    def run(self, line: str) -> tuple[str, str, int]:
        done = subprocess.run(
            ["bash", "-c", line], stdin=subprocess.DEVNULL, capture_output=True, env=self.env, cwd=self.cwd, timeout=120
        )
        return done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace"), done.returncode


@pytest.mark.slow
@pytest.mark.parametrize("recorded", RECORDED, ids=lambda path: path.stem)
def test_transcript(recorded: Path, catalog: Path, tmp_path: Path) -> None:
    transcript = json.loads(recorded.read_text(encoding="utf-8"))
    terminal = Terminal(tmp_path, catalog, transcript["oracle"]["env"].get("DOCKER_BUILDKIT", "0"))
    setup, pairs = transcript["setup"], Pairs()
    for name, body in setup.get("files", {}).items():
        (terminal.cwd / name).parent.mkdir(parents=True, exist_ok=True)
        (terminal.cwd / name).write_text(body, encoding="utf-8")
    for command in [*setup.get("pulled_by", []), *setup.get("commands", [])]:
        terminal.run(command if isinstance(command, str) else command["cmd"])
    for step in transcript["steps"]:
        out, err, code = terminal.run(step["cmd"])
        if step.get("volatile"):
            continue
        ordered = is_ordered(step["cmd"])
        if is_progress(step["stderr"]):
            agrees = code == step["rc"] and progress(step["stderr"]) == progress(err)
        else:
            agrees = (
                code == step["rc"]
                and pairs.same(without_machine(step["stdout"]), without_machine(out), ordered=ordered)
                and pairs.same(step["stderr"], err, ordered=ordered)
            )
        assert agrees, (
            f"$ {step['cmd']}\nrecorded, exit code {step['rc']}:\n{step['stdout']}{step['stderr']}\n"
            f"ours, exit code {code}:\n{out}{err}"
        )
