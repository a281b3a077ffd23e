"""The embedded catalog: stand-ins for Docker Hub's official images that need no network.

Questions are answered from the lock file; a blob is generated when it is opened, as a stream. Some tags have a second
edition: `docker catalog publish` moves the tag on, the earlier edition stays reachable by its digest.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import BinaryIO

from dockkernel.errors import BlobNotFound, InvalidInput
from dockkernel.oci.descriptor import Descriptor
from dockkernel.oci.digest import Digest
from dockkernel.oci.platform import Platform
from dockkernel.oci.reference import DEFAULT_REGISTRY, Reference
from dockkernel.registry.lock import Family, LockedImage, LockedLayer, Repository, lock
from dockkernel.registry.protocol import CatalogEntry, Unpacked
from dockkernel.registry.refusals import manifest_unknown, repository_unknown, unreachable
from dockkernel.store.blobs import BlobReader

_OFFICIAL = "library/"


class EmbeddedCatalog:
    """A `Registry` and `Searchable`; `editions` gives the edition that each published reference has come to."""

    def __init__(self, editions: Callable[[], Mapping[str, int]]) -> None:
        self._editions = editions

    def resolve(self, reference: Reference, platform: Platform) -> Descriptor:
        """The manifest for `reference`; the images are for one platform and serve every other too."""
        wanted = reference.with_default_tag()
        repository = _repository(wanted)
        if wanted.registry != DEFAULT_REGISTRY:
            raise unreachable(wanted)
        if repository is None:
            raise repository_unknown(wanted)
        if wanted.digest:
            for image in _images(repository):
                if image.manifest.digest == wanted.digest:
                    return image.manifest
            raise manifest_unknown(wanted)
        family = _family(wanted)
        if family is None:
            raise manifest_unknown(wanted)
        return lock().image(family.editions[self._edition(wanted, family) - 1]).manifest

    def blobs(self, reference: Reference) -> BlobReader:
        """A reader of the repository's manifests, configs and layers."""
        repository = _repository(reference)
        return _RecipeBlobs(list(_images(repository)) if repository else [])

    def tags(self, reference: Reference) -> Sequence[str]:
        """The repository's tags, sorted; empty when it is not known here."""
        repository = _repository(reference)
        return sorted(tag for family in repository.families for tag in family.tags) if repository else []

    def search(self, text: str) -> Sequence[CatalogEntry]:
        """The repositories whose name or description has `text` in it; those with it in the name come first."""
        text = text.lower().removeprefix(_OFFICIAL)
        found = [
            CatalogEntry(name, repository.description, official=True)
            for name, repository in sorted(lock().repositories.items())
            if repository.families and text in f"{name}\n{repository.description}".lower()
        ]
        return sorted(found, key=lambda entry: (entry.name != text, text not in entry.name))

    def publishable(self) -> Sequence[str]:
        """The familiar references that have a further edition than the one they are at, sorted."""
        return sorted(
            f"{name}:{tag}"
            for name, repository in lock().repositories.items()
            for family in repository.families
            for tag in family.tags
            if self._edition(Reference(DEFAULT_REGISTRY, _OFFICIAL + name, tag), family) < len(family.editions)
        )

    def edition(self, reference: Reference) -> int:
        """The edition that `reference` is at, 1 for one that was never published anew."""
        family = _family(reference)
        return self._edition(reference, family) if family else 1

    def next_edition(self, reference: Reference) -> int:
        """The edition to move `reference` to; the caller records it under the canonical reference.

        `ManifestNotFound` for a reference that is not here, `InvalidInput` when it has no further edition.
        """
        wanted = reference.with_default_tag()
        family = _family(wanted)
        if family is None:
            raise manifest_unknown(wanted) if _repository(wanted) else repository_unknown(wanted)
        following = self._edition(wanted, family) + 1
        if following > len(family.editions):
            able = ", ".join(self.publishable()) or "none"
            raise InvalidInput(
                f"{wanted.familiar()} has no newer edition in the catalog", hint=f"these have one: {able}"
            )
        return following

    def _edition(self, reference: Reference, family: Family) -> int:
        """The tags of an image move together: the highest edition that any of them was published at."""
        editions = self._editions()
        reached = (editions.get(reference.with_tag(tag).canonical(), 1) for tag in family.tags)
        return min(max(reached, default=1), len(family.editions))


def _repository(reference: Reference) -> Repository | None:
    if reference.registry != DEFAULT_REGISTRY or not reference.repository.startswith(_OFFICIAL):
        return None
    found = lock().repositories.get(reference.repository.removeprefix(_OFFICIAL))
    return found if found and found.families else None


def _family(reference: Reference) -> Family | None:
    repository = _repository(reference)
    families = repository.families if repository else ()
    return next((family for family in families if reference.tag in family.tags), None)


def _images(repository: Repository) -> Iterator[LockedImage]:
    for family in repository.families:
        yield from (lock().image(key) for key in family.editions)


class _RecipeBlobs:
    """Generates the blobs of some images when they are opened."""

    def __init__(self, images: Sequence[LockedImage]) -> None:
        self._images = images

    def open(self, digest: Digest) -> BinaryIO:
        from dockkernel.registry.images import image_config, layer_blob

        for image in self._images:
            if digest == image.manifest.digest:
                return io.BytesIO(image.build_manifest().raw)
            if digest == image.config.digest:
                return io.BytesIO(image_config(image.key, [layer.diff_id for layer in image.layers]).raw)
        layer = self._layer(digest)
        if layer is None:
            raise BlobNotFound(f"blob {digest} not found")
        return layer_blob(layer.recipe, layer.number)

    def open_unpacked(self, digest: Digest) -> Unpacked | None:
        """The layer as it is generated: compressing it would only be undone by whoever stores it."""
        from dockkernel.registry.images import layer_tar

        layer = self._layer(digest)
        return Unpacked(layer_tar(layer.recipe, layer.number), layer.tar_size) if layer else None

    def _layer(self, digest: Digest) -> LockedLayer | None:
        layers = (layer for image in self._images for layer in image.layers)
        return next((layer for layer in layers if layer.blob.digest == digest), None)

    def size(self, digest: Digest) -> int | None:
        for image in self._images:
            for blob in (image.manifest, image.config, *(layer.blob for layer in image.layers)):
                if digest == blob.digest:
                    return blob.size
        return None
