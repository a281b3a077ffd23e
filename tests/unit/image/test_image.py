"""Images written with `edit`, read back with `Image`, checked with `check`."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path

import pytest
from support.houses import with_files

from dockkernel.errors import BlobNotFound, DockError, IntegrityError, ParseError, Unsupported
from dockkernel.fs.change import diff
from dockkernel.fs.tree import Tree
from dockkernel.image.check import check
from dockkernel.image.edit import append_layer, write_image
from dockkernel.image.image import Image
from dockkernel.oci import mediatype
from dockkernel.oci.config import ContainerConfig, History, ImageConfig
from dockkernel.oci.descriptor import Descriptor
from dockkernel.oci.digest import Digest
from dockkernel.oci.manifest import Manifest
from dockkernel.store.layout import LayoutStore
from dockkernel.store.memory import MemoryStore

BASE = with_files(Tree.empty(), {"etc/os-release": b"ID=test\n", "bin/sh": b"#!"})
TOP = with_files(BASE, {"app/main": b"12345"})


@pytest.fixture
def store(tmp_path: Path) -> LayoutStore:
    return LayoutStore(tmp_path)


def _config(*diff_ids: Digest, history: int | None = None) -> ImageConfig:
    rows = tuple(History(created_by=f"row {n}") for n in range(len(diff_ids) if history is None else history))
    return ImageConfig.build(config=ContainerConfig(), diff_ids=diff_ids, history=rows, created="2024-01-01T00:00:00Z")


def _image(store: LayoutStore | MemoryStore) -> Manifest:
    base, _, base_bytes = append_layer(store, diff(Tree.empty(), BASE))
    top, _, top_bytes = append_layer(store, diff(BASE, TOP))
    return write_image(store, _config(base, top), [(base, base_bytes), (top, top_bytes)])


def test_a_layer_is_named_by_its_bytes_and_sized_as_docker_does(store: LayoutStore) -> None:
    diff_id, size, blob_bytes = append_layer(store, diff(Tree.empty(), BASE))
    assert size == len(b"ID=test\n") + len(b"#!")
    assert blob_bytes == store.size(diff_id)
    assert append_layer(MemoryStore(), diff(Tree.empty(), BASE)) == (diff_id, size, blob_bytes)


def test_what_was_written_is_loaded(store: LayoutStore) -> None:
    manifest = _image(store)
    image = Image.load(store, manifest.descriptor.digest)
    assert image.id == manifest.config.digest == image.config.id
    assert [layer.descriptor.media_type for layer in image.layers] == [mediatype.OCI_LAYER] * 2
    assert [layer.diff_id for layer in image.layers] == [layer.descriptor.digest for layer in image.layers]
    assert image.layers[0].chain_id == image.layers[0].diff_id
    assert image.layers[1].chain_id == Digest.of(f"{image.layers[0].diff_id} {image.layers[1].diff_id}".encode())
    assert [change.path for change in image.layers[1].changes()] == ["app", "app/main"]
    assert Image.load(store, manifest.descriptor.digest) == image


def test_equal_images_have_equal_manifests(store: LayoutStore) -> None:
    assert _image(store) == _image(MemoryStore())


def test_a_compressed_layer_opens_as_its_tar_but_has_no_slices(store: LayoutStore) -> None:
    plain, _, _ = append_layer(store, diff(Tree.empty(), BASE))
    with store.open(plain) as stream:
        tar = stream.read()
    packed, packed_bytes = store.put(io.BytesIO(gzip.compress(tar, mtime=0)))
    config = _config(plain)
    config_digest, _ = store.put(io.BytesIO(config.raw))
    manifest = Manifest.build(
        Descriptor(mediatype.OCI_CONFIG, config_digest, len(config.raw)),
        [Descriptor(mediatype.OCI_LAYER_GZIP, packed, packed_bytes)],
    )
    store.put(io.BytesIO(manifest.raw))
    image = Image.load(store, manifest.descriptor.digest)
    with image.layers[0].open() as stream:
        assert stream.read() == tar
    assert check(store, manifest.descriptor.digest) == ()
    with pytest.raises(Unsupported):
        image.layers[0].changes()


def test_a_manifest_that_is_none_is_refused(store: LayoutStore) -> None:
    digest, _ = store.put(io.BytesIO(b'{"no": "manifest"}'))
    with pytest.raises(ParseError):
        Image.load(store, digest)
    with pytest.raises(BlobNotFound):
        Image.load(store, Digest.of(b"absent"))


def test_a_manifest_of_any_size_is_not_read_into_memory(store: LayoutStore) -> None:
    digest, _ = store.put(io.BytesIO(bytes(17 << 20)))
    with pytest.raises(IntegrityError, match="too large"):
        Image.load(store, digest)


def test_another_number_of_layers_is_refused(store: LayoutStore) -> None:
    base, _, size = append_layer(store, diff(Tree.empty(), BASE))
    manifest = write_image(store, _config(base, base), [(base, size)])
    with pytest.raises(IntegrityError, match="layers length mismatch: expected 1, got 2"):
        Image.load(store, manifest.descriptor.digest)
    assert [finding.code for finding in check(store, manifest.descriptor.digest)] == ["unreadable"]


def test_a_good_image_has_no_findings(store: LayoutStore) -> None:
    assert check(store, _image(store).descriptor.digest) == ()


def test_history_that_does_not_fit_is_found(store: LayoutStore) -> None:
    base, _, size = append_layer(store, diff(Tree.empty(), BASE))
    manifest = write_image(store, _config(base, history=3), [(base, size)])
    assert [finding.code for finding in check(store, manifest.descriptor.digest)] == ["history"]


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (lambda path: path.unlink(), "missing"),
        (lambda path: path.write_bytes(path.read_bytes() + b"\0"), "size"),
        (lambda path: path.write_bytes(bytes([1]) + path.read_bytes()[1:]), "damaged"),
    ],
    ids=["gone", "longer", "other bytes"],
)
def test_a_damaged_layer_is_found(store: LayoutStore, damage: object, code: str) -> None:
    assert callable(damage)
    manifest = _image(store)
    damage(store.path(manifest.layers[0].digest))
    assert [finding.code for finding in check(store, manifest.descriptor.digest)] == [code]


def test_a_layer_under_another_diff_id_is_found(store: LayoutStore) -> None:
    base, _, size = append_layer(store, diff(Tree.empty(), BASE))
    manifest = write_image(store, _config(Digest.of(b"another")), [(base, size)])
    (finding,) = check(store, manifest.descriptor.digest)
    assert finding.code == "diff-id"
    assert finding.message.startswith("invalid diffID for layer 0: expected sha256:")


def test_a_damaged_config_is_one_line(store: LayoutStore) -> None:
    manifest = _image(store)
    path = store.path(manifest.config.digest)
    value = json.loads(path.read_bytes())
    path.write_bytes(json.dumps(value | {"author": "mallory"}).encode())
    with pytest.raises(DockError) as caught:
        Image.load(store, manifest.descriptor.digest)
    assert "damaged" in caught.value.message
    assert "\n" not in caught.value.message
