"""Images and layers as values over a place that holds their blobs; what is not asked for is not read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from dockkernel.errors import IntegrityError, Unsupported
from dockkernel.oci import mediatype
from dockkernel.oci.chain import chain_ids
from dockkernel.oci.config import ImageConfig
from dockkernel.oci.descriptor import Descriptor
from dockkernel.oci.digest import Digest
from dockkernel.oci.manifest import Manifest
from dockkernel.store.blobs import BlobReader

if TYPE_CHECKING:
    from dockkernel.fs.change import Change

LARGEST_JSON = 16 << 20
"""Bytes that a manifest or a config may have at most; real ones have some thousands."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of one image; `chain_id` names it together with all below it."""

    descriptor: Descriptor
    diff_id: Digest
    chain_id: Digest
    blobs: BlobReader

    def open(self) -> BinaryIO:
        """The bytes of its tar stream, uncompressed."""
        from dockkernel.store.compress import decompressor

        return decompressor(self.blobs.open(self.descriptor.digest), mediatype.compression(self.descriptor.media_type))

    def changes(self) -> tuple[Change, ...]:
        """What it changes; read anew each time (`flatten.TreeCache` remembers). `Unsupported` when compressed."""
        from dockkernel.fs.tar import index_layer

        if mediatype.compression(self.descriptor.media_type):
            raise Unsupported(f"layer {self.descriptor.digest} is compressed: it can be read from its start only")
        return index_layer(lambda: self.blobs.open(self.descriptor.digest))


@dataclass(frozen=True, slots=True)
class Image:
    """One image; two are equal when their manifests are."""

    manifest: Manifest
    config: ImageConfig
    blobs: BlobReader

    @classmethod
    def load(cls, blobs: BlobReader, digest: Digest) -> Image:
        """The image whose manifest has this digest.

        `BlobNotFound` when manifest or config is not there, `IntegrityError` when one is damaged or they do not fit
        together, `ParseError` when one is not what it should be.
        """
        manifest = Manifest.parse(read_json(blobs, digest))
        config = ImageConfig.parse(read_json(blobs, manifest.config.digest))
        if len(config.diff_ids) != len(manifest.layers):
            raise IntegrityError(
                f"invalid manifest, layers length mismatch: expected {len(manifest.layers)}, got {len(config.diff_ids)}"
            )
        return cls(manifest, config, blobs)

    @property
    def id(self) -> Digest:
        """The image ID: the digest of the config."""
        return self.config.id

    @property
    def layers(self) -> tuple[Layer, ...]:
        """Its layers, base first."""
        diff_ids = self.config.diff_ids
        rows = zip(self.manifest.layers, diff_ids, chain_ids(diff_ids), strict=True)
        return tuple(Layer(descriptor, diff_id, chain_id, self.blobs) for descriptor, diff_id, chain_id in rows)


def read_json(blobs: BlobReader, digest: Digest) -> bytes:
    """All bytes of a small blob, verified; `IntegrityError` when it is larger than any manifest or config."""
    size = blobs.size(digest)
    if size is not None and size > LARGEST_JSON:
        raise IntegrityError(f"blob {digest} is too large for a manifest or a config: {size} bytes")
    with blobs.open(digest) as stream:
        return stream.read()
