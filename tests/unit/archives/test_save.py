"""`docker save`: which images and names, what lies in the archive, and where it may go."""

from __future__ import annotations

import io
import json
import os
import tarfile
from pathlib import Path
from typing import Any

import pytest
from support.dockers import Docker, docker_in

from dockkernel.commands.events import Recorder
from dockkernel.commands.run import execute
from dockkernel.commands.session import Session
from dockkernel.oci.digest import Digest

TEXT = 'FROM busybox\nRUN echo 1 > /f\nRUN echo 2 > /g\nLABEL a="<b>"\nCMD ["cat"]\n'


@pytest.fixture
def docker(tmp_path: Path) -> Docker:
    made = docker_in(tmp_path)
    assert made.build(TEXT, "-t", "app:1").code == 0
    return made


def saved(docker: Docker, *names: str) -> dict[str, bytes]:
    ran = docker("save", "-o", "x.tar", *names)
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    with tarfile.open(docker.cwd / "x.tar") as tar:
        return {one.name: found.read() for one in tar if (found := tar.extractfile(one))}


def rows(docker: Docker, *names: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(saved(docker, *names)["manifest.json"])
    return found


def blob(digest: str) -> str:
    return f"blobs/{digest.replace(':', '/')}"


def test_every_blob_is_what_its_name_says(docker: Docker) -> None:
    for name, data in saved(docker, "app:1").items():
        if name.startswith("blobs/"):
            assert name == blob(str(Digest.of(data)))


def test_the_documents(docker: Docker) -> None:
    files, config = saved(docker, "app:1"), docker.config("app:1")
    layers = [blob(str(diff_id)) for diff_id in config.diff_ids]
    (row,) = json.loads(files["manifest.json"])
    assert list(row) == ["Config", "RepoTags", "Layers", "LayerSources"]
    assert (row["Config"], row["RepoTags"], row["Layers"]) == (blob(str(config.id)), ["app:1"], layers)
    assert list(row["LayerSources"]) == sorted(str(diff_id) for diff_id in config.diff_ids)
    for digest, source in row["LayerSources"].items():
        size = len(files[blob(digest)])
        media_type = "application/vnd.oci.image.layer.v1.tar"
        assert list(source.items()) == [("mediaType", media_type), ("size", size), ("digest", digest)]
    assert files["repositories"] == b'{"app":{"1":"%s"}}\n' % config.diff_ids[-1].hex.encode()
    assert files["oci-layout"] == b'{"imageLayoutVersion": "1.0.0"}'
    (entry,) = json.loads(files["index.json"])["manifests"]
    assert entry["annotations"] == {
        "io.containerd.image.name": "docker.io/library/app:1",
        "org.opencontainers.image.ref.name": "1",
    }
    manifest = json.loads(files[blob(entry["digest"])])
    assert [blob(layer["digest"]) for layer in manifest["layers"]] == layers
    assert files["manifest.json"].endswith(b"\n")
    assert not files["index.json"].endswith(b"\n")


def test_the_old_configs_are_a_chain_to_the_top(docker: Docker) -> None:
    config = docker.config("app:1")
    old = [json.loads(data) for data in saved(docker, "app:1").values() if data.startswith(b'{"id":')]
    by_parent = {one.get("parent"): one for one in old}
    assert len(old) == len(config.diff_ids) == 3
    base = by_parent[None]
    assert (base["created"], base["os"]) == ("1970-01-01T00:00:00Z", "linux")
    assert "config" not in base
    top = by_parent[by_parent[base["id"]]["id"]]
    assert (top["created"], top["config"]["Cmd"], top["architecture"]) == (config.created, ["cat"], "amd64")


def test_order_modes_and_times(docker: Docker) -> None:
    saved(docker, "app:1")
    with tarfile.open(docker.cwd / "x.tar") as tar:
        members = tar.getmembers()
    assert [one.name for one in members] == sorted(one.name for one in members)
    assert {(one.isdir(), one.mode, one.uid, one.uname) for one in members} == {
        (True, 0o755, 0, ""),
        (False, 0o644, 0, ""),
    }
    times = {one.name: one.mtime for one in members}
    assert times["manifest.json"] == times["index.json"] == times["blobs/sha256"] == 0
    assert times[blob(docker.image("app:1").id)] == times["blobs"] > 0


def test_equal_images_give_equal_bytes(docker: Docker) -> None:
    docker("save", "-o", "1.tar", "app:1")
    docker("save", "-o", "2.tar", "app:1")
    standard = docker_raw(docker, "save", "app:1")
    assert (docker.cwd / "1.tar").read_bytes() == (docker.cwd / "2.tar").read_bytes() == standard


def docker_raw(docker: Docker, *argv: str) -> bytes:
    recorder = Recorder()
    assert execute(Session(docker.engine, recorder, docker.cwd, docker.env), argv) == 0
    return b"".join(one.data for one in recorder.events if isinstance(getattr(one, "data", None), bytes))


def test_names_of_all_kinds(docker: Docker) -> None:
    docker("tag", "app:1", "app:2")
    docker("tag", "busybox", "app:3")
    docker("tag", "app:1", "reg.example:5000/team/app:x")
    image_id = docker.image("app:1").id
    assert [row["RepoTags"] for row in rows(docker, "app")] == [["app:1", "app:2"], ["app:3"]]
    assert [row["RepoTags"] for row in rows(docker, "busybox", "app:2", "busybox:latest", "app:1")] == [
        ["busybox:latest"],
        ["app:2", "app:1"],
    ]
    for one in (image_id, image_id[7:], image_id[7:19], f"sha256:{image_id[7:19]}"):
        assert [row["RepoTags"] for row in rows(docker, one)] == [None]
        assert "repositories" not in saved(docker, one)
    assert [row["RepoTags"] for row in rows(docker, image_id, "app:1")] == [["app:1"]]
    assert json.loads(saved(docker, "reg.example:5000/team/app:x")["repositories"]).keys() == {
        "reg.example:5000/team/app"
    }


def test_a_parent_that_is_saved_too_is_named(docker: Docker) -> None:
    parent = docker.image("app:1").parent
    top, below = rows(docker, "app:1", parent)
    assert (top["Parent"], below.get("Parent")) == (parent, None)
    assert list(top) == ["Config", "RepoTags", "Layers", "Parent", "LayerSources"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nope", "No such image: nope"),
        ("nope:1", "reference does not exist"),
        ("0123456789ab", "No such image: 0123456789ab"),
        ("sha256:0123", "No such image: sha256:0123"),
        ("Nope", "invalid reference format: repository name (library/Nope) must be lowercase"),
    ],
)
def test_what_is_not_there(docker: Docker, name: str, message: str) -> None:
    ran = docker("save", "-o", "y.tar", "app:1", name)
    assert (ran.code, ran.err) == (1, f"Error response from daemon: {message}\n")
    assert not (docker.cwd / "y.tar").exists()


