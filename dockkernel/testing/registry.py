"""What every `Registry` keeps, as tests to inherit: give `subject()` and let pytest collect the class."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dockkernel.errors import BlobNotFound, DockError, ManifestNotFound, RegistryError
from dockkernel.oci import mediatype
from dockkernel.oci.config import ImageConfig
from dockkernel.oci.digest import Digest
from dockkernel.oci.manifest import Manifest
from dockkernel.oci.platform import Platform
from dockkernel.oci.reference import Reference
from dockkernel.registry.protocol import Registry
from dockkernel.store.compress import decompressor


@dataclass(frozen=True, slots=True)
class Subject:
    """The registry to test and what is in it."""

    registry: Registry
    known: Reference
    """With a tag; it is there."""
    missing_tag: Reference
    """The repository is there, the tag is not."""
    missing_repository: Reference
    """The host is known (or Docker Hub), the repository is not there."""
    elsewhere: Reference
    """A host that nothing answers for."""


class RegistryConformance:
    """Inherit, and define `subject`."""

    def subject(self) -> Subject:
        """The registry with something known in it; asked once a test."""
        raise TypeError("define subject() in the test class")

    def test_resolves_to_a_manifest_whose_bytes_have_its_digest(self) -> None:
        """Also a second time: the answer is the same."""
        it = self.subject()
        found = it.registry.resolve(it.known, Platform())
        assert found.media_type in mediatype.MANIFESTS
        with it.registry.blobs(it.known).open(found.digest) as stream:
            raw = stream.read()
        assert Digest.of(raw) == found.digest
        assert len(raw) == found.size
        assert it.registry.resolve(it.known, Platform()) == found

    def test_a_digest_is_a_name_too(self) -> None:
        """With or without a tag before it."""
        it = self.subject()
        found = it.registry.resolve(it.known, Platform())
        by_digest = it.registry.resolve(it.known.with_digest(found.digest), Platform())
        assert by_digest.digest == found.digest

    def test_a_digest_that_is_not_there_is_unknown(self) -> None:
        """In a repository that is there."""
        it = self.subject()
        absent = it.known.with_digest(Digest.of(b"nothing"))
        error = refusal(ManifestNotFound, lambda: it.registry.resolve(absent, Platform()))
        assert error.message == f"manifest for {absent.familiar()} not found: manifest unknown: manifest unknown"

    def test_every_blob_of_an_image_is_what_it_says(self) -> None:
        """Sizes and digests of config and layers, and the diff IDs of what the layers unpack to."""
        it = self.subject()
        blobs = it.registry.blobs(it.known)
        found = it.registry.resolve(it.known, Platform())
        manifest = Manifest.parse(blobs.open(found.digest).read(), found.media_type)
        config = ImageConfig.parse(blobs.open(manifest.config.digest).read())
        assert config.id == manifest.config.digest
        assert len(config.diff_ids) == len(manifest.layers)
        for layer, diff_id in zip(manifest.layers, config.diff_ids, strict=True):
            assert blobs.size(layer.digest) == layer.size
            with blobs.open(layer.digest) as stream:
                assert Digest.of_stream(stream) == (layer.digest, layer.size)
            with blobs.open(layer.digest) as stream:
                unpacked = decompressor(stream, mediatype.compression(layer.media_type))
                assert Digest.of_stream(unpacked)[0] == diff_id

    def test_history_and_layers_agree(self) -> None:
        """As many rows without `empty_layer` as layers."""
        it = self.subject()
        blobs = it.registry.blobs(it.known)
        manifest = Manifest.parse(blobs.open(it.registry.resolve(it.known, Platform()).digest).read())
        config = ImageConfig.parse(blobs.open(manifest.config.digest).read())
        assert sum(not row.empty_layer for row in config.history) == len(manifest.layers)

    def test_two_streams_of_one_blob_do_not_disturb_each_other(self) -> None:
        """They may be read in turns."""
        it = self.subject()
        blobs = it.registry.blobs(it.known)
        digest = it.registry.resolve(it.known, Platform()).digest
        with blobs.open(digest) as one, blobs.open(digest) as other:
            start = one.read(10)
            assert other.read() == start + one.read()

    def test_an_unknown_blob_is_not_found(self) -> None:
        """`size` says None, `open` raises."""
        it = self.subject()
        blobs = it.registry.blobs(it.known)
        assert blobs.size(Digest.of(b"nothing")) is None
        refusal(BlobNotFound, lambda: blobs.open(Digest.of(b"nothing")))

    def test_tags_are_sorted_and_hold_the_known_one(self) -> None:
        """An unknown repository has none, and that is no error."""
        it = self.subject()
        tags = it.registry.tags(it.known)
        assert it.known.tag in tags
        assert list(tags) == sorted(set(tags))
        assert list(it.registry.tags(it.missing_repository)) == []

    def test_a_missing_tag_is_said_in_the_words_of_docker(self) -> None:
        """The familiar reference is in it."""
        it = self.subject()
        error = refusal(ManifestNotFound, lambda: it.registry.resolve(it.missing_tag, Platform()))
        name = it.missing_tag.familiar()
        assert error.message == f"manifest for {name} not found: manifest unknown: manifest unknown"

    def test_a_missing_repository_is_said_in_the_words_of_docker(self) -> None:
        """Docker Hub does not tell it from a private one."""
        it = self.subject()
        error = refusal(ManifestNotFound, lambda: it.registry.resolve(it.missing_repository, Platform()))
        assert error.message.startswith(f"pull access denied for {it.missing_repository.familiar_name}, ")

    def test_a_host_that_nothing_answers_for_is_unreachable(self) -> None:
        """The hint says why."""
        it = self.subject()
        error = refusal(RegistryError, lambda: it.registry.resolve(it.elsewhere, Platform()))
        assert error.message.startswith(f'Get "https://{it.elsewhere.registry}/v2/": ')
        assert error.hint


def refusal(kind: type[DockError], action: Callable[[], object]) -> DockError:
    """The error of this kind that `action` ends in; a failed assertion when it does not."""
    found: DockError | None = None
    try:
        action()
    except kind as error:
        found = error
    assert found is not None, f"{kind.__name__} expected"
    assert "\n" not in found.message
    return found
