"""What a build makes: images, containers that stay behind, cache entries. Values that the engine turns into records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from dockkernel.build.trace import StepTrace
from dockkernel.errors import DockError, Span
from dockkernel.exec.protocol import Stream
from dockkernel.oci.config import ContainerConfig, ImageConfig
from dockkernel.oci.digest import Digest


class BuildFailed(DockError):
    """A step of the build failed; the message is the builder's, bare. `exit_code` is a failed RUN's own."""

    def __init__(self, message: str, exit_code: int = 1, *, hint: str | None = None, span: Span | None = None) -> None:
        super().__init__(message, hint=hint, span=span)
        self.exit_code = exit_code


@dataclass(frozen=True, slots=True)
class StepLayer:
    """One layer: its diff ID, its bytes as Docker counts them, the bytes of its blob."""

    diff_id: Digest
    size: int
    blob_bytes: int


@dataclass(frozen=True, slots=True)
class StepImage:
    """An image that a step stands on or has made; `parent` and `manifest` matter for new ones only."""

    id: str
    config: ImageConfig
    layers: tuple[StepLayer, ...]
    parent: str = ""
    manifest: str = ""


@dataclass(frozen=True, slots=True)
class StepContainer:
    """The container of a step that stays behind. Times in nanoseconds since the epoch, UTC; 0 for never."""

    id: str
    image_id: str
    config: ContainerConfig
    layers: tuple[StepLayer, ...]
    created_ns: int
    status: Literal["created", "exited"] = "created"
    exit_code: int = 0
    started_ns: int = 0
    finished_ns: int = 0
    changes: StepLayer | None = None
    log: tuple[tuple[Stream, bytes, int], ...] = ()
    """What it wrote: stream, bytes, time."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is to be kept of a build, whether it came to its end or not."""

    image_id: str = ""
    """Empty when it failed."""
    images: tuple[StepImage, ...] = ()
    """New ones, each after its parent."""
    containers: tuple[StepContainer, ...] = ()
    cache: Mapping[str, str] = field(default_factory=dict)
    """Cache entries that are new or have changed."""
    error: DockError | None = None
    """Why it failed."""
    parents: Mapping[str, str] = field(default_factory=dict)
    """New parents of images that were here: a step of `--cache-from` that came to the whole image."""
    trace: tuple[StepTrace, ...] = ()
    """What each step was made from."""
