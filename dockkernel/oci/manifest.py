"""Manifests and indexes (OCI image spec, manifest.md and image-index.md; Docker's schema 2 reads the same).

A value keeps the raw bytes it was read from: its digest is of those, never of a re-encoding.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from dockkernel.errors import ParseError
from dockkernel.oci import mediatype
from dockkernel.oci.canonical import encode
from dockkernel.oci.descriptor import Descriptor
from dockkernel.oci.digest import Digest


def _decode(raw: bytes, what: str) -> dict[str, Any]:
    try:
        value = json.loads(raw)
    except ValueError as error:
        raise ParseError(f"invalid {what}: {error}") from error
    if not isinstance(value, dict):
        raise ParseError(f"invalid {what}: not an object")
    return value


@dataclass(frozen=True, slots=True)
class Manifest:
    """One image: its config and its layers, base first."""

    raw: bytes
    media_type: str
    config: Descriptor
    layers: tuple[Descriptor, ...]

    @property
    def descriptor(self) -> Descriptor:
        """What points at this manifest."""
        return Descriptor(self.media_type, Digest.of(self.raw), len(self.raw))

    @classmethod
    def parse(cls, raw: bytes, media_type: str | None = None) -> Manifest:
        """The manifest in `raw`; `ParseError` when it is none."""
        value = _decode(raw, "manifest")
        if "config" not in value or not isinstance(value.get("layers"), list):
            raise ParseError("invalid manifest: config and layers are required")
        found = value.get("mediaType") or media_type or mediatype.OCI_MANIFEST
        layers = tuple(Descriptor.from_json(layer) for layer in value["layers"])
        return cls(raw, found, Descriptor.from_json(value["config"]), layers)

    @classmethod
    def build(cls, config: Descriptor, layers: Iterable[Descriptor]) -> Manifest:
        """A new OCI manifest; equal arguments give equal bytes."""
        layers = tuple(layers)
        raw = encode(
            {
                "schemaVersion": 2,
                "mediaType": mediatype.OCI_MANIFEST,
                "config": config.to_json(),
                "layers": [layer.to_json() for layer in layers],
            }
        )
        return cls(raw, mediatype.OCI_MANIFEST, config, layers)


@dataclass(frozen=True, slots=True)
class Index:
    """A list of descriptors: the `index.json` of a layout, or an image for several platforms."""

    raw: bytes
    media_type: str
    manifests: tuple[Descriptor, ...]

    @classmethod
    def parse(cls, raw: bytes, media_type: str | None = None) -> Index:
        """The index in `raw`; `ParseError` when it is none."""
        value = _decode(raw, "index")
        if not isinstance(value.get("manifests"), list):
            raise ParseError("invalid index: manifests is required")
        found = value.get("mediaType") or media_type or mediatype.OCI_INDEX
        return cls(raw, found, tuple(Descriptor.from_json(entry) for entry in value["manifests"]))

    @classmethod
    def build(cls, manifests: Iterable[Descriptor], annotations: Mapping[str, str] | None = None) -> Index:
        """A new OCI index; equal arguments give equal bytes."""
        manifests = tuple(manifests)
        value: dict[str, Any] = {
            "schemaVersion": 2,
            "mediaType": mediatype.OCI_INDEX,
            "manifests": [entry.to_json() for entry in manifests],
        }
        if annotations:
            value["annotations"] = dict(annotations)
        return cls(encode(value), mediatype.OCI_INDEX, manifests)
