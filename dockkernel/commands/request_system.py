"""What the commands outside `image` and `container` ask for."""

from __future__ import annotations

from dataclasses import dataclass

from dockkernel.commands.filters import NO_FILTERS, Filters
from dockkernel.commands.request import Request


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemDf(Request):
    """`docker system df`."""

    format: str = ""
    verbose: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemInfo(Request):
    """`docker system info`."""

    format: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemPrune(Request):
    """`docker system prune`."""

    all: bool = False
    filter: Filters = NO_FILTERS
    force: bool = False
    volumes: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Version(Request):
    """`docker version`."""

    format: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Search(Request):
    """`docker search`."""

    term: str
    filter: Filters = NO_FILTERS
    format: str = ""
    limit: int = 0
    no_trunc: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspect(Request):
    """`docker inspect`."""

    objects: tuple[str, ...] = ()
    format: str = ""
    size: bool = False
    type: str = ""
