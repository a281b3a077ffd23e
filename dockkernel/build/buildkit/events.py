"""What a graph build tells while it runs: frozen records, in order, to one callback. Times are nanoseconds, UTC.

They are BuildKit's own words for progress (its client's `SolveStatus`): vertices begin, write, count bytes, end. Who
shows them numbers the vertices in the order in which they first speak.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from dockkernel.dockerfile.source import LintWarning, SourceText
from dockkernel.errors import Span


@dataclass(frozen=True, slots=True)
class VertexStarted:
    """A vertex begins. `inputs` are ids of vertices; `stage` is the stage's number or None for internal vertices."""

    id: str
    name: str
    """As shown: `[builder 2/2] RUN make`, `[internal] load build definition from Dockerfile`."""
    time_ns: int
    inputs: tuple[str, ...] = ()
    stage: int | None = None
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class VertexStatus:
    """A part of a vertex's work, such as `transferring context:`; told again as it goes on."""

    id: str
    text: str
    time_ns: int
    current: int = 0
    """Bytes so far; 0 where nothing is counted."""
    total: int = 0
    """Bytes in all; 0 when that is not known."""
    started_ns: int = 0
    done: bool = False


@dataclass(frozen=True, slots=True)
class VertexLog:
    """Something that a process wrote."""

    id: str
    stream: Literal["stdout", "stderr"]
    data: bytes
    time_ns: int


@dataclass(frozen=True, slots=True)
class VertexDone:
    """A vertex has ended: it was in the cache, it was done, it failed (`error`), or others' failure ended it."""

    id: str
    time_ns: int
    cached: bool = False
    error: str = ""
    canceled: bool = False
    layer_bytes: int | None = None
    """Bytes of the layer that it made or found, as Docker counts them."""


@dataclass(frozen=True, slots=True)
class GraphPlanned:
    """What will be looked at: ids and names of all vertices that the target needs, and of stages that it does not.

    For pictures; the text of a build does not show it.
    """

    vertices: tuple[tuple[str, str, tuple[str, ...], int], ...]
    """Id, name, inputs' ids, number of the stage."""
    skipped_stages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChecksFound:
    """The warnings of the build checks about the Dockerfile; shown when the build has ended."""

    warnings: tuple[LintWarning, ...]
    source: SourceText


@dataclass(frozen=True, slots=True)
class Waited:
    """Nothing has happened for a while: who shows the progress can show that time passes."""


KitEvent = VertexStarted | VertexStatus | VertexLog | VertexDone | GraphPlanned | ChecksFound | Waited
KitTell = Callable[[KitEvent], None]
