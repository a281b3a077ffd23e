"""A catalog directory: an OCI image layout that ships images with a course (OCI image spec, image-layout.md).

The names of its images are the annotations of `index.json`: `io.containerd.image.name` first, else
`org.opencontainers.image.ref.name`, which may be a full or a familiar name. Nothing is trusted: every blob is checked
against its digest and size while it is read. The directory is looked at when it is asked, so it may change meanwhile.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from dockkernel.errors import BlobNotFound, DockError, IntegrityError, ParseError
from dockkernel.oci import mediatype
from dockkernel.oci.annotations import IMAGE_NAME, REF_NAME
from dockkernel.oci.descriptor import Descriptor
from dockkernel.oci.digest import Digest
from dockkernel.oci.manifest import Index
from dockkernel.oci.platform import Platform
from dockkernel.oci.reference import Reference
from dockkernel.registry.protocol import CatalogEntry
from dockkernel.registry.refusals import (
    CatalogDamaged,
    manifest_unknown,
    no_platform,
    repository_unknown,
    unreachable,
)
from dockkernel.store.blobs import BlobReader
from dockkernel.store.verify import verified

_DESCRIPTION = "org.opencontainers.image.description"
_DEPTH_MAX = 8
_INDEX_MAX = 32 << 20
"""Bytes; an index that claims more is taken for damage."""


@dataclass(frozen=True, slots=True)
class _Named:
    reference: Reference
    descriptor: Descriptor


class DirectoryCatalog:
    """A `Registry` and `Searchable` over an OCI image layout at `path`; nothing is read before it is asked."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def problem(self) -> str | None:
        """One line that says why the directory cannot be used, or None when it can."""
        try:
            self._index()
        except CatalogDamaged as error:
            return error.message
        return None

    def entries(self) -> Sequence[Descriptor]:
        """What the layout's index lists, named or not; `CatalogDamaged` when the directory is no layout."""
        return self._index().manifests

    def ignored(self) -> Sequence[str]:
        """One line for each entry of the index that is passed over, with the reason."""
        return [reason for entry in self._index().manifests if (reason := _name(entry)[1])]

    def resolve(self, reference: Reference, platform: Platform) -> Descriptor:
        """The manifest for `reference`; an index is followed to `platform`, or to the only manifest it has.

        `CatalogDamaged` when the directory is no layout, `IntegrityError` when an index in it is damaged.
        """
        wanted = reference.with_default_tag()
        named = list(self._named())
        same_host = [entry for entry in named if entry.reference.registry == wanted.registry]
        same = [entry.descriptor for entry in same_host if entry.reference.name == wanted.name]
        if not same:
            known = same_host or wanted.registry == "docker.io"
            raise repository_unknown(wanted) if known else unreachable(wanted)
        if wanted.digest:
            return self._by_digest(same, wanted, platform)
        tagged = [entry.descriptor for entry in same_host if entry.reference == wanted.with_tag(str(wanted.tag))]
        if not tagged:
            raise manifest_unknown(wanted)
        return self._choose(tagged, platform, 0)

    def blobs(self, reference: Reference) -> BlobReader:
        """The layout's blobs; the repository makes no difference."""
        return _LayoutBlobs(self.path)

    def tags(self, reference: Reference) -> Sequence[str]:
        """The repository's tags, sorted; `CatalogDamaged` when the directory is no layout."""
        names = {entry.reference.tag for entry in self._named() if entry.reference.name == reference.name}
        return sorted(tag for tag in names if tag)

    def search(self, text: str) -> Sequence[CatalogEntry]:
        """The repositories whose name or description has `text` in it, by name."""
        found: dict[str, CatalogEntry] = {}
        for entry in self._named():
            name, about = entry.reference.familiar_name, entry.descriptor.annotations.get(_DESCRIPTION, "")
            if text.lower() in f"{name}\n{about}".lower():
                found.setdefault(name, CatalogEntry(name, about))
        return [found[name] for name in sorted(found)]

    def _index(self) -> Index:
        try:
            raw = (self.path / "index.json").read_bytes()
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise CatalogDamaged(f"catalog {self.path} cannot be read: index.json: {reason}") from error
        try:
            return Index.parse(raw)
        except (ParseError, AttributeError) as error:
            raise CatalogDamaged(f"catalog {self.path} is damaged: index.json: {error}") from error

    def _named(self) -> Iterator[_Named]:
        for entry in self._index().manifests:
            reference, _ = _name(entry)
            if reference:
                yield _Named(reference, entry)

    def _nested(self, entry: Descriptor) -> tuple[Descriptor, ...]:
        blobs = _LayoutBlobs(self.path)
        if (blobs.size(entry.digest) or 0) > _INDEX_MAX:
            raise IntegrityError(f"blob {entry.digest} is damaged: larger than an index may be")
        with blobs.open(entry.digest) as stream:
            return Index.parse(stream.read(), entry.media_type).manifests

    def _choose(self, entries: Sequence[Descriptor], platform: Platform, depth: int) -> Descriptor:
        """The one for `platform`, the last of equals; the only one, whatever its platform."""
        real = [entry for entry in entries if not entry.platform or entry.platform.os != "unknown"]
        fitting = [entry for entry in real if not entry.platform or platform.matches(entry.platform)]
        if (not fitting and len({entry.digest for entry in real}) != 1) or depth > _DEPTH_MAX:
            raise no_platform(platform)
        chosen = (fitting or real)[-1]
        if chosen.media_type in mediatype.INDEXES:
            return self._choose(self._nested(chosen), platform, depth + 1)
        return replace(chosen, annotations={})

    def _by_digest(self, entries: Sequence[Descriptor], wanted: Reference, platform: Platform) -> Descriptor:
        for _ in range(_DEPTH_MAX):
            match = [entry for entry in entries if entry.digest == wanted.digest]
            if match:
                return self._choose(match, platform, 0)
            indexes = {entry.digest: entry for entry in entries if entry.media_type in mediatype.INDEXES}
            entries = [below for entry in indexes.values() for below in self._nested(entry)]
        raise manifest_unknown(wanted)


class _LayoutBlobs:
    """Reads `blobs/<algorithm>/<hex>`, verified."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def _file(self, digest: Digest) -> Path:
        return self._path / "blobs" / digest.algorithm / digest.hex

    def open(self, digest: Digest) -> BinaryIO:
        try:
            stream = self._file(digest).open("rb")
        except OSError as error:
            raise BlobNotFound(f"blob {digest} not found in catalog {self._path}") from error
        return verified(stream, digest, os.fstat(stream.fileno()).st_size)

    def size(self, digest: Digest) -> int | None:
        try:
            return self._file(digest).stat().st_size
        except OSError:
            return None


def _name(entry: Descriptor) -> tuple[Reference | None, str | None]:
    """An entry's reference, or None and the reason."""
    text = entry.annotations.get(IMAGE_NAME) or entry.annotations.get(REF_NAME)
    if not text:
        return None, f"{entry.digest.short}: no name"
    try:
        return Reference.parse(text).with_default_tag(), None
    except DockError as error:
        return None, f"{entry.digest.short}: {text!r}: {error.message}"
