"""The state of the engine as one immutable value, and the pure functions from one state to the next.

A `State` holds facts that are small and asked for often (names, sizes, chain IDs, labels), so that `image ls` opens no
blob. Keys are whole ids (`sha256:…`) and canonical references (`docker.io/library/nginx:latest`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

Status = Literal["created", "running", "paused", "exited"]


@dataclass(frozen=True, slots=True)
class LayerRecord:
    """One layer in its place: named by chain ID. `size` is bytes as Docker counts them (sum of lstat sizes)."""

    chain_id: str
    diff_id: str
    size: int


@dataclass(frozen=True, slots=True)
class ImageRecord:
    """One image: its blobs and the facts that lists and filters ask for."""

    id: str
    """The config blob's digest."""
    manifest: str
    """Digest of the manifest in our own store (uncompressed layers)."""
    created: str
    """RFC 3339 UTC, up to nine decimals, as in the config."""
    layers: tuple[LayerRecord, ...]
    """Base first."""
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)
    parent: str = ""
    """The image this one was built on here (classic build, commit), else empty."""
    tagged_at: str = ""
    """When a local command last put a tag on it, RFC 3339 UTC, else empty."""

    @property
    def size(self) -> int:
        """Bytes: the sum over its layers."""
        return sum([layer.size for layer in self.layers])


@dataclass(frozen=True, slots=True)
class ContainerRecord:
    """One container. Its changes are a layer blob over its image, so that a record is small."""

    id: str
    """64 hexadecimal digits."""
    name: str
    image: str
    """Image id."""
    image_name: str
    """As typed by the user; shown by `ps` while it still names the image."""
    created: str
    config: Mapping[str, Any] = field(hash=False)
    """Docker's container config as JSON (`ContainerConfig.to_json`)."""
    layers: tuple[LayerRecord, ...] = ()
    """The image's layers, base first: the container holds them even when the image is removed by force."""
    path: str = ""
    args: tuple[str, ...] = ()
    status: Status = "created"
    exit_code: int = 0
    started_at: str = ""
    finished_at: str = ""
    diff: str = ""
    """Digest of the layer blob with the container's changes, empty for none."""
    size_rw: int = 0
    log: str = ""
    """Digest of the log blob, empty for none."""
    host: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """Ports, mounts, restart policy and other host settings, as JSON."""


@dataclass(frozen=True, slots=True)
class State:
    """Everything that a command can change. `revision` numbers the transactions."""

    revision: int = 0
    images: Mapping[str, ImageRecord] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    """Canonical reference with tag → image id."""
    digests: Mapping[str, str] = field(default_factory=dict)
    """Canonical reference with digest → image id."""
    containers: Mapping[str, ContainerRecord] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    """Compressed layer digest → diff ID, for what was pulled: lets a pull say "Already exists"."""
    cache: Mapping[str, str] = field(default_factory=dict)
    """The classic builder's cache: key → image ids, newest first."""
    build_cache: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """BuildKit's cache: id → record (`build.buildkit.records.CacheRecord.to_json`)."""
    traces: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """What builds were made from (`engine.traces`): key → `Diff` (digest of the trace) and `Time`."""
    published: Mapping[str, int] = field(default_factory=dict)
    """Catalog reference → edition that `dockkernel catalog publish` has moved its tag to."""
    volumes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    networks: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def add_image(state: State, record: ImageRecord) -> State:
    """`state` with one more image; an image that is there already keeps its parent and tag time."""
    if record.id in state.images:
        return state
    return replace(state, images={**state.images, record.id: record})


def set_tag(state: State, reference: str, image_id: str, now: str = "") -> State:
    """`state` with the tag (canonical reference) on the image; `now` (RFC 3339 UTC) marks a local tag, empty a pull."""
    images = state.images
    if now:
        images = {**images, image_id: replace(images[image_id], tagged_at=now)}
    return replace(state, images=images, tags={**state.tags, reference: image_id})


def set_digest(state: State, reference: str, image_id: str) -> State:
    """`state` with the digest reference (canonical) on the image."""
    return replace(state, digests={**state.digests, reference: image_id})


def put_container(state: State, record: ContainerRecord) -> State:
    """`state` with the container added or replaced."""
    return replace(state, containers={**state.containers, record.id: record})


def drop_containers(state: State, ids: set[str]) -> State:
    """`state` without these containers."""
    return replace(state, containers={key: value for key, value in state.containers.items() if key not in ids})
