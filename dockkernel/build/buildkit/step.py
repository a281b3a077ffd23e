"""What became of one step of a graph build, for whoever keeps or explains it."""

from __future__ import annotations

from dataclasses import dataclass

from dockkernel.build.buildkit.result import Result
from dockkernel.build.buildkit.vertex import Vertex


@dataclass(frozen=True, slots=True)
class Step:
    """What became of one step, for whoever explains: in the order in which they ended."""

    vertex: Vertex
    key: str
    cached: bool
    below: str
    """The chain ID that it stood on."""
    result: Result
    sources: tuple[Result, ...]
    seconds: float
