"""What the commands about a container that is there ask for."""

from __future__ import annotations

from dataclasses import dataclass

from dockkernel.commands.request import Request


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerNames(Request):
    """`docker container pause`, `unpause`, `wait`."""

    containers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerStart(Request):
    """`docker container start`."""

    containers: tuple[str, ...] = ()
    attach: bool = False
    checkpoint: str = ""
    checkpoint_dir: str = ""
    detach_keys: str = ""
    interactive: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerStop(Request):
    """`docker container stop` and `restart`."""

    containers: tuple[str, ...] = ()
    signal: str = ""
    timeout: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerKill(Request):
    """`docker container kill`."""

    containers: tuple[str, ...] = ()
    signal: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerRename(Request):
    """`docker container rename`."""

    container: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerUpdate(Request):
    """`docker container update`."""

    containers: tuple[str, ...] = ()
    blkio_weight: int = 0
    cpu_period: int = 0
    cpu_quota: int = 0
    cpu_rt_period: int = 0
    cpu_rt_runtime: int = 0
    cpu_shares: int = 0
    cpus: int = 0
    """Billionths of one CPU."""
    cpuset_cpus: str = ""
    cpuset_mems: str = ""
    memory: int = 0
    """Bytes."""
    memory_reservation: int = 0
    """Bytes."""
    memory_swap: int = 0
    """Bytes; -1 for no limit."""
    pids_limit: int = 0
    restart: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerLogs(Request):
    """`docker container logs`."""

    container: str
    details: bool = False
    follow: bool = False
    since: str = ""
    tail: str = "all"
    timestamps: bool = False
    until: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerAttach(Request):
    """`docker container attach`."""

    container: str
    detach_keys: str = ""
    no_stdin: bool = False
    sig_proxy: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerExec(Request):
    """`docker container exec`."""

    container: str
    command: tuple[str, ...] = ()
    detach: bool = False
    detach_keys: str = ""
    env: tuple[str, ...] = ()
    env_file: tuple[str, ...] = ()
    interactive: bool = False
    privileged: bool = False
    tty: bool = False
    user: str = ""
    workdir: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerDiff(Request):
    """`docker container diff`."""

    container: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerCommit(Request):
    """`docker container commit`."""

    container: str
    target: str | None = None
    author: str = ""
    change: tuple[str, ...] = ()
    message: str = ""
    pause: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerCp(Request):
    """`docker container cp`."""

    source: str
    destination: str
    archive: bool = False
    follow_link: bool = False
    quiet: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerExport(Request):
    """`docker container export`."""

    container: str
    output: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerPort(Request):
    """`docker container port`."""

    container: str
    port: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerStats(Request):
    """`docker container stats`."""

    containers: tuple[str, ...] = ()
    all: bool = False
    format: str = ""
    no_stream: bool = False
    no_trunc: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerTop(Request):
    """`docker container top`."""

    container: str
    options: tuple[str, ...] = ()