def test_where_it_may_go(docker: Docker) -> None:
    (docker.cwd / "folder").mkdir()
    (docker.cwd / "file").write_text("old")

    def problem(output: str) -> str:
        ran = docker("save", "-o", output, "app:1")
        assert ran.code == 1
        return ran.err.removeprefix("failed to save image: ").rstrip("\n")

    assert problem("nodir/x") == "invalid output path: stat nodir: no such file or directory"
    assert problem("file/x") == "invalid output path: stat file: not a directory"
    assert problem("folder") == "cannot write to a directory"
    assert docker("save", "-o", "file", "app:1").code == 0
    assert tarfile.is_tarfile(docker.cwd / "file")


@pytest.mark.skipif(os.name == "nt", reason="Windows has neither these modes nor links for everybody")
def test_the_file_is_the_users_own_and_no_link_is_written_through(docker: Docker) -> None:
    docker("save", "-o", "x.tar", "app:1")
    assert (docker.cwd / "x.tar").stat().st_mode & 0o777 == 0o600
    (docker.cwd / "link").symlink_to("x.tar")
    ran = docker("save", "-o", "link", "app:1")
    assert ran.err == "failed to save image: cannot write to a symbolic link directly\n"


@pytest.mark.parametrize("looked_at", [{"stdout_tty": True}, {"live": True}], ids=["terminal", "cell"])
def test_no_archive_where_somebody_reads(docker: Docker, looked_at: dict[str, bool]) -> None:
    recorder = Recorder()
    session = Session(docker.engine, recorder, docker.cwd, docker.env, io.BytesIO(), **looked_at)
    assert execute(session, ["save", "app:1"]) == 1
    assert recorder.stderr == "cowardly refusing to save to a terminal. Use the -o flag or redirect\n"


def test_an_image_without_layers(docker: Docker) -> None:
    assert docker.build("FROM scratch\nLABEL a=b\n", "-t", "none:1").code == 0
    ran = docker("save", "-o", "y.tar", "none:1")
    assert (ran.code, ran.err) == (1, "Error response from daemon: empty export - not implemented\n")
    assert not (docker.cwd / "y.tar").exists()
