"""What the `docker image` commands ask for. A field is a flag (dashes as underscores) or an operand."""

from __future__ import annotations

from dataclasses import dataclass

from dockkernel.commands.filters import NO_FILTERS, Filters
from dockkernel.commands.request import Request


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageLs(Request):
    """`docker image ls`."""

    match: str | None = None
    all: bool = False
    digests: bool = False
    filter: Filters = NO_FILTERS
    format: str = ""
    no_trunc: bool = False
    quiet: bool = False
    tree: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRm(Request):
    """`docker image rm`."""

    images: tuple[str, ...] = ()
    force: bool = False
    no_prune: bool = False
    platform: tuple[str, ...] = ()
    dry_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagePrune(Request):
    """`docker image prune`."""

    all: bool = False
    filter: Filters = NO_FILTERS
    force: bool = False
    dry_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageTag(Request):
    """`docker image tag`."""

    source: str
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageInspect(Request):
    """`docker image inspect`."""

    images: tuple[str, ...] = ()
    format: str = ""
    platform: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageHistory(Request):
    """`docker image history`."""

    image: str
    format: str = ""
    human: bool = True
    no_trunc: bool = False
    platform: str = ""
    quiet: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagePull(Request):
    """`docker image pull`."""

    image: str
    all_tags: bool = False
    disable_content_trust: bool = True
    platform: str = ""
    quiet: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageBuild(Request):
    """`docker image build`."""

    path: str
    add_host: tuple[str, ...] = ()
    build_arg: tuple[str, ...] = ()
    cache_from: tuple[str, ...] = ()
    cgroup_parent: str = ""
    compress: bool = False
    cpu_period: int = 0
    cpu_quota: int = 0
    cpu_shares: int = 0
    cpuset_cpus: str = ""
    cpuset_mems: str = ""
    disable_content_trust: bool = True
    explain: bool = False
    file: str = ""
    force_rm: bool = False
    iidfile: str = ""
    isolation: str = ""
    label: tuple[str, ...] = ()
    memory: int = 0
    """Bytes."""
    memory_swap: int = 0
    """Bytes; -1 for no limit."""
    network: str = "default"
    no_cache: bool = False
    platform: str = ""
    pull: bool = False
    quiet: bool = False
    rm: bool = True
    security_opt: tuple[str, ...] = ()
    shm_size: int = 0
    """Bytes."""
    squash: bool = False
    tag: tuple[str, ...] = ()
    target: str = ""
    ulimit: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageImport(Request):
    """`docker image import`."""

    source: str
    rest: tuple[str, ...] = ()
    change: tuple[str, ...] = ()
    message: str = ""
    platform: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageSave(Request):
    """`docker image save`."""

    images: tuple[str, ...] = ()
    output: str = ""
    platform: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageLoad(Request):
    """`docker image load`."""

    input: str = ""
    platform: str = ""
    quiet: bool = False
