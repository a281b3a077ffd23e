"""What the command line asks of a graph build, and what is known about the images that it stands on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from dockkernel.build.buildkit.ops import Source
from dockkernel.errors import InvalidInput
from dockkernel.oci.config import ImageConfig
from dockkernel.oci.platform import Platform


@dataclass(frozen=True, slots=True)
class KitOptions:
    """The flags of `docker buildx build` that decide what is built."""

    args: Mapping[str, str] = field(default_factory=dict)
    """`--build-arg`."""
    labels: Mapping[str, str] = field(default_factory=dict)
    target: str = ""
    no_cache: bool = False
    no_cache_filter: tuple[str, ...] = ()
    pull: bool = False
    platform: str = ""
    """Empty for the engine's own."""
    network: str = "default"
    allow: tuple[str, ...] = ()
    """`--allow`: what steps may ask for beyond the usual."""
    hosts: tuple[tuple[str, str], ...] = ()
    """`--add-host`: names and addresses."""
    secrets: Mapping[str, bytes] = field(default_factory=dict)
    contexts: Mapping[str, Source] = field(default_factory=dict)
    """`--build-context`: names to where their files come from (`LocalSource(name)` for what the client sends)."""

    def ignores_cache(self, stage: str) -> bool:
        """Whether the stage of that name is built anew (`--no-cache`, `--no-cache-filter`)."""
        return self.no_cache or stage.lower() in {name.lower() for name in self.no_cache_filter if stage}


@dataclass(frozen=True, slots=True)
class BaseImage:
    """An image that a stage begins with or files come from."""

    reference: str
    """Canonical; with its digest when it comes from a registry."""
    config: ImageConfig
    platform: Platform
    digest: str = ""
    """Of the manifest in the registry; empty for an image of the store."""


Resolve = Callable[[str, Platform], BaseImage]
"""The image of a canonical reference with a tag or digest; `DockError` in BuildKit's words when there is none."""


class KitFailed(InvalidInput):
    """A graph build failed; the message is what stands after `failed to solve: `."""

    vertex: str = ""
    """The id of the vertex that failed, where one did."""
