"""skopeo reads what `docker save` writes, and `docker load` reads what skopeo writes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from support.dockers import Docker, docker_in

pytestmark = pytest.mark.peer
TEXT = 'FROM busybox\nRUN mkdir /d && echo 1 > /d/f && ln /d/f /d/g\nRUN rm /d/f\nLABEL a=b\nCMD ["cat"]\n'


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
    assert made.build(TEXT, "-t", "app:1").code == 0
    assert made("tag", "busybox", "app:2").code == 0
    assert made("save", "-o", "x.tar", "app").code == 0
    return made


@pytest.mark.parametrize("place", ["docker-archive:{}:app:1", "oci-archive:{}:1"])
def test_skopeo_reads_it(docker: Docker, place: str) -> None:
    place = place.format(docker.cwd / "x.tar")
    config, ours = json.loads(skopeo("inspect", "--config", place)), docker.config("app:1")
    assert config["rootfs"]["diff_ids"] == [str(diff_id) for diff_id in ours.diff_ids]
    assert config["config"]["Labels"] == {"a": "b"}
    # Copying reads and checks every blob.
    skopeo("copy", place, f"dir:{docker.cwd / 'copy'}")


def test_skopeo_finds_the_names(docker: Docker) -> None:
    assert json.loads(skopeo("list-tags", f"docker-archive:{docker.cwd / 'x.tar'}"))["Tags"] == ["app:1", "app:2"]


def test_a_docker_archive_of_skopeo_is_loaded(docker: Docker) -> None:
    before = docker.image("app:1")
    skopeo("copy", f"docker-archive:{docker.cwd / 'x.tar'}:app:1", f"docker-archive:{docker.cwd / 'y.tar'}:again:1")
    other = docker_in(docker.cwd / "other")
    assert other("load", "-i", str(docker.cwd / "y.tar")).out == "Loaded image: again:1\n"
    found = other.image("again:1")
    assert (found.id, found.layers) == (before.id, before.layers)
    assert other.read("again:1", "d/g") == "1\n"
    assert other.files("again:1").get("d/f") is None


@pytest.mark.parametrize("options", [(), ("--dest-compress-format", "zstd")])
def test_an_oci_archive_of_skopeo_is_loaded(docker: Docker, options: tuple[str, ...]) -> None:
    source = f"docker-archive:{docker.cwd / 'x.tar'}:app:1"
    skopeo("copy", *options, source, f"oci-archive:{docker.cwd / 'y.tar'}:again:2")
    other = docker_in(docker.cwd / "other")
    assert other("load", "-i", str(docker.cwd / "y.tar")).out == "Loaded image: again:2\n"
    assert [one.size for one in other.image("again:2").layers] == [one.size for one in docker.image("app:1").layers]
    assert other.read("again:2", "d/g") == "1\n"


def test_a_build_that_leaves_as_an_archive_is_loaded(docker: Docker) -> None:
    docker.env["DOCKER_BUILDKIT"] = "1"
    for kind in ("docker", "oci"):
        ran = docker.build(TEXT, "-t", f"left:{kind}", "-o", f"type={kind},dest={kind}.tar")
        assert ran.code == 0, ran.err
        assert docker("load", "-i", f"{kind}.tar").out == f"Loaded image: left:{kind}\n"
        assert docker.read(f"left:{kind}", "d/g") == "1\n"
