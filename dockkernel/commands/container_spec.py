"""From the flags of `docker run` and `docker create` to what the engine is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dockkernel.commands.container_checks import check, restart_policy
from dockkernel.commands.errors import SetupError
from dockkernel.commands.mounts import mount_specs
from dockkernel.commands.ports import parse_expose, parse_publish
from dockkernel.commands.request_container import ContainerCreate
from dockkernel.commands.session import Session
from dockkernel.engine.containers import CreateSpec
from dockkernel.oci.config import Healthcheck


def create_spec(session: Session, request: ContainerCreate, *, attach: bool) -> CreateSpec:
    """The engine's request; `SetupError` for flags that contradict each other or cannot be read."""
    check(request)
    return CreateSpec(
        image=request.image,
        command=request.command,
        name=request.name,
        env=environment(session, request.env_file, request.env),
        entrypoint=request.entrypoint if "entrypoint" in request.given else None,
        user=request.user,
        working_dir=request.workdir,
        hostname=request.hostname,
        labels=_labels(session, request),
        tty=request.tty,
        open_stdin=request.interactive,
        attach=attach,
        domainname=request.domainname,
        stop_signal=request.stop_signal,
        stop_timeout=request.stop_timeout if "stop-timeout" in request.given else None,
        healthcheck=_healthcheck(request),
        exposed=(*_bindings(request), *(port for text in request.expose for port in parse_expose(text))),
        mounts=mount_specs(session, request),
        volumes_from=request.volumes_from,
        host=_host(request),
    )


def _pair(text: str) -> tuple[str, str]:
    key, _, value = text.partition("=")
    return key, value


def _labels(session: Session, request: ContainerCreate) -> dict[str, str]:
    """Those of the files first, so that `-l` wins."""
    lines = [line for name in request.label_file for line in _file_lines(session, name)]
    return dict(_pair(label) for label in (*lines, *request.label))


def environment(session: Session, files: Sequence[str], given: Sequence[str]) -> tuple[str, ...]:
    """The variables of `--env-file` and `-e`.

    `-e NAME` takes the value that the command itself sees; an unset one is left out.
    """
    entries: list[str] = []
    for name in files:
        entries += _file_lines(session, name)
    entries += given
    resolved = []
    for entry in entries:
        if "=" in entry:
            resolved.append(entry)
        elif entry in session.env:
            resolved.append(f"{entry}={session.env[entry]}")
    return tuple(resolved)


def _file_lines(session: Session, name: str) -> list[str]:
    path = session.cwd / name
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise SetupError(f"open {name}: {(error.strerror or '').lower()}") from error
    except UnicodeDecodeError as error:
        raise SetupError(f"env file {name} contains invalid utf8 bytes at line 1") from error
    lines = (line.lstrip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def _healthcheck(request: ContainerCreate) -> Healthcheck | None:
    """`--health-*`, which are kept and shown: no check is run."""
    if request.no_healthcheck:
        return Healthcheck(("NONE",))
    times = (
        request.health_interval,
        request.health_timeout,
        request.health_start_period,
        request.health_start_interval,
        request.health_retries,
    )
    test = ("CMD-SHELL", request.health_cmd) if request.health_cmd else ()
    return Healthcheck(test, *times) if test or any(times) else None


def _bindings(request: ContainerCreate) -> dict[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = {}
    for text in request.publish:
        for binding in parse_publish(text):
            found.setdefault(binding.port, []).append({"HostIp": binding.host_ip, "HostPort": binding.host_port})
    return found


def _host(request: ContainerCreate) -> dict[str, Any]:
    """Docker's host config as far as it is kept and shown."""
    restart, retries = restart_policy(request.restart)
    return {
        "PortBindings": _bindings(request),
        "RestartPolicy": {"Name": restart, "MaximumRetryCount": retries},
        "AutoRemove": request.rm,
        "NanoCpus": request.cpus,
        "ReadonlyRootfs": request.read_only,
        "Privileged": request.privileged,
        "Init": request.init,
        "PublishAllPorts": request.publish_all,
        "VolumesFrom": list(request.volumes_from) or None,
        "Memory": request.memory,
        "MemoryReservation": request.memory_reservation,
        "MemorySwap": request.memory_swap,
        "CpuShares": request.cpu_shares,
        "CpusetCpus": request.cpuset_cpus,
        "PidsLimit": request.pids_limit or None,
        "CapAdd": list(request.cap_add) or None,
        "CapDrop": list(request.cap_drop) or None,
        "Dns": list(request.dns),
        "ExtraHosts": list(request.add_host) or None,
        "NetworkMode": _network_mode(request),
        "Networks": _networks(request),
        "Binds": list(request.volume),
    }


def _network_name(text: str) -> str:
    """The network of `--network NAME` or `--network name=NAME,…`."""
    fields = dict(part.partition("=")[::2] for part in text.split(",")) if "=" in text else {"name": text}
    return "bridge" if fields.get("name") in ("", "default", None) else fields["name"]


def _network_mode(request: ContainerCreate) -> str:
    return _network_name(request.network[0]) if request.network else "bridge"


def _networks(request: ContainerCreate) -> dict[str, dict[str, Any]]:
    """Network name → what was asked for there."""
    found: dict[str, dict[str, Any]] = {_network_name(text): {} for text in request.network or ("bridge",)}
    first = next(iter(found.values()))
    if request.network_alias:
        first["Aliases"] = list(request.network_alias)
    if request.ip:
        first["Wanted"] = request.ip
    return {name: settings for name, settings in found.items() if not name.startswith("container:")}
