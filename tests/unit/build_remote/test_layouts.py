"""`--build-context NAME=oci-layout://…`: images that another tool, or another build, has left in a directory."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.dockers import Docker, Ran, docker_in


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Docker]:
    """Another store, which has no blob of the first."""
    made = docker_in(tmp_path / "there")
    yield made
    made.engine.close()


@pytest.fixture
def layout(docker: Docker, there: Docker) -> Path:
    docker.write("Dockerfile", "FROM busybox\nRUN echo hi > /made\nENV A=b\n")
    ran = docker("buildx", "build", "--output", "type=oci,tar=false,dest=lay", ".")
    assert ran.code == 0, ran.err
    shutil.move(docker.cwd / "lay", there.cwd / "lay")
    return there.cwd / "lay"


def build(docker: Docker, value: str) -> Ran:
    docker.write("two/Dockerfile", "FROM base\nRUN cat /made > /copy\nCOPY --from=base /made /third\n")
    return docker("buildx", "build", "--progress=plain", "-t", "z", "--build-context", f"base={value}", "two")


@pytest.mark.parametrize("suffix", ["", ":latest", ":any", "@"])
def test_the_only_image(there: Docker, layout: Path, suffix: str) -> None:
    digest = json.loads((layout / "index.json").read_text())["manifests"][0]["digest"]
    ran = build(there, f"oci-layout://lay{suffix}{digest if suffix == '@' else ''}")
    assert ran.code == 0, ran.err
    assert f"[context base] docker.io/library/base@{digest}" in ran.err
    assert (there.read("z", "copy"), there.read("z", "third")) == ("hi\n", "hi\n")
    assert "A=b" in (there.config("z").config.env or ())
    assert "base" not in there("image", "ls").out


def test_one_of_several(there: Docker, layout: Path) -> None:
    index = json.loads((layout / "index.json").read_text())
    entry = index["manifests"][0]
    one = {**entry, "annotations": {"org.opencontainers.image.ref.name": "one"}}
    index["manifests"] = [one, {**one, "annotations": {"org.opencontainers.image.ref.name": "two"}}]
    (layout / "index.json").write_text(json.dumps(index))
    assert build(there, "oci-layout://lay:two").code == 0
    ran = build(there, "oci-layout://lay:three")
    assert ran.err == 'ERROR: oci-layout reference "oci-layout://lay:three" could not be resolved\n'


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("oci-layout://none", "open none/index.json: no such file or directory"),
        ("oci-layout://lay@sha256:12", "invalid oci-layout digest sha256:12: invalid checksum digest format"),
        ("target:stage", "failed to solve: unsupported context source target for base"),
        ("nodir", "failed to get build context base: stat nodir: no such file or directory"),
    ],
)
def test_what_is_not_there(there: Docker, layout: Path, value: str, problem: str) -> None:
    assert build(there, value).err.strip() == f"ERROR: {problem}"


def test_a_damaged_layout(there: Docker, layout: Path) -> None:
    assert build(there, f"oci-layout://lay@sha256:{'0' * 64}").code == 1
    for blob in (layout / "blobs" / "sha256").iterdir():
        blob.chmod(0o644)
        blob.write_bytes(blob.read_bytes()[:-1] + b"?")
    ran = build(there, "oci-layout://lay")
    assert ran.code == 1
    assert "ERROR: failed to solve: " in ran.err
    (layout / "index.json").write_text("[]")
    assert build(there, "oci-layout://lay").code == 1
