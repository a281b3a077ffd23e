"""What the `docker container` commands ask for."""

from __future__ import annotations

from dataclasses import dataclass

from dockkernel.commands.filters import NO_FILTERS, Filters
from dockkernel.commands.request import Request


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerCreate(Request):
    """`docker container create`."""

    image: str
    command: tuple[str, ...] = ()
    add_host: tuple[str, ...] = ()
    annotation: tuple[tuple[str, str], ...] = ()
    attach: tuple[str, ...] = ()
    blkio_weight: int = 0
    blkio_weight_device: tuple[str, ...] = ()
    cap_add: tuple[str, ...] = ()
    cap_drop: tuple[str, ...] = ()
    cgroup_parent: str = ""
    cgroupns: str = ""
    cidfile: str = ""
    cpu_count: int = 0
    cpu_percent: int = 0
    cpu_period: int = 0
    cpu_quota: int = 0
    cpu_rt_period: int = 0
    cpu_rt_runtime: int = 0
    cpu_shares: int = 0
    cpus: int = 0
    """Billionths of one CPU."""
    cpuset_cpus: str = ""
    cpuset_mems: str = ""
    device: tuple[str, ...] = ()
    device_cgroup_rule: tuple[str, ...] = ()
    device_read_bps: tuple[str, ...] = ()
    device_read_iops: tuple[str, ...] = ()
    device_write_bps: tuple[str, ...] = ()
    device_write_iops: tuple[str, ...] = ()
    disable_content_trust: bool = True
    dns: tuple[str, ...] = ()
    dns_option: tuple[str, ...] = ()
    dns_search: tuple[str, ...] = ()
    domainname: str = ""
    entrypoint: str = ""
    env: tuple[str, ...] = ()
    env_file: tuple[str, ...] = ()
    expose: tuple[str, ...] = ()
    gpus: str = ""
    group_add: tuple[str, ...] = ()
    health_cmd: str = ""
    health_interval: int = 0
    """Nanoseconds."""
    health_retries: int = 0
    health_start_interval: int = 0
    """Nanoseconds."""
    health_start_period: int = 0
    """Nanoseconds."""
    health_timeout: int = 0
    """Nanoseconds."""
    hostname: str = ""
    init: bool = False
    interactive: bool = False
    io_maxbandwidth: int = 0
    """Bytes."""
    io_maxiops: int = 0
    ip: str = ""
    ip6: str = ""
    ipc: str = ""
    isolation: str = ""
    kernel_memory: int = 0
    """Bytes."""
    label: tuple[str, ...] = ()
    label_file: tuple[str, ...] = ()
    link: tuple[str, ...] = ()
    link_local_ip: tuple[str, ...] = ()
    log_driver: str = ""
    log_opt: tuple[str, ...] = ()
    mac_address: str = ""
    memory: int = 0
    """Bytes."""
    memory_reservation: int = 0
    """Bytes."""
    memory_swap: int = 0
    """Bytes; -1 for no limit."""
    memory_swappiness: int = -1
    mount: tuple[str, ...] = ()
    name: str = ""
    network: tuple[str, ...] = ()
    network_alias: tuple[str, ...] = ()
    no_healthcheck: bool = False
    oom_kill_disable: bool = False
    oom_score_adj: int = 0
    pid: str = ""
    pids_limit: int = 0
    platform: str = ""
    privileged: bool = False
    publish: tuple[str, ...] = ()
    publish_all: bool = False
    pull: str = "missing"
    quiet: bool = False
    read_only: bool = False
    restart: str = "no"
    rm: bool = False
    runtime: str = ""
    security_opt: tuple[str, ...] = ()
    shm_size: int = 0
    """Bytes."""
    stop_signal: str = ""
    stop_timeout: int = 0
    storage_opt: tuple[str, ...] = ()
    sysctl: tuple[tuple[str, str], ...] = ()
    tmpfs: tuple[str, ...] = ()
    tty: bool = False
    ulimit: tuple[str, ...] = ()
    use_api_socket: bool = False
    user: str = ""
    userns: str = ""
    uts: str = ""
    volume: tuple[str, ...] = ()
    volume_driver: str = ""
    volumes_from: tuple[str, ...] = ()
    workdir: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerRun(ContainerCreate):
    """`docker container run`."""

    detach: bool = False
    detach_keys: str = ""
    sig_proxy: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerLs(Request):
    """`docker container ls`."""

    all: bool = False
    filter: Filters = NO_FILTERS
    format: str = ""
    last: int = -1
    latest: bool = False
    no_trunc: bool = False
    quiet: bool = False
    size: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerInspect(Request):
    """`docker container inspect`."""

    containers: tuple[str, ...] = ()
    format: str = ""
    size: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerRm(Request):
    """`docker container rm`."""

    containers: tuple[str, ...] = ()
    force: bool = False
    link: bool = False
    volumes: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerPrune(Request):
    """`docker container prune`."""

    filter: Filters = NO_FILTERS
    force: bool = False
