"""Descriptors: what a blob is, its digest and its size in bytes (OCI image spec, descriptor.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dockkernel.errors import ParseError
from dockkernel.oci.digest import Digest
from dockkernel.oci.platform import Platform


@dataclass(frozen=True, slots=True)
class Descriptor:
    """A pointer to a blob; `size` counts its bytes as stored."""

    media_type: str
    digest: Digest
    size: int
    platform: Platform | None = None
    annotations: Mapping[str, str] = field(default_factory=dict, hash=False)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Descriptor:
        """The descriptor in a decoded JSON object; `ParseError` when a required member is missing or wrong."""
        try:
            media_type, digest, size = value["mediaType"], value["digest"], value["size"]
            found = value.get("platform")
            platform = Platform(found["os"], found["architecture"], found.get("variant", "")) if found else None
            annotations = dict(value.get("annotations") or {})
        except (KeyError, TypeError, AttributeError) as error:
            raise ParseError(f"invalid descriptor: {error}") from error
        if not isinstance(media_type, str) or not isinstance(digest, str) or not isinstance(size, int) or size < 0:
            raise ParseError("invalid descriptor: mediaType, digest and size are required")
        return cls(media_type, Digest.parse(digest), size, platform, annotations)

    def to_json(self) -> dict[str, Any]:
        """The JSON object of this descriptor, members in the spec's order."""
        value: dict[str, Any] = {"mediaType": self.media_type, "digest": str(self.digest), "size": self.size}
        if self.platform:
            value["platform"] = {"architecture": self.platform.architecture, "os": self.platform.os}
            if self.platform.variant:
                value["platform"]["variant"] = self.platform.variant
        if self.annotations:
            value["annotations"] = dict(self.annotations)
        return value
