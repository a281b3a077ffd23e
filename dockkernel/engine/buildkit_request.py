"""What a graph build is asked for, and what it gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from dockkernel.build.buildkit.ops import LocalSource, Source
from dockkernel.build.buildkit.options import KitOptions
from dockkernel.build.buildkit.plan import Graph
from dockkernel.build.buildkit.result import KitImage
from dockkernel.build.buildkit.step import Step
from dockkernel.engine.buildkit_client import ClientFiles
from dockkernel.engine.traces import Trace
from dockkernel.oci.reference import Reference
from dockkernel.registry.protocol import Registry
from dockkernel.store.layout import LayoutStore


@dataclass(frozen=True, slots=True)
class KitRequest:
    """A build: what the client has, what it asks for."""

    dockerfile: bytes | None
    """None where there is none."""
    dockerfile_name: str = "Dockerfile"
    client: Mapping[str, ClientFiles] = field(default_factory=dict)
    """What the client can send, by name; the build context is called `context`."""
    ignore_bytes: bytes = b""
    """The `.dockerignore` in force."""
    options: KitOptions = field(default_factory=KitOptions)
    tags: tuple[Reference, ...] = ()
    main: Source = field(default_factory=LocalSource)
    """Where COPY takes from when nothing else is said."""
    place: str = ""
    """Where the context is; tells contexts of the client apart from build to build."""
    registries: tuple[Registry, ...] = ()
    """Asked before the engine's own: images that named contexts are."""
    cache_from: tuple[LayoutStore, ...] = ()
    cache_to: LayoutStore | None = None
    cache_every: bool = False
    """mode=max: all steps are exported."""
    defined: Callable[[bytes, str], object] = lambda text, name: None
    """Told of the Dockerfile, and its name, where it comes with a context that is elsewhere."""
    traced: Callable[[Trace], object] = lambda trace: None
    """Told why steps ran again, also of a build that fails."""
    keep_image: bool = True
    """Whether the image goes into the store (not so for `--output type=local` and the like)."""


@dataclass(frozen=True, slots=True)
class KitBuilt:
    """A finished build."""

    image: KitImage
    tags: tuple[str, ...]
    """Canonical names that it has now."""
    steps: tuple[Step, ...]
    graph: Graph

    @property
    def image_id(self) -> str:
        """The digest of the image's config."""
        return str(self.image.config.id)
