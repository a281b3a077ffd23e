"""`docker version` and `docker info`: what answers here, without pretending to be a daemon."""

from __future__ import annotations

import platform
import sys
from typing import Any

from dockkernel import __version__
from dockkernel.commands.errors import ClientError
from dockkernel.commands.gotemplate.govalues import Struct
from dockkernel.commands.identity import CLIENT_API, CLIENT_VERSION, SERVER_VERSION
from dockkernel.commands.request_system import SystemInfo, Version
from dockkernel.commands.session import Session
from dockkernel.commands.spec import API_VERSION
from dockkernel.commands.template import as_struct, render_value
from dockkernel.engine import container_run, usage

_EMBEDDED = "dockkernel embedded engine (no daemon)"
_MINIMUM_API = "1.24"
_BAD_TEMPLATE = 64
"""Exit code for a template that cannot be read."""


def _machine() -> tuple[str, str]:
    names = {"x86_64": "amd64", "AMD64": "amd64", "aarch64": "arm64"}
    return sys.platform.replace("win32", "windows"), names.get(platform.machine(), platform.machine())


def _formatted(session: Session, form: str, value: Struct, *, name: str = "") -> int:
    """The value by a template; a line end follows even what fails half-way."""
    try:
        text = render_value(form, value, name=name, parse_exit=_BAD_TEMPLATE)
    except ClientError as error:
        if error.exit_code != _BAD_TEMPLATE:
            session.out("\n")
        raise
    session.out(text + "\n")
    return 0


def version_value() -> dict[str, Any]:
    """The value that `docker version --format` sees, with Docker's field names."""
    system, machine = _machine()
    python = f"Python {platform.python_version()}"
    common = {"GitCommit": "", "GoVersion": python, "Os": system, "Arch": machine, "BuildTime": ""}
    client = {"Platform": {"Name": f"dockkernel {__version__}"}, "Version": CLIENT_VERSION, "ApiVersion": API_VERSION}
    server = {"Platform": {"Name": _EMBEDDED}, "Version": SERVER_VERSION, "ApiVersion": API_VERSION}
    return {
        "Client": {**client, "DefaultAPIVersion": CLIENT_API, **common, "Context": "embedded"},
        "Server": {**server, "MinAPIVersion": _MINIMUM_API, **common, "Os": "linux", "Arch": "amd64"},
    }


def version(session: Session, request: Version) -> int:
    """`docker version`."""
    value = version_value()
    if request.format:
        return _formatted(session, request.format, as_struct("system.versionInfo", value), name="version")
    client = value["Client"]
    session.out(
        f"Client: dockkernel {__version__}\n"
        f" Version:           {CLIENT_VERSION} (the Docker CLI whose words it speaks)\n"
        f" API version:       {API_VERSION}\n"
        f" Python version:    {platform.python_version()}\n"
        f" OS/Arch:           {client['Os']}/{client['Arch']}\n"
        f" Context:           embedded\n\n"
        f"Server: {_EMBEDDED}\n"
        f" Engine:\n"
        f"  Version:          {SERVER_VERSION} (the Docker Engine whose rules it keeps)\n"
        f"  API version:      {API_VERSION} (minimum version {_MINIMUM_API})\n"
        f"  OS/Arch:          linux/amd64\n"
    )
    return 0


def info_value(session: Session) -> dict[str, Any]:
    """The value that `docker info --format` sees, with Docker's field names."""
    engine = session.engine
    container_run.refresh(engine)
    measured = usage.measure(engine.state)
    statuses = [record.status for record in measured.containers]
    return {
        "ID": "",
        "Containers": len(statuses),
        "ContainersRunning": statuses.count("running"),
        "ContainersPaused": statuses.count("paused"),
        "ContainersStopped": len(statuses) - statuses.count("running") - statuses.count("paused"),
        "Images": len(engine.state.images),
        "Driver": "dockkernel",
        "DriverStatus": [["Layers", "uncompressed tar, OCI image layout"], ["Revision", str(engine.state.revision)]],
        "Executor": engine.executor.name,
        "ServerVersion": SERVER_VERSION,
        "OperatingSystem": _EMBEDDED,
        "OSType": "linux",
        "Architecture": "x86_64",
        "Name": "dockkernel",
        "DockerRootDir": str(engine.settings.home),
        "IndexServerAddress": "https://index.docker.io/v1/",
        "ExperimentalBuild": False,
        "ClientInfo": {"Version": CLIENT_VERSION, "Context": "embedded", "Debug": False},
    }


def system_info(session: Session, request: SystemInfo) -> int:
    """`docker info`."""
    value = info_value(session)
    if request.format:
        return _formatted(session, request.format, as_struct("system.dockerInfo", value))
    status = "".join(f"  {name}: {text}\n" for name, text in value["DriverStatus"])
    session.out(
        f"Client: dockkernel {__version__}\n"
        f" Version:    {CLIENT_VERSION}\n"
        f" Context:    embedded\n"
        f" Debug Mode: false\n\n"
        f"Server:\n"
        f" Containers: {value['Containers']}\n"
        f"  Running: {value['ContainersRunning']}\n"
        f"  Paused: {value['ContainersPaused']}\n"
        f"  Stopped: {value['ContainersStopped']}\n"
        f" Images: {value['Images']}\n"
        f" Server Version: {SERVER_VERSION}\n"
        f" Storage Driver: {value['Driver']}\n{status}"
        f" Executor: {value['Executor']}\n"
        f" Operating System: {_EMBEDDED}\n"
        f" OSType: linux\n"
        f" Architecture: x86_64\n"
        f" Name: dockkernel\n"
        f" Docker Root Dir: {value['DockerRootDir']}\n"
        f" Experimental: false\n"
    )
    return 0
