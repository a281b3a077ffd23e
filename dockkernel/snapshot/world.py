"""What the pictures are drawn from: frozen records of numbers and words, no way back to the engine.

All sizes are bytes, all times RFC 3339 UTC text, ids and digests whole. A snapshot is JSON-able (`snapshot.wire`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from dockkernel.snapshot.graph import GraphSnapshot

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class LayerView:
    """One layer of one image, or a metadata-only step (`chain_id` empty, size 0)."""

    chain_id: str
    diff_id: str
    created_by: str
    """Empty where the picture is not about this image or one that shares a layer with it."""
    created: str
    size: int
    sharers: int
    """How many listed images stand on this layer."""


@dataclass(frozen=True, slots=True)
class ImageView:
    """One image with its layers and metadata steps, base first."""

    id: str
    names: tuple[str, ...]
    """Familiar tag references, sorted; empty for a dangling or intermediate image."""
    digests: tuple[str, ...]
    created: str
    size: int
    unique_size: int
    dangling: bool
    intermediate: bool
    parent: str
    containers: tuple[str, ...]
    layers: tuple[LayerView, ...]
    teaching: bool
    """True when the image says by label that it is a stand-in made for teaching."""


@dataclass(frozen=True, slots=True)
class ContainerView:
    """One container and the image that it holds."""

    id: str
    name: str
    image: str
    status: Literal["created", "running", "paused", "exited"]
    size: int


@dataclass(frozen=True, slots=True)
class World:
    """Everything in the store at one revision."""

    revision: int
    images: tuple[ImageView, ...]
    containers: tuple[ContainerView, ...]
    layer_bytes: int
    """Bytes of all layers, each chain ID once: what `docker system df` calls the images' SIZE."""


@dataclass(frozen=True, slots=True)
class StackShow:
    """Draw the layer stacks of some images in their world."""

    world: World
    focus: tuple[str, ...]
    """Image ids to put in front; the others that share a layer stand beside them."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Something that a removal leaves, and why: held by images, containers or names (their shown names)."""

    id: str
    kind: Literal["image", "layer", "name"]
    reason: str
    holders: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Blocked:
    """One argument that could not be removed, in Docker's words."""

    argument: str
    message: str


@dataclass(frozen=True, slots=True)
class EffectShow:
    """Draw what a removal untags, deletes and keeps: done, or planned only (`dry_run`)."""

    before: World
    untagged: tuple[str, ...]
    """Familiar references, tag and digest forms."""
    deleted_images: tuple[str, ...]
    deleted_layers: tuple[str, ...]
    """Chain IDs, in the order of deletion."""
    kept: tuple[Kept, ...]
    blocked: tuple[Blocked, ...]
    freed: int
    dry_run: bool


@dataclass(frozen=True, slots=True)
class DiskShow:
    """Draw the disk: each image's SIZE above, each layer once below; the parts sum to `world.layer_bytes`."""

    world: World


Show = StackShow | EffectShow | DiskShow | GraphSnapshot
