"""What a build tells while it runs: frozen records, in order, to one callback. A front end puts them into words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class StepStarted:
    """A step begins. Steps count from 1."""

    number: int
    total: int
    text: str
    """The instruction as written, continued lines joined."""


@dataclass(frozen=True, slots=True)
class StepDone:
    """The step's image; its id is empty for `FROM scratch`."""

    image_id: str


@dataclass(frozen=True, slots=True)
class StepCached:
    """The step was taken from the cache."""


@dataclass(frozen=True, slots=True)
class TriggersStarted:
    """The base image has this many ONBUILD triggers; they are done before the next step."""

    count: int


@dataclass(frozen=True, slots=True)
class ContainerStarted:
    """A container for the step was made."""

    id: str


@dataclass(frozen=True, slots=True)
class ContainerRemoved:
    """The step's container was taken away again."""

    id: str


@dataclass(frozen=True, slots=True)
class Output:
    """Something a process wrote."""

    stream: Literal["stdout", "stderr"]
    data: bytes


@dataclass(frozen=True, slots=True)
class Line:
    """A line that stands in the output as it is: the end of a pull, a note on an overridden HEALTHCHECK."""

    text: str


@dataclass(frozen=True, slots=True)
class Pulling:
    """A layer of a base image that is brought here has come so far; bytes where they are counted."""

    id: str
    action: str
    current: int | None = None
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Downloading:
    """A file that ADD takes from the web has come so far: bytes, and in all (0 where that is not known)."""

    url: str
    current: int
    total: int


@dataclass(frozen=True, slots=True)
class Warned:
    """A warning about the Dockerfile."""

    text: str


Event = (
    StepStarted
    | StepDone
    | StepCached
    | TriggersStarted
    | ContainerStarted
    | ContainerRemoved
    | Output
    | Line
    | Pulling
    | Downloading
    | Warned
)
Tell = Callable[[Event], None]
