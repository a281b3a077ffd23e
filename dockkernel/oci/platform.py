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


_ARCHITECTURES = {"x86_64": "amd64", "x86-64": "amd64", "aarch64": "arm64", "armhf": "arm", "i386": "386"}


def normal(platform: Platform) -> Platform:
    """The platform with the usual names of architectures (containerd's `platforms.Normalize`)."""
    architecture = _ARCHITECTURES.get(platform.architecture.lower(), platform.architecture.lower())
    variant = platform.variant
    if architecture == "arm64" and variant in ("8", "v8"):
        variant = ""
    elif architecture == "arm" and not variant:
        variant = "v7"
    return Platform(platform.os.lower(), architecture, variant)


def parse_platform(text: str) -> Platform:
    """A platform as containerd reads it: `linux/arm64`, also `arm64` or `linux` alone."""
    parts = text.split("/")
    if len(parts) == 1:
        return Platform(text) if text in ("linux", "windows", "darwin") else normal(Platform(architecture=text))
    return normal(Platform.parse(text))
