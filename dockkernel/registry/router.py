"""Several registries as one: asked in order, the first that has an image answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO

from dockkernel.errors import BlobNotFound, RegistryError
from dockkernel.oci.descriptor import Descriptor
from dockkernel.oci.digest import Digest
from dockkernel.oci.platform import Platform
from dockkernel.oci.reference import Reference
from dockkernel.registry.protocol import CatalogEntry, Registry, Unpacked, Unpacking
from dockkernel.registry.refusals import specificity, unreachable
from dockkernel.store.blobs import BlobReader


class Router:
    """A `Registry` and `Searchable` over others. A tag that one does not have is looked for in the next."""

    def __init__(self, registries: Sequence[Registry]) -> None:
        self._registries = tuple(registries)

    def resolve(self, reference: Reference, platform: Platform) -> Descriptor:
        """The manifest from the first registry that has it; else the most telling of their errors."""
        errors: list[RegistryError] = []
        for registry in self._registries:
            try:
                return registry.resolve(reference, platform)
            except RegistryError as error:
                errors.append(error)
        raise max(errors, key=specificity, default=unreachable(reference))

    def blobs(self, reference: Reference) -> BlobReader:
        """A reader that finds each digest in the first registry that holds it."""
        return _Joined([registry.blobs(reference) for registry in self._registries])

    def tags(self, reference: Reference) -> Sequence[str]:
        """The tags of all registries, each once, sorted; a registry that cannot be read adds none."""
        found: set[str] = set()
        for registry in self._registries:
            try:
                found.update(registry.tags(reference))
            except RegistryError:
                continue
        return sorted(found)

    def search(self, text: str) -> Sequence[CatalogEntry]:
        """The matches of all registries that can search, in their order; each repository once, as the first has it."""
        found: dict[str, CatalogEntry] = {}
        for registry in self._registries:
            search = getattr(registry, "search", None)
            try:
                entries: Sequence[CatalogEntry] = search(text) if search else ()
            except RegistryError:
                continue
            for entry in entries:
                if entry.name not in found or not found[entry.name].description:
                    found[entry.name] = entry
        return list(found.values())


class _Joined:
    """Blobs of several places; content addresses make it no matter which one answers."""

    def __init__(self, readers: Sequence[BlobReader]) -> None:
        self._readers = readers

    def open(self, digest: Digest) -> BinaryIO:
        for reader in self._readers:
            try:
                return reader.open(digest)
            except (BlobNotFound, RegistryError):
                continue
        raise BlobNotFound(f"blob {digest} not found")

    def open_unpacked(self, digest: Digest) -> Unpacked | None:
        able = (reader for reader in self._readers if isinstance(reader, Unpacking))
        return next((found for reader in able if (found := reader.open_unpacked(digest))), None)

    def size(self, digest: Digest) -> int | None:
        for reader in self._readers:
            try:
                size = reader.size(digest)
            except RegistryError:
                continue
            if size is not None:
                return size
        return None
