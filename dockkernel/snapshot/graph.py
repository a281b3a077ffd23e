"""A build as a graph, while it runs and when it has ended: what the live view and the picture of a build are made of.

One record for both builders. Times are whole milliseconds since the build began, sizes bytes; -1 stands for "not known"
and for "not yet". Invariant: every input of a vertex is the id of a vertex that stands before it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

VertexStatus = Literal["waiting", "running", "cached", "done", "failed", "canceled", "skipped"]
BuildStatus = Literal["running", "done", "failed", "canceled"]
UNKNOWN = -1


@dataclass(frozen=True, slots=True)
class VertexSnapshot:
    """One step of a build, or a part of it that no instruction stands for (the context, the Dockerfile)."""

    id: str
    name: str
    """As the builder calls it: `[builder 2/2] RUN make`, `Step 2/3 : RUN make`."""
    instruction: str
    """The instruction as written; for internal parts what they do."""
    stage: int
    """Number of the stage, -1 for internal parts."""
    line: int
    """Its first line in the Dockerfile, 0 where it has none."""
    inputs: tuple[str, ...]
    """Ids of the vertices that it stands on or takes files from; the first is the one below it."""
    status: VertexStatus
    started: int
    ended: int
    bytes: int
    """Bytes of the layer that it made or found; 0 for a step that changes no file."""
    current: int
    """Bytes that were moved so far (a pull, the context); 0 where nothing is counted."""
    total: int
    """Bytes to be moved in all; 0 when that is not known."""
    log: tuple[str, ...]
    """The last lines that it wrote."""
    log_left_out: int
    """How many lines there were before those."""
    error: str


@dataclass(frozen=True, slots=True)
class StageSnapshot:
    """One stage of the Dockerfile."""

    number: int
    name: str
    """The name after AS; empty for a stage without."""
    base: str
    """What stands after FROM."""
    skipped: bool
    """True where nothing that was asked for needs it."""


@dataclass(frozen=True, slots=True)
class GraphSnapshot:
    """A build at one moment."""

    builder: Literal["classic", "buildkit"]
    status: BuildStatus
    elapsed: int
    stages: tuple[StageSnapshot, ...]
    vertices: tuple[VertexSnapshot, ...]
    """In the order in which they are shown: inputs first."""
