"""OCI image layouts for tests, written by hand: `write_layout(path, {"app:1": {"etc/motd": b"hello"}})`."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dockkernel.oci import mediatype
from dockkernel.oci.digest import Digest
from dockkernel.testing.tars import tar_of


def put(path: Path, data: bytes) -> dict[str, Any]:
    """Stores a blob; the digest and size members of its descriptor."""
    digest = Digest.of(data)
    folder = path / "blobs" / digest.algorithm
    folder.mkdir(parents=True, exist_ok=True)
    (folder / digest.hex).write_bytes(data)
    return {"digest": str(digest), "size": len(data)}


def put_image(
    path: Path, files: Mapping[str, bytes], architecture: str = "amd64", *, docker: bool = False
) -> dict[str, Any]:
    """Stores an image with one gzip layer, in OCI's or Docker's media types; its manifest's descriptor."""
    tar = tar_of(*(("file", name, data) for name, data in files.items()))
    layer = put(path, gzip.compress(tar, mtime=0))
    config = put(
        path,
        json.dumps(
            {
                "architecture": architecture,
                "os": "linux",
                "created": "2024-01-02T03:04:05Z",
                "config": {"Cmd": ["sh"]},
                "rootfs": {"type": "layers", "diff_ids": [str(Digest.of(tar))]},
                "history": [{"created": "2024-01-02T03:04:05Z", "created_by": "COPY . /"}],
            }
        ).encode(),
    )
    types = (
        (mediatype.DOCKER_MANIFEST, mediatype.DOCKER_CONFIG, mediatype.DOCKER_LAYER_GZIP)
        if docker
        else (mediatype.OCI_MANIFEST, mediatype.OCI_CONFIG, mediatype.OCI_LAYER_GZIP)
    )
    manifest = {
        "schemaVersion": 2,
        "mediaType": types[0],
        "config": {"mediaType": types[1], **config},
        "layers": [{"mediaType": types[2], **layer}],
    }
    return {"mediaType": types[0], **put(path, json.dumps(manifest).encode())}


def put_index(path: Path, *entries: Mapping[str, Any]) -> dict[str, Any]:
    """Stores an index of these descriptors; its own descriptor."""
    index = {"schemaVersion": 2, "mediaType": mediatype.OCI_INDEX, "manifests": list(entries)}
    return {"mediaType": mediatype.OCI_INDEX, **put(path, json.dumps(index).encode())}


def write_index(path: Path, *entries: Mapping[str, Any]) -> None:
    """Writes `index.json` and `oci-layout`."""
    path.mkdir(parents=True, exist_ok=True)
    (path / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
    index = {"schemaVersion": 2, "mediaType": mediatype.OCI_INDEX, "manifests": list(entries)}
    (path / "index.json").write_text(json.dumps(index))


def named(descriptor: Mapping[str, Any], name: str, key: str = "org.opencontainers.image.ref.name") -> dict[str, Any]:
    """The descriptor with a name annotation."""
    return {**descriptor, "annotations": {key: name}}


def write_layout(path: Path, images: Mapping[str, Mapping[str, bytes]]) -> None:
    """A layout with one image for each name, from the files it holds."""
    write_index(path, *(named(put_image(path, files), name) for name, files in images.items()))
