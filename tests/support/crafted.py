"""Archives made by hand, as other tools and other people make them."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Mapping, Sequence
from typing import Any

from dockkernel.oci.digest import Digest


def layer(**files: bytes) -> bytes:
    """An uncompressed layer with these files."""
    return tar(files)


def tar(files: Mapping[str, bytes], links: Mapping[str, str] | None = None) -> bytes:
    """A tar of files and symbolic links."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as made:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            made.addfile(entry, io.BytesIO(data))
        for name, target in (links or {}).items():
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = tarfile.SYMTYPE, target
            made.addfile(entry)
    return out.getvalue()


def config(*layers: bytes, **members: Any) -> bytes:
    """A config over uncompressed layers."""
    value = {
        "architecture": "amd64",
        "os": "linux",
        "created": "2024-01-01T00:00:00Z",
        "config": {"Cmd": ["sh"]},
        "rootfs": {"type": "layers", "diff_ids": [str(Digest.of(one)) for one in layers]},
        "history": [{"created": "2024-01-01T00:00:00Z", "created_by": "crafted"} for _ in layers],
    }
    return json.dumps(value | members).encode()


def image_id(raw: bytes) -> str:
    """The id of the image with this config."""
    return str(Digest.of(raw))


def archive(raw: bytes, layers: Sequence[bytes], names: Sequence[str] | None, **members: Any) -> dict[str, bytes]:
    """The files of an archive with one image in it; `layers` may be compressed."""
    row = {"Config": "c.json", "RepoTags": names, "Layers": [f"{number}/layer.tar" for number in range(len(layers))]}
    return {
        "c.json": raw,
        **{f"{number}/layer.tar": data for number, data in enumerate(layers)},
        "manifest.json": json.dumps([row | members]).encode(),
    }
