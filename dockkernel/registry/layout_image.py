"""One image of an OCI layout as a `Registry`, under a name that a build gives it (`--build-context NAME=oci-layout://…`).

Which image of the layout is meant is found once, by buildx's rules: the digest that is asked for, else the entry with
that tag, else the only one there is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from dockkernel.errors import InvalidInput, ParseError
from dockkernel.oci.annotations import REF_NAME
from dockkernel.oci.descriptor import Descriptor
from dockkernel.oci.digest import Digest
from dockkernel.oci.platform import Platform
from dockkernel.oci.reference import Reference
from dockkernel.registry.catalog_dir import DirectoryCatalog
from dockkernel.registry.refusals import CatalogDamaged, manifest_unknown

PREFIX = "oci-layout://"
_VALUE = re.compile(r"(?P<path>.*?)(?::(?P<tag>\w[\w.-]{0,127}))?(?:@(?P<digest>[^@/]*))?", re.DOTALL)


class LayoutImage(DirectoryCatalog):
    """The image; `reference` is what it answers to."""

    def __init__(self, path: Path, reference: Reference) -> None:
        super().__init__(path)
        self.reference = reference

    @staticmethod
    def open(name: str, value: str, cwd: Path) -> LayoutImage:
        """The image that `oci-layout://PATH[:TAG][@DIGEST]` means; `InvalidInput` in buildx's words for none."""
        found = _VALUE.fullmatch(value.removeprefix(PREFIX))
        assert found is not None
        catalog = DirectoryCatalog(cwd / found["path"])
        digest = _parsed(found["digest"]) if found["digest"] is not None else _meant(catalog, found, value)
        return LayoutImage(catalog.path, Reference.parse(f"{Reference.parse(name).name}@{digest}"))

    def resolve(self, reference: Reference, platform: Platform) -> Descriptor:
        """The manifest, when it is asked for by its name here; an index is followed to the platform."""
        if (reference.name, reference.digest) != (self.reference.name, self.reference.digest):
            raise manifest_unknown(reference)
        return self._by_digest(self._index().manifests, reference, platform)

    def tags(self, reference: Reference) -> Sequence[str]:
        """None: it has no tag here."""
        return ()


def _parsed(text: str) -> Digest:
    try:
        return Digest.parse(text)
    except ParseError as error:
        raise InvalidInput(f"invalid oci-layout digest {text}: {error.message}") from error


def _meant(catalog: DirectoryCatalog, found: re.Match[str], value: str) -> Digest:
    try:
        entries = catalog.entries()
    except CatalogDamaged as error:
        raise InvalidInput(f"open {found['path']}/index.json: {_reason(error)}") from error
    tag = found["tag"] or "latest"
    tagged = [entry for entry in entries if entry.annotations.get(REF_NAME) == tag]
    if not tagged and len(entries) != 1:
        raise InvalidInput(f'oci-layout reference "{value}" could not be resolved')
    return (tagged or entries)[0].digest


def _reason(error: CatalogDamaged) -> str:
    return error.message.rpartition(": ")[2].lower()
