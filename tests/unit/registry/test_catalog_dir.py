"""A directory of a course's images: names, platforms, types, and every kind of damage."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dockkernel.errors import DockError, IntegrityError, ManifestNotFound
from dockkernel.oci.annotations import IMAGE_NAME
from dockkernel.oci.manifest import Manifest
from dockkernel.oci.platform import Platform
from dockkernel.oci.reference import Reference
from dockkernel.registry.catalog_dir import DirectoryCatalog
from dockkernel.registry.refusals import CatalogDamaged, PlatformNotFound, Unreachable
from dockkernel.testing.layouts import named, put, put_image, put_index, write_index, write_layout

FILES = {"etc/motd": b"hello"}
ARM, AMD = Platform("linux", "arm64"), Platform()


def resolve(path: Path, name: str, platform: Platform = AMD) -> str:
    return str(DirectoryCatalog(path).resolve(Reference.parse(name), platform).digest)


def test_the_full_name_comes_before_the_short_one(tmp_path: Path) -> None:
    image = put_image(tmp_path, FILES)
    both = {IMAGE_NAME: "docker.io/team/app:1", "org.opencontainers.image.ref.name": "other:1"}
    write_index(tmp_path, {**image, "annotations": both})
    assert resolve(tmp_path, "team/app:1") == image["digest"]
    with pytest.raises(ManifestNotFound):
        resolve(tmp_path, "other:1")


@pytest.mark.parametrize("name", ["app", "app:latest", "docker.io/library/app:latest"])
def test_a_short_name_may_be_familiar_or_full(tmp_path: Path, name: str) -> None:
    image = put_image(tmp_path, FILES)
    write_index(tmp_path, named(image, name))
    assert resolve(tmp_path, "app") == image["digest"]


def test_other_hosts_have_their_own_names(tmp_path: Path) -> None:
    image = put_image(tmp_path, FILES)
    write_index(tmp_path, named(image, "registry.example.com:5000/course/app:1"))
    assert resolve(tmp_path, "registry.example.com:5000/course/app:1") == image["digest"]
    with pytest.raises(ManifestNotFound, match="course/other:1 not found: manifest unknown: manifest unknown"):
        resolve(tmp_path, "registry.example.com:5000/course/other:1")
    with pytest.raises(Unreachable, match=r"lookup elsewhere\.example\.com: no such host"):
        resolve(tmp_path, "elsewhere.example.com/app:1")


def test_docker_and_oci_types_are_both_read(tmp_path: Path) -> None:
    old, new = put_image(tmp_path, FILES, docker=True), put_image(tmp_path, FILES)
    write_index(tmp_path, named(old, "app:docker"), named(new, "app:oci"))
    catalog = DirectoryCatalog(tmp_path)
    for tag in ("docker", "oci"):
        reference = Reference.parse(f"app:{tag}")
        found = catalog.resolve(reference, AMD)
        manifest = Manifest.parse(catalog.blobs(reference).open(found.digest).read(), found.media_type)
        assert manifest.media_type == found.media_type
        assert len(manifest.layers) == 1


def test_an_index_is_followed_to_the_platform(tmp_path: Path) -> None:
    amd, arm = put_image(tmp_path, FILES), put_image(tmp_path, FILES, "arm64")
    index = put_index(
        tmp_path,
        {**amd, "platform": {"os": "linux", "architecture": "amd64"}},
        {**arm, "platform": {"os": "linux", "architecture": "arm64", "variant": "v8"}},
        {**put_image(tmp_path, {}), "platform": {"os": "unknown", "architecture": "unknown"}},
    )
    write_index(tmp_path, named(put_index(tmp_path, index), "app:1"))
    assert resolve(tmp_path, "app:1", AMD) == amd["digest"]
    assert resolve(tmp_path, "app:1", ARM) == arm["digest"]
    assert resolve(tmp_path, f"app@{index['digest']}", ARM) == arm["digest"]
    assert resolve(tmp_path, f"app@{arm['digest']}", AMD) == arm["digest"]
    with pytest.raises(PlatformNotFound, match="no matching manifest for linux/s390x in the manifest list entries"):
        resolve(tmp_path, "app:1", Platform("linux", "s390x"))


def test_the_only_image_serves_every_platform(tmp_path: Path) -> None:
    amd = put_image(tmp_path, FILES)
    index = put_index(tmp_path, {**amd, "platform": {"os": "linux", "architecture": "amd64"}})
    write_index(tmp_path, named(index, "app:1"))
    assert resolve(tmp_path, "app:1", ARM) == amd["digest"]


def test_the_last_of_two_equal_names_counts(tmp_path: Path) -> None:
    old, new = put_image(tmp_path, FILES), put_image(tmp_path, {"etc/motd": b"new"})
    write_index(tmp_path, named(old, "app:1"), named(new, "app:1"))
    assert resolve(tmp_path, "app:1") == new["digest"]


def test_entries_without_a_usable_name_are_passed_over_with_a_reason(tmp_path: Path) -> None:
    image = put_image(tmp_path, FILES)
    write_index(tmp_path, image, named(image, "NOT A NAME"), named(image, "app:1"))
    catalog = DirectoryCatalog(tmp_path)
    assert catalog.tags(Reference.parse("app")) == ["1"]
    short = image["digest"][7:19]
    assert catalog.ignored()[0] == f"{short}: no name"
    assert catalog.ignored()[1].startswith(f"{short}: 'NOT A NAME': invalid reference format")
    assert catalog.problem() is None


def test_search_looks_at_names_and_descriptions(tmp_path: Path) -> None:
    image = put_image(tmp_path, FILES)
    about = {"annotations": {IMAGE_NAME: "docker.io/course/web:1", "org.opencontainers.image.description": "Week two"}}
    write_index(tmp_path, {**image, **about}, named(image, "app:1"))
    catalog = DirectoryCatalog(tmp_path)
    assert [entry.name for entry in catalog.search("WEEK")] == ["course/web"]
    assert [entry.name for entry in catalog.search("")] == ["app", "course/web"]


def test_a_missing_directory_is_one_line(tmp_path: Path) -> None:
    catalog = DirectoryCatalog(tmp_path / "nowhere")
    with pytest.raises(CatalogDamaged) as caught:
        catalog.resolve(Reference.parse("app"), AMD)
    assert (
        caught.value.message == f"catalog {tmp_path / 'nowhere'} cannot be read: index.json: No such file or directory"
    )
    assert catalog.problem() == caught.value.message


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no json",
        "[]",
        "{}",
        '{"manifests": 3}',
        '{"manifests": [3]}',
        '{"manifests": [{"digest": "x"}]}',
        '"\\ud800"',
    ],
)
def test_a_damaged_index_is_one_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "index.json").write_text(text)
    catalog = DirectoryCatalog(tmp_path)
    for action in (
        lambda: catalog.resolve(Reference.parse("app"), AMD),
        lambda: catalog.tags(Reference.parse("app")),
        lambda: catalog.search("app"),
    ):
        with pytest.raises(CatalogDamaged) as caught:
            action()
        assert caught.value.message.startswith(f"catalog {tmp_path} is damaged: index.json: ")
        assert "\n" not in caught.value.message


def test_a_damaged_blob_is_found_while_it_is_read(tmp_path: Path) -> None:
    write_layout(tmp_path, {"app:1": FILES})
    for blob in (tmp_path / "blobs" / "sha256").iterdir():
        data = bytearray(blob.read_bytes())
        data[0] ^= 1
        blob.write_bytes(bytes(data))
    catalog, reference = DirectoryCatalog(tmp_path), Reference.parse("app:1")
    with pytest.raises(IntegrityError), catalog.blobs(reference).open(catalog.resolve(reference, AMD).digest) as stream:
        stream.read()


def test_a_damaged_nested_index_is_one_line(tmp_path: Path) -> None:
    image = put_image(tmp_path, FILES)
    index = put_index(tmp_path, image)
    write_index(tmp_path, named(index, "app:1"))
    (tmp_path / "blobs" / "sha256" / index["digest"][7:]).write_text("{}")
    with pytest.raises(DockError) as caught:
        resolve(tmp_path, "app:1")
    assert "\n" not in caught.value.message


def test_indexes_that_nest_for_ever_end(tmp_path: Path) -> None:
    entry = put_image(tmp_path, FILES)
    for _ in range(20):
        entry = put_index(tmp_path, entry)
    write_index(tmp_path, named(entry, "app:1"))
    with pytest.raises(DockError):
        resolve(tmp_path, "app:1")


def test_a_digest_outside_the_repository_is_unknown(tmp_path: Path) -> None:
    image, other = put_image(tmp_path, FILES), put_image(tmp_path, {"a": b"b"})
    write_index(tmp_path, named(image, "app:1"), named(other, "other:1"))
    with pytest.raises(ManifestNotFound):
        resolve(tmp_path, f"app@{other['digest']}")


def test_a_file_that_is_no_manifest_is_still_only_bytes(tmp_path: Path) -> None:
    entry = {"mediaType": "application/vnd.oci.image.manifest.v1+json", **put(tmp_path, json.dumps([]).encode())}
    write_index(tmp_path, named(entry, "app:1"))
    assert resolve(tmp_path, "app:1") == entry["digest"]
