"""A registry that promises one thing and sends another: refused, and the store as it was (case A13)."""

from __future__ import annotations

import gzip
import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from support.dockers import docker_in

from dockkernel.engine.pull import pull
from dockkernel.errors import DockError, IntegrityError
from dockkernel.oci import mediatype
from dockkernel.oci.config import ContainerConfig, History, ImageConfig
from dockkernel.oci.descriptor import Descriptor
from dockkernel.oci.digest import Digest
from dockkernel.oci.manifest import Manifest
from dockkernel.oci.platform import Platform
from dockkernel.oci.reference import Reference
from dockkernel.store.memory import MemoryStore

EMPTY_TAR = bytes(1024)


class OneImage:
    """A registry with one image, whose descriptors can be made to lie."""

    def __init__(self, layer: bytes, *, layer_size: int | None = None, config_padding: int = 0) -> None:
        self.store = MemoryStore()
        history = (History(created_by="x" * config_padding),)
        config = ImageConfig.build(
            config=ContainerConfig(), diff_ids=(Digest.of(EMPTY_TAR),), history=history, created="2026-01-01T00:00:00Z"
        )
        packed = self._put(mediatype.OCI_LAYER_GZIP, layer)
        promised = replace(packed, size=packed.size if layer_size is None else layer_size)
        manifest = Manifest.build(self._put(mediatype.OCI_CONFIG, config.raw), [promised])
        self.found = self._put(mediatype.OCI_MANIFEST, manifest.raw)

    def _put(self, media_type: str, data: bytes) -> Descriptor:
        digest, size = self.store.put(io.BytesIO(data))
        return Descriptor(media_type, digest, size)

    def resolve(self, reference: Reference, platform: Platform) -> Descriptor:
        return self.found

    def blobs(self, reference: Reference) -> MemoryStore:
        return self.store

    def tags(self, reference: Reference) -> Sequence[str]:
        return ["1"]


def attempt(registry: OneImage, folder: Path) -> None:
    engine = docker_in(folder).engine
    engine.registry = registry
    before = engine.state
    try:
        pull(engine, Reference.parse("one:1"), lambda: None, lambda step: None)
    except DockError:
        assert engine.state.images == before.images
        assert engine.state.tags == before.tags
        raise


def test_what_is_as_promised_is_taken(tmp_path: Path) -> None:
    attempt(OneImage(gzip.compress(EMPTY_TAR)), tmp_path)


def test_a_layer_of_another_size(tmp_path: Path) -> None:
    with pytest.raises(IntegrityError, match=r"100 bytes were promised"):
        attempt(OneImage(gzip.compress(EMPTY_TAR), layer_size=100), tmp_path)


def test_a_layer_that_unpacks_to_something_else(tmp_path: Path) -> None:
    with pytest.raises(IntegrityError):
        attempt(OneImage(gzip.compress(bytes(64 << 20))), tmp_path)


def test_a_config_of_many_megabytes(tmp_path: Path) -> None:
    with pytest.raises(IntegrityError, match="too many for a manifest or config"):
        attempt(OneImage(gzip.compress(EMPTY_TAR), config_padding=5 << 20), tmp_path)
