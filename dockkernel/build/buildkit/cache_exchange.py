"""The build cache in a folder: `--cache-to type=local,dest=DIR` and `--cache-from type=local,src=DIR`.

The folder is an OCI image layout whose one manifest has BuildKit's cache config (`records` that name `layers`, which
name blobs and the layer below). The keys in it are ours, so such a folder serves every dockkernel, on any machine.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from dockkernel.build.buildkit.result import NewLayer, Result
from dockkernel.build.buildkit.step import Step
from dockkernel.build.result import StepLayer
from dockkernel.errors import DockError, ParseError
from dockkernel.oci import mediatype, times
from dockkernel.oci.canonical import encode
from dockkernel.oci.descriptor import Descriptor
from dockkernel.oci.digest import Digest
from dockkernel.oci.manifest import Index, Manifest
from dockkernel.store.blobs import BlobStore
from dockkernel.store.layout import LayoutStore

CONFIG_TYPE = "application/vnd.buildkit.cacheconfig.v0"
_INDEX_BYTES = 4 << 20


def export_cache(
    target: LayoutStore, source: BlobStore, steps: Sequence[Step], result: Result, *, every: bool
) -> Digest:
    """Writes the steps of a build; gives the manifest's digest.

    `every` (mode=max) takes all of them, otherwise only those whose layers are in the result (mode=min).
    """
    wanted = {one.layer.diff_id for one in result.new}
    chosen = [step for step in steps if every or step.result.new[-1].layer.diff_id in wanted]
    layers: dict[Digest, NewLayer] = {step.result.new[-1].layer.diff_id: step.result.new[-1] for step in chosen}
    numbers = {diff_id: number for number, diff_id in enumerate(layers)}
    for diff_id in layers:
        if target.size(diff_id) is None:
            with source.open(diff_id) as stream:
                target.put(stream, expect=diff_id)
    config = {
        "layers": [{"blob": str(diff_id), "size": one.layer.size} for diff_id, one in layers.items()],
        "records": [
            {
                "digest": f"sha256:{step.key}",
                "description": step.vertex.name,
                "layers": [
                    {
                        "layer": numbers[step.result.new[-1].layer.diff_id],
                        "createdAt": times.from_ns(step.result.new[-1].created_ns),
                    }
                ],
            }
            for step in chosen
        ],
    }
    return _write(target, encode(config), list(layers.values()))


def _write(target: LayoutStore, config: bytes, layers: Sequence[NewLayer]) -> Digest:
    digest, size = target.put(BytesIO(config))
    descriptors = [Descriptor(mediatype.OCI_LAYER, one.layer.diff_id, one.layer.blob_bytes) for one in layers]
    manifest = Manifest.build(Descriptor(CONFIG_TYPE, digest, size), descriptors)
    target.put(BytesIO(manifest.raw))
    named = Descriptor(
        mediatype.OCI_MANIFEST,
        manifest.descriptor.digest,
        manifest.descriptor.size,
        annotations={"org.opencontainers.image.ref.name": "latest"},
    )
    target.write_index([named])
    target.release()
    return manifest.descriptor.digest


@dataclass(frozen=True, slots=True)
class Imported:
    """One step of an imported cache."""

    layer: StepLayer
    created_ns: int
    description: str
    store: LayoutStore

    def bring(self, blobs: BlobStore) -> bool:
        """Brings the layer into the store; False when the folder's is damaged or gone."""
        if blobs.size(self.layer.diff_id) is not None:
            return True
        try:
            with self.store.open(self.layer.diff_id) as stream:
                blobs.put(stream, expect=self.layer.diff_id)
        except DockError:
            return False
        return True


def import_cache(stores: Iterable[LayoutStore]) -> Mapping[str, Imported]:
    """The steps that are in the folders, by key; `ParseError` when a folder holds no cache."""
    found: dict[str, Imported] = {}
    for store in stores:
        config = _config(store)
        try:
            layers = [(Digest.parse(one["blob"]), int(one.get("size", 0))) for one in config["layers"]]
            for record in config["records"]:
                place = record["layers"][0]
                digest, size = layers[place["layer"]]
                layer = StepLayer(digest, size, store.size(digest) or 0)
                created = times.to_ns(place["createdAt"])
                key = Digest.parse(record["digest"]).hex
                found.setdefault(key, Imported(layer, created, str(record.get("description", "")), store))
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise ParseError(f"invalid cache config in {store.root}: {error}") from error
    return found


def _config(store: LayoutStore) -> Mapping[str, Any]:
    index = Index.parse(_read_index(store))
    for descriptor in index.manifests:
        with store.open(descriptor.digest) as stream:
            manifest = Manifest.parse(stream.read())
        if manifest.config.media_type != CONFIG_TYPE:
            continue
        with store.open(manifest.config.digest) as stream:
            config = json.loads(stream.read())
        if isinstance(config, dict):
            return config
    raise ParseError(f"could not read {store.root}: no build cache there")


def _read_index(store: LayoutStore) -> bytes:
    try:
        with (store.root / "index.json").open("rb") as stream:
            return stream.read(_INDEX_BYTES)
    except OSError as error:
        path = store.root / "index.json"
        raise ParseError(f"could not read {path}: open {path}: no such file or directory") from error
