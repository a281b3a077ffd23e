"""Writing images: a layer of changes, a config with its manifest. Blobs first; who names them does so afterwards."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

from dockkernel.oci import mediatype
from dockkernel.oci.config import ImageConfig
from dockkernel.oci.descriptor import Descriptor
from dockkernel.oci.digest import Digest
from dockkernel.oci.manifest import Manifest
from dockkernel.store.blobs import BlobStore

if TYPE_CHECKING:
    from dockkernel.fs.change import Change


def append_layer(store: BlobStore, changes: Sequence[Change]) -> tuple[Digest, int, int]:
    """Stores the changes as an uncompressed layer; gives diff ID, bytes as Docker counts them, bytes of the blob.

    Equal changes give the same layer. Never more than a part of it is in memory.
    """
    from dockkernel.fs.tar import layer_reader, layer_size

    with layer_reader(changes) as stream:
        diff_id, blob_bytes = store.put(stream)
    return diff_id, layer_size(changes), blob_bytes


def write_image(store: BlobStore, config: ImageConfig, layers: Sequence[tuple[Digest, int]]) -> Manifest:
    """Stores the config and an OCI manifest over uncompressed layers (diff ID, bytes of the blob), base first.

    The layers themselves must be there already; equal arguments give the same manifest.
    """
    config_digest, config_size = store.put(io.BytesIO(config.raw))
    descriptors = [Descriptor(mediatype.OCI_LAYER, digest, size) for digest, size in layers]
    manifest = Manifest.build(Descriptor(mediatype.OCI_CONFIG, config_digest, config_size), descriptors)
    store.put(io.BytesIO(manifest.raw))
    return manifest
