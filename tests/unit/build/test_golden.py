"""Each folder below tests/golden/build is a build: a Dockerfile, perhaps a context and options, and what comes of it.

Run with --update-golden (naming this folder) to write the expectations anew, then read the difference.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from support.dockers import Docker, Ran
from support.looks import entry

CASES = sorted(path.parent for path in (Path(__file__).parents[2] / "golden/build").glob("*/Dockerfile"))


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_build_gives_what_its_folder_says(case: Path, docker: Docker, request: pytest.FixtureRequest) -> None:
    options = case / "options.json"
    found = built(case, docker, json.loads(options.read_text()) if options.exists() else [])
    text = json.dumps(found, indent=1, ensure_ascii=False) + "\n"
    if request.config.getoption("--update-golden", default=False):
        (case / "expect.json").write_text(text, encoding="utf-8")
    assert json.loads((case / "expect.json").read_text(encoding="utf-8")) == json.loads(text)


def built(case: Path, docker: Docker, options: list[str]) -> dict[str, Any]:
    """What the build printed, and of its image the config, the history and what each layer holds."""
    context = case / "context"
    if context.exists():
        shutil.copytree(context, docker.cwd, symlinks=True, dirs_exist_ok=True)
    shutil.copy(case / "Dockerfile", docker.cwd / "Dockerfile")
    for path in [docker.cwd, *docker.cwd.rglob("*")]:
        if not path.is_symlink():
            # A checkout's modes follow the umask of whoever made it.
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
    ran = docker("build", "-t", "golden", *options, ".")
    found: dict[str, Any] = {"code": ran.code, "error": ran.err.partition("\n\n")[2], "steps": steps(ran)}
    if ran.code:
        return found
    config = docker.inspect("golden")["Config"]
    found["config"] = {name: value for name, value in config.items() if value and name != "Image"}
    rows = docker.config("golden").history[1:]
    found["history"] = [f"{'-' if row.empty_layer else '+'} {plain(row.created_by)}" for row in rows]
    found["layers"] = [[entry(change) for change in docker.layer("golden", n)] for n in added(docker)]
    return found


def added(docker: Docker) -> range:
    below = len(docker.image("busybox").layers)
    image = docker.image("golden")
    first = below if image.layers[:below] == docker.image("busybox").layers else 0
    return range(first, len(image.layers))


def steps(ran: Ran) -> list[str]:
    """What is printed, without ids and the size of the context."""
    lines = re.sub(r"\x1b\[\d+m", "", ran.out).replace("\r", "").splitlines()[1:]
    return [re.sub(r"\b[0-9a-f]{12}\b", "ID", line) for line in lines]


def plain(text: str) -> str:
    """A history line without the digests of files, whose times of packing they do not show."""
    return re.sub(r"\b(file|dir|multi):[0-9a-f]{64}", r"\1:…", text)
