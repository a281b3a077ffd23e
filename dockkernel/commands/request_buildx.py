"""What the commands of `docker buildx` ask for."""

from __future__ import annotations

from dataclasses import dataclass

from dockkernel.commands.filters import NO_FILTERS, Filters
from dockkernel.commands.request import Request


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildxBuild(Request):
    """`docker buildx build`, and `docker build` where BuildKit builds."""

    path: str
    add_host: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()
    annotation: tuple[str, ...] = ()
    attest: tuple[str, ...] = ()
    build_arg: tuple[str, ...] = ()
    build_context: tuple[str, ...] = ()
    builder: str = ""
    cache_from: tuple[str, ...] = ()
    cache_to: tuple[str, ...] = ()
    call: str = "build"
    cgroup_parent: str = ""
    check: bool = False
    compress: bool = False
    cpu_period: int = 0
    cpu_quota: int = 0
    cpu_shares: int = 0
    cpuset_cpus: str = ""
    cpuset_mems: str = ""
    explain: bool = False
    file: str = ""
    force_rm: bool = False
    iidfile: str = ""
    isolation: str = ""
    label: tuple[str, ...] = ()
    load: bool = False
    memory: str = ""
    memory_swap: str = ""
    metadata_file: str = ""
    network: str = "default"
    no_cache: bool = False
    no_cache_filter: tuple[str, ...] = ()
    output: tuple[str, ...] = ()
    platform: tuple[str, ...] = ()
    progress: str = "auto"
    provenance: str = ""
    pull: bool = False
    push: bool = False
    quiet: bool = False
    rm: bool = True
    sbom: str = ""
    secret: tuple[str, ...] = ()
    security_opt: tuple[str, ...] = ()
    shm_size: int = 0
    """Bytes."""
    squash: bool = False
    ssh: tuple[str, ...] = ()
    tag: tuple[str, ...] = ()
    target: str = ""
    ulimit: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildxDu(Request):
    """`docker buildx du`."""

    builder: str = ""
    filter: Filters = NO_FILTERS
    verbose: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildxPrune(Request):
    """`docker buildx prune`."""

    all: bool = False
    builder: str = ""
    filter: Filters = NO_FILTERS
    force: bool = False
    keep_storage: int = 0
    """Bytes."""
    verbose: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BuilderPrune(Request):
    """`docker builder prune` of the client without buildx."""

    all: bool = False
    filter: Filters = NO_FILTERS
    force: bool = False
    keep_storage: int = 0
    """Bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildxLs(Request):
    """`docker buildx ls`."""

    format: str = "table"


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildxInspect(Request):
    """`docker buildx inspect`."""

    name: str | None = None
    bootstrap: bool = False
    builder: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildxUse(Request):
    """`docker buildx use`."""

    name: str | None = None
    builder: str = ""
    default: bool = False
    global_: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildxVersion(Request):
    """`docker buildx version`."""
