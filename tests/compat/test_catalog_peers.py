"""skopeo makes catalogs that we read, and reads the images that our recipes make."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from dockkernel.oci.digest import Digest
from dockkernel.oci.manifest import Manifest
from dockkernel.oci.platform import Platform
from dockkernel.oci.reference import Reference
from dockkernel.registry.catalog import EmbeddedCatalog
from dockkernel.registry.catalog_dir import DirectoryCatalog
from dockkernel.testing.layouts import named, put, write_index, write_layout

pytestmark = [
    pytest.mark.peer,
    pytest.mark.skipif(shutil.which("skopeo") is None, reason="skopeo is not installed"),
]


def skopeo(*arguments: str) -> None:
    done = subprocess.run(["skopeo", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", ["docker.io/library/mine:1", "mine:1"])
def test_a_directory_that_skopeo_made_is_a_catalog(tmp_path: Path, name: str) -> None:
    source, target = tmp_path / "source", tmp_path / "course"
    write_layout(source, {"app:1": {"etc/motd": b"hello"}})
    skopeo("copy", "--quiet", f"oci:{source}:app:1", f"oci:{target}:{name}")
    catalog, reference = DirectoryCatalog(target), Reference.parse("mine:1")
    found = catalog.resolve(reference, Platform())
    manifest = Manifest.parse(catalog.blobs(reference).open(found.digest).read())
    with catalog.blobs(reference).open(manifest.layers[0].digest) as stream:
        assert Digest.of_stream(stream)[0] == manifest.layers[0].digest


def test_skopeo_unpacks_what_a_recipe_makes(tmp_path: Path) -> None:
    """`dir:` with decompression makes skopeo read every byte of our gzip and check every digest."""
    catalog, reference = EmbeddedCatalog(dict), Reference.parse("nginx:alpine")
    blobs, found = catalog.blobs(reference), catalog.resolve(reference, Platform())
    manifest = Manifest.parse(blobs.open(found.digest).read())
    for blob in (manifest.descriptor, manifest.config, *manifest.layers):
        with blobs.open(blob.digest) as stream:
            put(tmp_path / "made", stream.read())
    write_index(tmp_path / "made", named(manifest.descriptor.to_json(), "nginx:alpine"))
    skopeo("copy", "--quiet", "--dest-decompress", f"oci:{tmp_path / 'made'}:nginx:alpine", f"dir:{tmp_path / 'plain'}")
    sizes = sorted(path.stat().st_size for path in (tmp_path / "plain").iterdir())
    assert sizes[-1] > 39_000_000
