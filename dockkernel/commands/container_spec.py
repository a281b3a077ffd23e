"""From the flags of `docker run` and `docker create` to what the engine is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dockkernel.commands.container_checks import check, restart_policy
from dockkernel.commands.errors import SetupError
from dockkernel.commands.mounts import mount_specs
from dockkernel.commands.ports import parse_publish
from dockkernel.commands.request_container import ContainerCreate
from dockkernel.commands.session import Session
from dockkernel.engine.containers import CreateSpec


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
        "Memory": request.memory,
        "NanoCpus": request.cpus,
        "ReadonlyRootfs": request.read_only,
        "Privileged": request.privileged,
        "Init": request.init,
        "Binds": list(request.volume),
    }
