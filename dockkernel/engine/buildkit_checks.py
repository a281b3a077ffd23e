"""The build checks of a graph build: told beside its steps, and its failure where the Dockerfile asks for that."""

from __future__ import annotations

from collections.abc import Mapping

from dockkernel.build.buildkit.checks import KitChecks
from dockkernel.build.buildkit.events import ChecksFound, KitTell
from dockkernel.build.buildkit.ops import Source
from dockkernel.build.buildkit.options import BaseImage, KitFailed, KitOptions
from dockkernel.dockerfile.lint import CheckFailed
from dockkernel.dockerfile.source import SourceText
from dockkernel.errors import NotFound
from dockkernel.oci.platform import Platform

Images = Mapping[tuple[str, Platform], BaseImage]
"""The images that a build knows, by canonical reference and platform."""


def tell_checks(
    text: bytes, name: str, options: KitOptions, own: Platform, images: Images, ignored: bytes, main: Source,
    tell: KitTell,
) -> KitFailed | None:  # fmt: skip
    """Tells the warnings about a Dockerfile; gives the failure that its options ask for. No image is looked for."""

    def resolve(name: str, platform: Platform) -> BaseImage:
        if (name, platform) not in images:
            raise NotFound(name)
        return images[name, platform]

    checked = KitChecks(text, name, options, own, resolve, ignored, main).of_build()
    if checked.warnings:
        tell(ChecksFound(checked.warnings, SourceText(text.decode("utf-8", "surrogateescape"), name)))
    return KitFailed(checked.error.message) if isinstance(checked.error, CheckFailed) else None
