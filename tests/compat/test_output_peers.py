"""skopeo reads what `docker buildx build --output` writes: config, history, layers, names."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from support.dockers import Docker, docker_in

pytestmark = pytest.mark.peer
TEXT = 'FROM busybox\nRUN mkdir /d && echo 1 > /d/f && ln /d/f /d/g\nCOPY a.txt /x/\nLABEL a=b\nCMD ["cat"]\n'


def skopeo(*arguments: str) -> str:
    if shutil.which("skopeo") is None:
        reason = "skopeo is not installed"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    done = subprocess.run(["skopeo", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def docker(tmp_path: Path) -> Docker:
    made = docker_in(tmp_path)
    made.env["DOCKER_BUILDKIT"] = "1"
    assert made.build(TEXT, "-t", "app:1", **{"a.txt": "alpha\n"}).code == 0
    return made


@pytest.mark.parametrize("compression", ["gzip", "zstd", "uncompressed"])
def test_an_oci_archive(docker: Docker, compression: str) -> None:
    ran = docker.build(TEXT, "-t", "app:1", "-o", f"type=oci,dest=x.tar,compression={compression}")
    assert ran.code == 0, ran.err
    place = f"oci-archive:{docker.cwd / 'x.tar'}:1"
    config = json.loads(skopeo("inspect", "--config", place))
    ours = docker.config("app:1")
    assert config["rootfs"]["diff_ids"] == [str(diff_id) for diff_id in ours.diff_ids]
    assert config["config"]["Labels"] == {"a": "b"}
    assert [row["created_by"] for row in config["history"]] == [row.created_by for row in ours.history]
    # Copying reads and checks every blob.
    skopeo("copy", place, f"dir:{docker.cwd / 'copy'}")


def test_a_docker_archive(docker: Docker) -> None:
    assert docker.build(TEXT, "-t", "app:1", "-o", "type=docker,dest=x.tar").code == 0
    place = f"docker-archive:{docker.cwd / 'x.tar'}"
    assert skopeo("list-tags", place)
    assert json.loads(skopeo("inspect", "--config", f"{place}:app:1"))["config"]["Cmd"] == ["cat"]
    skopeo("copy", f"{place}:app:1", f"dir:{docker.cwd / 'copy'}")


def test_a_layout_in_a_directory(docker: Docker) -> None:
    assert docker.build(TEXT, "-t", "app:1", "-o", "type=oci,dest=layout,tar=false").code == 0
    skopeo("copy", f"oci:{docker.cwd / 'layout'}:1", f"dir:{docker.cwd / 'copy'}")
