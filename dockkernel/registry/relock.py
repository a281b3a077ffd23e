"""Writes `catalog_data/lock.json` anew from the recipes: `python -m dockkernel.registry.relock`."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO, cast

from dockkernel.fs.tar import layer_size
from dockkernel.oci import mediatype
from dockkernel.oci.descriptor import Descriptor
from dockkernel.oci.digest import Digest
from dockkernel.oci.manifest import Manifest
from dockkernel.registry import catalog_data
from dockkernel.registry.deflate import compress
from dockkernel.registry.images import image_config, layer_tar
from dockkernel.registry.layers import image_layers
from dockkernel.registry.recipe import Recipe, book, lineage, recipe


class _Hashing:
    """Passes a stream through and hashes it, so that one reading gives both digests of a layer."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._hasher = hashlib.sha256()
        self.size = 0

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        self._hasher.update(data)
        self.size += len(data)
        return data

    @property
    def digest(self) -> Digest:
        return Digest("sha256", self._hasher.hexdigest())


def measure_layer(key: str, number: int) -> list[Any]:
    """A layer's row in the lock: compressed digest and size, diff ID and size, size as Docker counts it."""
    tar = _Hashing(layer_tar(key, number))
    hasher, size = hashlib.sha256(), 0
    for piece in compress(cast("BinaryIO", tar)):
        hasher.update(piece)
        size += len(piece)
    docker_size = layer_size(image_layers(key)[number])
    return [f"sha256:{hasher.hexdigest()}", size, str(tar.digest), tar.size, docker_size]


def make(names: Sequence[str]) -> dict[str, Any]:
    """The lock of these repositories."""
    recipes = [entry for name in names for entry in book(name).recipes.values()]
    layers = {
        f"{entry.key}:{number}": measure_layer(entry.key, number)
        for entry in recipes
        for number in range(len(entry.bodies))
    }
    images = {entry.key: measure_image(entry, layers) for entry in recipes}
    return {"layers": layers, "images": images, "repositories": {name: _repository(name) for name in names}}


def measure_image(entry: Recipe, layers: dict[str, list[Any]]) -> dict[str, Any]:
    """An image's row in the lock."""
    used = [f"{part.key}:{number}" for part in lineage(entry) for number in range(len(part.bodies))]
    config = image_config(entry.key, [Digest.parse(layers[name][2]) for name in used])
    config_blob = Descriptor(mediatype.OCI_CONFIG, config.id, len(config.raw))
    blobs = [Descriptor(mediatype.OCI_LAYER_GZIP, Digest.parse(layers[n][0]), layers[n][1]) for n in used]
    manifest = Manifest.build(config_blob, blobs).descriptor
    return {
        "manifest": [str(manifest.digest), manifest.size],
        "config": [str(config.id), len(config.raw)],
        "layers": used,
    }


def _repository(name: str) -> dict[str, Any]:
    found = book(name)
    families = []
    for entry in found.recipes.values():
        if entry.tags and not entry.replaces:
            editions = [entry.key]
            while following := [r.key for r in found.recipes.values() if r.replaces == editions[-1]]:
                editions.append(recipe(following[0]).key)
            families.append({"tags": list(entry.tags), "editions": editions})
    return {"description": found.description, "families": families}


def books() -> list[str]:
    """The names of all recipe files."""
    folder = Path(catalog_data.__file__ or "").parent
    return sorted(path.stem for path in folder.glob("*.toml") if path.stem != "sets")


def render(value: dict[str, Any]) -> str:
    """The lock's text: one row a line, so that a change is a small difference."""
    parts = []
    for section, rows in value.items():
        lines = [f"  {json.dumps(key)}: {json.dumps(row, ensure_ascii=False)}" for key, row in rows.items()]
        parts.append(f" {json.dumps(section)}: {{\n" + ",\n".join(lines) + "\n }")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def main() -> int:
    """Writes the file; the exit code."""
    target = Path(catalog_data.__file__ or "").parent / "lock.json"
    target.write_text(render(make(books())), encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
