"""Several registries as one."""

from __future__ import annotations

from pathlib import Path

import pytest

from dockkernel.errors import ManifestNotFound
from dockkernel.oci.manifest import Manifest
from dockkernel.oci.platform import Platform
from dockkernel.oci.reference import Reference
from dockkernel.registry.catalog import EmbeddedCatalog
from dockkernel.registry.catalog_dir import DirectoryCatalog
from dockkernel.registry.protocol import Unpacking
from dockkernel.registry.refusals import CatalogDamaged, Unreachable
from dockkernel.registry.router import Router
from dockkernel.store.compress import decompressor
from dockkernel.testing.layouts import write_layout

EMBEDDED = EmbeddedCatalog(dict)


@pytest.fixture
def course(tmp_path: Path) -> DirectoryCatalog:
    write_layout(tmp_path, {"nginx:course": {"a": b"1"}, "nginx:latest": {"a": b"2"}, "lab": {"a": b"3"}})
    return DirectoryCatalog(tmp_path)


def test_the_first_that_has_it_answers(course: DirectoryCatalog) -> None:
    nginx = Reference.parse("nginx:latest")
    assert Router([course, EMBEDDED]).resolve(nginx, Platform()) == course.resolve(nginx, Platform())
    assert Router([EMBEDDED, course]).resolve(nginx, Platform()) == EMBEDDED.resolve(nginx, Platform())


def test_a_tag_that_the_first_lacks_is_looked_for_in_the_next(course: DirectoryCatalog) -> None:
    router, stable = Router([course, EMBEDDED]), Reference.parse("nginx:stable")
    found = router.resolve(stable, Platform())
    assert found == EMBEDDED.resolve(stable, Platform())
    with router.blobs(stable).open(found.digest) as stream:
        assert len(stream.read()) == found.size
    assert router.blobs(stable).size(found.digest) == found.size


def test_a_layer_of_a_recipe_comes_unpacked_as_well(course: DirectoryCatalog) -> None:
    reference = Reference.parse("hello-world:latest")
    router = Router([course, EMBEDDED])
    blobs = router.blobs(reference)
    assert isinstance(blobs, Unpacking)
    manifest = Manifest.parse(blobs.open(router.resolve(reference, Platform()).digest).read())
    for layer in manifest.layers:
        packed = blobs.open(layer.digest)
        unpacked = blobs.open_unpacked(layer.digest)
        assert unpacked is not None
        data = unpacked.stream.read()
        assert data == decompressor(packed, "gzip").read()
        assert len(data) == unpacked.size
    lab = course.resolve(Reference.parse("lab"), Platform())
    assert blobs.open_unpacked(lab.digest) is None


def test_tags_are_those_of_all(course: DirectoryCatalog) -> None:
    tags = Router([course, EMBEDDED]).tags(Reference.parse("nginx"))
    assert {"course", "latest", "stable"} <= set(tags)
    assert tags.count("latest") == 1


def test_search_names_each_repository_once(course: DirectoryCatalog) -> None:
    names = [entry.name for entry in Router([course, EMBEDDED]).search("nginx")]
    assert names == ["nginx"]


def test_the_error_that_tells_most_is_kept(course: DirectoryCatalog, tmp_path: Path) -> None:
    router = Router([course, EMBEDDED])
    with pytest.raises(ManifestNotFound, match="manifest for lab:9 not found: manifest unknown: manifest unknown"):
        router.resolve(Reference.parse("lab:9"), Platform())
    with pytest.raises(ManifestNotFound, match="pull access denied for nosuch"):
        router.resolve(Reference.parse("nosuch"), Platform())
    with pytest.raises(Unreachable):
        router.resolve(Reference.parse("registry.example.com/app"), Platform())
    with pytest.raises(CatalogDamaged):
        Router([DirectoryCatalog(tmp_path / "gone"), EMBEDDED]).resolve(Reference.parse("nosuch"), Platform())


def test_a_damaged_catalog_does_not_hide_the_others(tmp_path: Path) -> None:
    router, alpine = Router([DirectoryCatalog(tmp_path / "gone"), EMBEDDED]), Reference.parse("alpine")
    found = router.resolve(alpine, Platform())
    assert router.blobs(alpine).size(found.digest) == found.size
    assert "latest" in router.tags(alpine)
    assert router.search("alpine")[0].name == "alpine"


def test_without_registries_nothing_can_be_reached() -> None:
    with pytest.raises(Unreachable):
        Router([]).resolve(Reference.parse("nginx"), Platform())
