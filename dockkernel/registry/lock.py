"""`lock.json`: the digests and sizes of all that the recipes make, so that nothing is generated to answer a question.

A test makes every blob anew and compares; `python -m dockkernel.registry.relock` writes the file after a recipe or an
encoder has changed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from dockkernel.oci import mediatype
from dockkernel.oci.descriptor import Descriptor
from dockkernel.oci.digest import Digest
from dockkernel.oci.manifest import Manifest
from dockkernel.registry import catalog_data


@dataclass(frozen=True, slots=True)
class LockedLayer:
    """One layer of a recipe: its place there, its compressed blob, what it unpacks to (sizes in bytes)."""

    recipe: str
    number: int
    blob: Descriptor
    diff_id: Digest
    tar_size: int
    size: int
    """As Docker counts it: the sum of the files."""


@dataclass(frozen=True, slots=True)
class LockedImage:
    """One image: its manifest and config, its layers base first."""

    key: str
    manifest: Descriptor
    config: Descriptor
    layers: tuple[LockedLayer, ...]

    def build_manifest(self) -> Manifest:
        """The manifest itself."""
        return Manifest.build(self.config, (layer.blob for layer in self.layers))


@dataclass(frozen=True, slots=True)
class Family:
    """Images that follow one another under the same tags."""

    tags: tuple[str, ...]
    editions: tuple[str, ...]
    """Keys; edition n is at n - 1."""


@dataclass(frozen=True, slots=True)
class Repository:
    """One name of the catalog; a repository without tags holds bases only and is known to recipes alone."""

    description: str
    families: tuple[Family, ...]


class Lock:
    """The lock file, read once; its parts become values when they are asked for."""

    def __init__(self, value: Mapping[str, Any]) -> None:
        self._layers: Mapping[str, Sequence[Any]] = value["layers"]
        self._images: Mapping[str, Mapping[str, Any]] = value["images"]
        self.repositories: Mapping[str, Repository] = {
            name: Repository(
                entry["description"],
                tuple(Family(tuple(f["tags"]), tuple(f["editions"])) for f in entry["families"]),
            )
            for name, entry in value["repositories"].items()
        }

    @property
    def image_keys(self) -> Sequence[str]:
        """The keys of all images, bases without a tag among them."""
        return list(self._images)

    def image(self, key: str) -> LockedImage:
        """The image of a recipe."""
        entry = self._images[key]
        return LockedImage(
            key,
            _descriptor(mediatype.OCI_MANIFEST, entry["manifest"]),
            _descriptor(mediatype.OCI_CONFIG, entry["config"]),
            tuple(self.layer(layer) for layer in entry["layers"]),
        )

    def layer(self, name: str) -> LockedLayer:
        """The layer `RECIPE:NUMBER`."""
        digest, size, diff_id, tar_size, docker_size = self._layers[name]
        recipe, _, number = name.rpartition(":")
        blob = _descriptor(mediatype.OCI_LAYER_GZIP, (digest, size))
        return LockedLayer(recipe, int(number), blob, Digest.parse(diff_id), tar_size, docker_size)

    @property
    def layer_names(self) -> Sequence[str]:
        """All layers, as `RECIPE:NUMBER`."""
        return list(self._layers)


@cache
def lock() -> Lock:
    """The lock that the package ships."""
    return Lock(json.loads(catalog_data.read("lock.json")))


def _descriptor(media_type: str, pair: Sequence[Any]) -> Descriptor:
    return Descriptor(media_type, Digest.parse(pair[0]), pair[1])
