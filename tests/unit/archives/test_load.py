"""`docker load`: what is printed, what is in the store afterwards, and archives that change nothing."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
from pathlib import Path
from typing import Any

import pytest
import zstandard
from support.crafted import archive, config, image_id, layer, tar
from support.dockers import Docker, Ran, docker_in

from dockkernel.commands.events import Progress, Recorder
from dockkernel.commands.run import execute
from dockkernel.commands.session import Session
from dockkernel.oci.digest import Digest

ONE, TWO = layer(f=b"one"), layer(g=b"two!")
RAW = config(ONE, TWO)
COMPRESSORS = {
    "gzip": gzip.compress, "bzip2": bz2.compress, "xz": lzma.compress, "zstd": zstandard.ZstdCompressor().compress,
}  # fmt: skip


@pytest.fixture
def docker(tmp_path: Path) -> Docker:
    return docker_in(tmp_path)


def loaded(docker: Docker, files: dict[str, bytes], links: dict[str, str] | None = None) -> Ran:
    return docker("load", stdin=tar(files, links))


def test_what_was_saved_comes_back(docker: Docker) -> None:
    docker.build("FROM busybox\nRUN echo 1 > /f\n", "-t", "app:1")
    docker("tag", "app:1", "app:2")
    before = docker.image("app:1")
    assert docker("save", "-o", "x.tar", "app:1", "app:2", "busybox").code == 0
    assert docker("load", "-i", "x.tar").out == "".join(
        f"Loaded image: {name}\n" for name in ("app:1", "app:2", "busybox:latest")
    )
    docker("image", "rm", "app:1", "app:2", "busybox")
    assert docker("load", "-i", "x.tar").code == 0
    assert docker.image("app:2").layers == before.layers
    assert docker.read("app:1", "f") == "1\n"
    assert docker("image", "prune", "-f").out == "Total reclaimed space: 0B\n"
    assert docker("run", "--rm", "app:1", "cat", "/f").out == "1\n"


def test_a_parent_of_the_archive_is_one_again(docker: Docker) -> None:
    docker.build("FROM busybox\nRUN echo 1 > /f\nLABEL a=b\n", "-t", "app:1")
    parent = docker.image("app:1").parent
    docker("save", "-o", "x.tar", "app:1", parent)
    docker("image", "rm", "app:1")
    assert docker("load", "-i", "x.tar").code == 0
    assert (docker.image("app:1").parent, docker.image(parent).parent) == (parent, "")


def test_a_parent_that_is_none(docker: Docker) -> None:
    other = config(ONE, history=[{"created_by": "other"}])
    files = archive(RAW, [ONE, TWO], ["a:1"], Parent=image_id(other))
    files |= {"o.json": other}
    rows = json.loads(files["manifest.json"])
    rows.append({"Config": "o.json", "RepoTags": None, "Layers": ["0/layer.tar"]})
    ran = loaded(docker, files | {"manifest.json": json.dumps(rows).encode()})
    assert ran.err == f"image {image_id(other)} is not a valid parent for {image_id(RAW)}\n"


def test_without_tags_the_ids_are_told(docker: Docker) -> None:
    assert loaded(docker, archive(RAW, [ONE, TWO], None)).out == f"Loaded image ID: {image_id(RAW)}\n"
    assert "<none>       <none>" in docker("image", "ls").out


def test_a_tag_that_moves(docker: Docker) -> None:
    old = docker.image("busybox").id
    ran = loaded(docker, archive(RAW, [ONE, TWO], ["busybox:latest", "b:2"]))
    words = f"The image busybox:latest already exists, renaming the old one with ID {old} to empty string\n"
    assert ran.out == f"{words}Loaded image: busybox:latest\nLoaded image: b:2\n"
    assert docker.image("busybox").id == image_id(RAW)
    assert old in docker.engine.state.images


def test_sizes_and_history(docker: Docker) -> None:
    loaded(docker, archive(RAW, [ONE, TWO], ["a:1"]))
    assert [one.size for one in docker.image("a:1").layers] == [3, 4]
    assert docker("history", "--format", "{{.Size}} {{.CreatedBy}}", "a:1").out == "4B crafted\n3B crafted\n"


@pytest.mark.parametrize("kind", COMPRESSORS)
def test_compressed_archives_and_layers(docker: Docker, kind: str) -> None:
    compress = COMPRESSORS[kind]
    ran = docker("load", stdin=compress(tar(archive(RAW, [compress(ONE), TWO], ["a:1"]))))
    assert (ran.code, ran.out) == (0, "Loaded image: a:1\n")
    docker.write("x.tar", compress(tar(archive(RAW, [ONE, compress(TWO)], ["a:2"]))))
    assert docker("load", "-q", "-i", "x.tar").code == 0
    assert docker.read("a:2", "g") == "two!"


def test_links_stay_inside_the_archive(docker: Docker) -> None:
    files = archive(RAW, [ONE, TWO], ["a:1"])
    files["real/f.tar"] = files.pop("0/layer.tar")
    assert loaded(docker, files, {"0/layer.tar": "../../../real/f.tar"}).code == 0
    secret = docker.write("secret.json", RAW)
    files.pop("c.json")
    ran = loaded(docker, files, {"c.json": str(secret)})
    assert ran.code == 1
    assert ran.err.endswith("/c.json: no such file or directory\n")


def test_a_layer_that_stands_here_need_not_be_in_the_archive(docker: Docker) -> None:
    loaded(docker, archive(RAW, [ONE, TWO], ["a:1"]))
    files = archive(config(ONE, TWO, author="me"), [ONE, TWO], ["a:2"])
    assert loaded(docker, {name: data for name, data in files.items() if "layer" not in name}).code == 0
    assert docker.read("a:2", "g") == "two!"


def layout(**annotations: str) -> dict[str, bytes]:
    """An OCI layout with one image and gzip layers."""
    parts = [RAW, gzip.compress(ONE, mtime=0), gzip.compress(TWO, mtime=0)]

    def entry(kind: str, data: bytes) -> dict[str, Any]:
        return {"mediaType": f"application/vnd.oci.image.{kind}", "digest": str(Digest.of(data)), "size": len(data)}

    manifest = json.dumps(
        {
            "schemaVersion": 2,
            "config": entry("config.v1+json", RAW),
            "layers": [entry("layer.v1.tar+gzip", data) for data in parts[1:]],
        }
    ).encode()
    top = entry("manifest.v1+json", manifest) | {"annotations": annotations}
    return {
        **{f"blobs/sha256/{Digest.of(data).hex}": data for data in [*parts, manifest]},
        "oci-layout": b'{"imageLayoutVersion":"1.0.0"}',
        "index.json": json.dumps({"schemaVersion": 2, "manifests": [top]}).encode(),
    }


@pytest.mark.parametrize(
    ("annotations", "words"),
    [
        ({"io.containerd.image.name": "docker.io/library/a:1", "org.opencontainers.image.ref.name": "1"}, ": a:1"),
        ({"org.opencontainers.image.ref.name": "team/a"}, ": team/a:latest"),
        ({"org.opencontainers.image.ref.name": "v1"}, f" ID: {image_id(RAW)}"),
        ({}, f" ID: {image_id(RAW)}"),
    ],
)
def test_an_oci_layout(docker: Docker, annotations: dict[str, str], words: str) -> None:
    assert loaded(docker, layout(**annotations)).out == f"Loaded image{words}\n"


def test_a_damaged_layout_changes_nothing(docker: Docker) -> None:
    files = layout(**{"org.opencontainers.image.ref.name": "a:1"})
    for name in [name for name in files if name.startswith("blobs/")]:
        before = docker.engine.state
        ran = loaded(docker, {**files, name: files[name][:-1] + b"?"})
        assert ran.code == 1
        assert ran.err.count("\n") == 1
        assert docker.engine.state == before


def broken() -> dict[str, tuple[dict[str, bytes], str]]:
    good = archive(RAW, [ONE, TWO], ["a:1"])
    got = Digest.of(TWO)
    wrong = f'invalid diffID for layer 0: expected "{Digest.of(ONE)}", got "{got}"'
    noise = b"no tar at all"
    raw_noise = config(noise)
    return {
        "no-config": (
            {**good, "manifest.json": good["manifest.json"].replace(b"c.json", b"d.json")},
            "/d.json: no such",
        ),
        "no-layer": (
            {name: data for name, data in good.items() if name != "1/layer.tar"},
            "/1/layer.tar: no such file",
        ),
        "wrong-layer": ({**good, "0/layer.tar": TWO}, wrong),
        "a-layer-less": (
            archive(RAW, [ONE], ["a:1"]),
            "invalid manifest, layers length mismatch: expected 1, got 2",
        ),
        "null": ({**good, "manifest.json": b"null"}, "invalid manifest, manifest cannot be null (but can be [])"),
        "not-json": ({**good, "manifest.json": b"{["}, "failed to decode manifest.json"),
        "not-images": ({**good, "manifest.json": b'[{"Layers":{}}]'}, "must be lists"),
        "numbers": ({**good, "manifest.json": b'[{"Config":1}]'}, "must be a string"),
        "no-rootfs": ({**good, "c.json": b"{}"}, "invalid image JSON, no RootFS key"),
        "no-json": ({**good, "c.json": b"{"}, "invalid image config"),
        "windows": (archive(config(ONE, os="windows"), [ONE], ["a:1"]), "cannot load windows image on linux"),
        "no-time": (archive(config(ONE, created="yesterday"), [ONE], ["a:1"]), 'parsing time "yesterday"'),
        "no-tag": (archive(RAW, [ONE, TWO], ["a"]), 'invalid tag "a"'),
        "bad-name": (archive(RAW, [ONE, TWO], ["a:1", "A:1"]), "must be lowercase"),
        "no-tar": (archive(raw_noise, [noise], ["a:1"]), "Error processing tar file"),
        "leads-out": ({**good, "../../evil": b"x"}, "invalid archive: b'../../evil' leads out of it"),
        "second-broken": (
            {
                **good,
                "manifest.json": json.dumps([*json.loads(good["manifest.json"]), {"Config": "nope.json"}]).encode(),
            },
            "/nope.json: no such file",
        ),
    }


@pytest.mark.parametrize("case", broken())
def test_a_broken_archive_changes_nothing(docker: Docker, case: str) -> None:
    files, words = broken()[case]
    before, around = docker.engine.state, sorted(docker.cwd.parent.rglob("evil"))
    ran = loaded(docker, files)
    assert (ran.code, ran.out, ran.err.count("\n")) == (1, "", 1)
    assert words in ran.err
    assert not ran.err.startswith("Error response")
    assert docker.engine.state == before
    assert sorted(docker.cwd.parent.rglob("evil")) == around == []


@pytest.mark.parametrize("data", [b"", bytes(1024), tar({"x": b"x"})], ids=["nothing", "empty", "other"])
def test_no_archive_of_images(docker: Docker, data: bytes) -> None:
    ran = docker("load", stdin=data)
    assert ran.code == 1
    assert ran.err.startswith("open /var/lib/docker/tmp/docker-import-")
    assert ran.err.endswith("/repositories: no such file or directory\n")


def test_cut_off_anywhere(docker: Docker) -> None:
    whole = tar(archive(RAW, [ONE, TWO], ["a:1"]))
    used = len(whole.rstrip(b"\0"))
    before = docker.engine.state
    for data in (b"garbage\n", whole[:700], whole[: used - 1], gzip.compress(whole)[:-9], lzma.compress(whole)[:-9]):
        ran = docker("load", stdin=data)
        assert (ran.code, ran.err) == (1, "unexpected EOF\n"), len(data)
        docker.write("x", data)
        assert docker("load", "-i", "x").err == "unexpected EOF\n"
    assert docker.engine.state == before
    assert docker("load", stdin=b"x" * 2000).err == "archive/tar: invalid tar header\n"
    assert not [one for one in (docker.home / "tmp").iterdir() if not one.name.startswith("hold-")]


def test_where_it_comes_from(docker: Docker) -> None:
    assert docker("load", "-i", "no.tar").err == "open no.tar: no such file or directory\n"
    assert docker("load", "-i", ".").err == "read .: is a directory\n"
    recorder = Recorder()
    session = Session(docker.engine, recorder, docker.cwd, docker.env, io.BytesIO(), stdin_tty=True)
    assert execute(session, ["load"]) == 1
    assert recorder.stderr == "requested load from stdin, but stdin is empty\n"


@pytest.mark.parametrize(("options", "shown"), [((), True), (("-q",), False)])
def test_a_live_display_sees_layers_come(docker: Docker, options: tuple[str, ...], shown: bool) -> None:
    recorder = Recorder()
    data = io.BytesIO(tar(archive(RAW, [ONE, TWO], ["a:1"])))
    assert execute(Session(docker.engine, recorder, docker.cwd, docker.env, data, live=True), ["load", *options]) == 0
    seen = [one for one in recorder.events if isinstance(one, Progress)]
    expected = [(Digest.of(one).short, "Loading layer", len(one)) for one in (ONE, TWO)] if shown else []
    assert [(one.id, one.action, one.total) for one in seen if one.current == one.total] == expected
