"""Platforms: operating system and processor (OCI image spec, image-index.md, `platform`)."""

from __future__ import annotations

from dataclasses import dataclass

from dockkernel.errors import ParseError


@dataclass(frozen=True, slots=True, order=True)
class Platform:
    """`os/architecture[/variant]`."""

    os: str = "linux"
    architecture: str = "amd64"
    variant: str = ""

    def __str__(self) -> str:
        return "/".join(part for part in (self.os, self.architecture, self.variant) if part)

    @classmethod
    def parse(cls, text: str) -> Platform:
        """The platform that `text` spells, as `docker build --platform` takes it."""
        parts = text.split("/")
        if not 2 <= len(parts) <= 3 or not all(parts):
            raise ParseError(f'"{text}" is an invalid OS/architecture: unknown operating system or architecture')
        return cls(*parts)

    def matches(self, other: Platform) -> bool:
        """True when an image for `other` may serve a request for this platform."""
        return (self.os, self.architecture) == (other.os, other.architecture) and (
            not self.variant or self.variant == other.variant
        )
