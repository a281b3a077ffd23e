"""`--output`: the result as files of the host and as archives."""

from __future__ import annotations

import hashlib
import io
import json
import os
import stat
import tarfile
from pathlib import Path
from typing import Any

import pytest
from support.dockers import Docker

from dockkernel.build.buildkit.export import compressed
from dockkernel.store.compress import decompressor

TEXT = (
    "FROM busybox AS make\n"
    "RUN mkdir -p /out/sub && echo one > /out/sub/one && ln -s sub/one /out/link && chmod 750 /out/sub "
    "&& echo x > /out/run && chmod 4755 /out/run\n"
    "FROM scratch\nCOPY --from=make /out/ /\n"
)


def test_a_directory(docker: Docker) -> None:
    ran = docker.build(TEXT, "-o", "result")
    assert ran.code == 0, ran.err
    assert "exporting to client directory\n" in ran.err
    assert "copying files 6B done\n" in ran.err
    result = docker.cwd / "result"
    assert (result / "sub" / "one").read_text() == "one\n"
    assert (result / "link").readlink() == Path("sub/one")
    assert stat.S_IMODE((result / "sub").stat().st_mode) == 0o750
    assert stat.S_IMODE((result / "run").stat().st_mode) == 0o755
    assert docker("image", "ls", "-q").out.count("\n") == 1


def test_a_directory_keeps_what_else_is_in_it(docker: Docker) -> None:
    docker.write("result/mine", "kept")
    docker.write("result/run", "old")
    docker.write("result/link/inside", "a directory where a link comes")
    assert docker.build(TEXT, "-o", "type=local,dest=result").code == 0
    result = docker.cwd / "result"
    assert (result / "mine").read_text() == "kept"
    assert (result / "run").read_text() == "x\n"
    assert (result / "link").is_symlink()


def test_nothing_is_written_through_links(docker: Docker, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "one").write_text("safe")
    (docker.cwd / "result").mkdir()
    (docker.cwd / "result" / "sub").symlink_to(outside)
    (docker.cwd / "result" / "run").symlink_to(outside / "one")
    assert docker.build(TEXT, "-o", "result").code == 0
    assert (outside / "one").read_text() == "safe"
    assert sorted(path.name for path in outside.iterdir()) == ["one"]
    assert (docker.cwd / "result" / "sub" / "one").read_text() == "one\n"
    assert not (docker.cwd / "result" / "run").is_symlink()


def test_a_directory_for_the_platform(docker: Docker) -> None:
    assert docker.build(TEXT, "-o", "type=local,dest=result,platform-split=true").code == 0
    assert (docker.cwd / "result" / "linux_amd64" / "run").is_file()


def test_a_tar(docker: Docker) -> None:
    ran = docker.build(TEXT, "-o", "type=tar,dest=x.tar")
    assert "exporting to client tarball\n" in ran.err
    with tarfile.open(docker.cwd / "x.tar") as tar:
        names = {entry.name: entry for entry in tar}
        assert sorted(names) == ["link", "run", "sub", "sub/one"]
        assert names["run"].mode == 0o4755
        assert names["link"].linkname == "sub/one"


def test_a_tar_on_standard_output(docker: Docker) -> None:
    docker.build(TEXT, "-o", "type=tar,dest=x.tar")
    ran = docker.build(TEXT, "-o", "-")
    assert ran.out.encode("utf-8", "surrogateescape") == (docker.cwd / "x.tar").read_bytes()


def test_a_place_that_cannot_be_written(docker: Docker) -> None:
    docker.write("file", "x")
    ran = docker.build(TEXT, "-o", "file/result")
    assert ran.code == 1
    assert ran.err.endswith("not a directory\n")
    assert "ERROR: failed to solve: " in ran.err


def _read(path: Path) -> dict[str, bytes]:
    with tarfile.open(path) as tar:
        return {entry.name: tar.extractfile(entry).read() for entry in tar if entry.isfile()}  # type: ignore[union-attr]


def _blob(files: dict[str, bytes], descriptor: dict[str, Any]) -> bytes:
    algorithm, _, digest = descriptor["digest"].partition(":")
    data = files[f"blobs/{algorithm}/{digest}"]
    assert len(data) == descriptor["size"]
    assert hashlib.sha256(data).hexdigest() == digest
    return data


