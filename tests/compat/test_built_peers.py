"""skopeo and umoci see of a built image what we see: config, history, every file."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from support.dockers import Docker, docker_in
from support.kits import Kit

from dockkernel.fs.node import Dir, File, Symlink
from dockkernel.testing.trees import data

pytestmark = pytest.mark.peer
DOCKERFILE = """\
FROM busybox
LABEL team=docs
WORKDIR /opt/app
COPY . .
RUN mkdir -p /srv/deep && echo 1 > /srv/deep/f && ln /srv/deep/f /srv/hard && ln -s deep/f /srv/soft
RUN rm -r /srv/deep && mkdir /srv/deep && echo 2 > /srv/deep/new && chmod 700 /srv/deep
RUN rm /etc/group
EXPOSE 80
CMD ["cat", "/srv/soft"]
"""


def run(*command: str) -> str:
    if shutil.which(command[0]) is None:
        reason = f"{command[0]} is not installed"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(params=["classic", "graph"])
def docker(tmp_path: Path, request: pytest.FixtureRequest) -> Docker:
    made = docker_in(tmp_path)
    made.write("a.txt", "alpha\n")
    made.write("sub/ünïcode " + "n" * 120, "long\n")
    if request.param == "graph":
        assert Kit(made)(DOCKERFILE).built is not None
    else:
        assert made.build(DOCKERFILE, "-t", "app").code == 0
    return made


def test_skopeo_reads_config_and_history(docker: Docker) -> None:
    found = json.loads(run("skopeo", "inspect", "--config", f"oci:{docker.home}:app:latest"))
    ours = docker.config("app")
    assert found["config"]["Cmd"] == ["cat", "/srv/soft"]
    assert found["config"]["WorkingDir"] == "/opt/app"
    assert found["config"]["ExposedPorts"] == {"80/tcp": {}}
    assert found["rootfs"]["diff_ids"] == [str(diff_id) for diff_id in ours.diff_ids]
    assert [row.get("created_by") for row in found["history"]] == [row.created_by for row in ours.history]
    assert sum(not row.get("empty_layer") for row in found["history"]) == len(ours.diff_ids)


def test_umoci_unpacks_the_same_files(docker: Docker, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle"
    run("umoci", "unpack", "--rootless", "--image", f"{docker.home}:app:latest", str(bundle))
    root = bundle / "rootfs"
    ours = dict(docker.files("app").walk())
    theirs = {os.fspath(path.relative_to(root)) for path in root.rglob("*")}
    assert theirs == ours.keys()
    for path, node in ours.items():
        found = root / path
        match node:
            case Dir():
                assert found.is_dir()
                assert not found.is_symlink()
            case Symlink(target=target):
                assert os.fspath(found.readlink()) == target
            case File(content=content, meta=meta):
                assert found.read_bytes() == data(content)
                assert found.stat().st_mode & 0o7777 == meta.mode
    assert (root / "srv/hard").read_text() == "1\n"
