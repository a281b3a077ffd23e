"""Where images come from. Embedded catalog, catalog directory, remote registry and router are all a `Registry`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple, Protocol, runtime_checkable

from dockkernel.oci.descriptor import Descriptor
from dockkernel.oci.digest import Digest
from dockkernel.oci.platform import Platform
from dockkernel.oci.reference import Reference
from dockkernel.store.blobs import BlobReader

TEACHING_LABEL = "org.dockkernel.teaching-image"
"""The label, with the value `true`, by which an image says that it is a stand-in made for teaching."""


@dataclass(frozen=True, slots=True)
class CatalogEntry:
    """One row of a search: repository (familiar form), what it is, stars, whether it is official."""

    name: str
    description: str
    stars: int = 0
    official: bool = False


class Registry(Protocol):
    """A place that answers for references."""

    def resolve(self, reference: Reference, platform: Platform) -> Descriptor:
        """The manifest (never an index) for a reference with a tag or a digest.

        `ManifestNotFound` with Docker's words when there is none; `Unreachable` when the place cannot be asked.
        """
        ...

    def blobs(self, reference: Reference) -> BlobReader:
        """A reader of the manifests, configs and layers of this repository."""
        ...

    def tags(self, reference: Reference) -> Sequence[str]:
        """The repository's tags, sorted; empty when it is not known here."""
        ...


class Unpacked(NamedTuple):
    """A layer's tar, and how many bytes it has."""

    stream: BinaryIO
    size: int


@runtime_checkable
class Unpacking(Protocol):
    """The optional ability of a `BlobReader` that makes its layers itself: to give them before they are compressed."""

    def open_unpacked(self, digest: Digest) -> Unpacked | None:
        """The layer whose compressed blob has this digest; None when it is not here or here only as that blob.

        The bytes are not checked: the caller knows the diff ID that they must have.
        """
        ...


class Searchable(Protocol):
    """The optional ability to look repositories up by text."""

    def search(self, text: str) -> Sequence[CatalogEntry]:
        """The repositories that match, best first."""
        ...