@pytest.mark.parametrize(
    ("compression", "ending"), [("", "tar+gzip"), ("uncompressed", "tar"), ("gzip", "tar+gzip"), ("zstd", "tar+zstd")]
)
def test_an_oci_archive(docker: Docker, compression: str, ending: str) -> None:
    docker.build(TEXT, "-t", "app")
    extra = f",compression={compression}" if compression else ""
    ran = docker.build(TEXT, "-t", "app:1", "-o", f"type=oci,dest=x.tar{extra}", "--metadata-file", "m.json")
    assert ran.code == 0, ran.err
    files = _read(docker.cwd / "x.tar")
    assert json.loads(files["oci-layout"]) == {"imageLayoutVersion": "1.0.0"}
    entry = json.loads(files["index.json"])["manifests"][0]
    assert entry["annotations"] == {
        "io.containerd.image.name": "docker.io/library/app:1",
        "org.opencontainers.image.ref.name": "1",
    }
    manifest = json.loads(_blob(files, entry))
    assert manifest["config"]["mediaType"] == "application/vnd.oci.image.config.v1+json"
    assert "sha256:" + hashlib.sha256(_blob(files, manifest["config"])).hexdigest() == docker.image("app").id
    (layer,) = manifest["layers"]
    assert layer["mediaType"] == f"application/vnd.oci.image.layer.v1.{ending}"
    packed = io.BytesIO(_blob(files, layer))
    plain = decompressor(packed, {"tar": None, "tar+gzip": "gzip", "tar+zstd": "zstd"}[ending]).read()
    assert f"sha256:{hashlib.sha256(plain).hexdigest()}" == docker.image("app").layers[0].diff_id
    meta = json.loads((docker.cwd / "m.json").read_text())
    assert meta["containerimage.digest"] == entry["digest"]
    assert "manifest.json" not in files
    assert f"exporting manifest {entry['digest']} done\n" in ran.err
    assert docker("image", "inspect", "app:1").code == 1


def test_a_docker_archive(docker: Docker) -> None:
    assert docker.build(TEXT, "-t", "app", "-t", "host:5000/a/b:2", "-o", "type=docker,dest=x.tar").code == 0
    files = _read(docker.cwd / "x.tar")
    (row,) = json.loads(files["manifest.json"])
    assert row["RepoTags"] == ["app:latest", "host:5000/a/b:2"]
    assert all(name in files for name in (row["Config"], *row["Layers"]))
    assert json.loads(files["repositories"]).keys() == {"app", "host:5000/a/b"}
    manifest = json.loads(_blob(files, json.loads(files["index.json"])["manifests"][0]))
    assert manifest["mediaType"] == "application/vnd.docker.distribution.manifest.v2+json"


def test_an_archive_is_the_same_each_time(docker: Docker) -> None:
    for name in ("a", "b"):
        assert docker.build(TEXT, "-o", f"type=oci,dest={name}.tar").code == 0
    assert (docker.cwd / "a.tar").read_bytes() == (docker.cwd / "b.tar").read_bytes()


def test_a_layout_as_a_directory(docker: Docker) -> None:
    ran = docker.build(TEXT, "-o", "type=oci,dest=layout,tar=false")
    assert ran.code == 0, ran.err
    assert json.loads((docker.cwd / "layout" / "index.json").read_text())["manifests"]
    assert len(list((docker.cwd / "layout" / "blobs" / "sha256").iterdir())) == 3


def test_annotations_of_an_archive(docker: Docker) -> None:
    output = "type=oci,dest=x.tar,annotation.org.opencontainers.image.title=Hello"
    assert docker.build(TEXT, "-o", output, "--annotation", "a=1", "--annotation", "index:b=2").code == 0
    files = _read(docker.cwd / "x.tar")
    manifest = json.loads(_blob(files, json.loads(files["index.json"])["manifests"][0]))
    assert manifest["annotations"] == {"a": "1", "org.opencontainers.image.title": "Hello"}


def test_several_outputs(docker: Docker) -> None:
    assert docker.build(TEXT, "-t", "app", "-o", "result", "--load").code == 0
    assert (docker.cwd / "result" / "run").is_file()
    assert docker.image("app")


def test_no_such_compression(docker: Docker) -> None:
    ran = docker.build(TEXT, "-o", "type=oci,dest=x.tar,compression=estargz")
    assert ran.err.endswith('ERROR: failed to solve: unsupported layer compression type: "estargz"\n')


def test_compressing_a_long_stream() -> None:
    data = os.urandom(3 << 20) + bytes(5 << 20)
    assert decompressor(compressed(io.BytesIO(data), "gzip"), "gzip").read() == data


def test_a_failed_output_leaves_what_was_there(docker: Docker) -> None:
    docker.write("x.tar", "old")
    ran = docker.build(TEXT, "-o", "type=oci,dest=x.tar,compression=no")
    assert ran.code == 1
    assert (docker.cwd / "x.tar").read_text() == "old"
    assert not [path for path in docker.cwd.iterdir() if path.name.startswith(".")]
