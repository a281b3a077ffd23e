"""What `docker inspect` tells of a container: the JSON of Docker's API, as far as it is true here."""

from __future__ import annotations

from typing import Any

from dockkernel.commands.inspect_image import DRIVER
from dockkernel.engine.engine import Engine
from dockkernel.engine.state import ContainerRecord
from dockkernel.oci import times


def _state(record: ContainerRecord) -> dict[str, Any]:
    running = record.status in ("running", "paused")
    return {
        "Status": record.status,
        "Running": running,
        "Paused": record.status == "paused",
        "Restarting": False,
        "OOMKilled": False,
        "Dead": False,
        "Pid": record.host.get("Pid", 0) if running else 0,
        "ExitCode": record.exit_code,
        "Error": "",
        "StartedAt": record.started_at or times.ZERO,
        "FinishedAt": record.finished_at or times.ZERO,
    }


def _host_config(record: ContainerRecord) -> dict[str, Any]:
    host = record.host
    return {
        "Binds": host.get("Binds") or None,
        "NetworkMode": "bridge",
        "PortBindings": host.get("PortBindings", {}),
        "RestartPolicy": host.get("RestartPolicy", {"Name": "no", "MaximumRetryCount": 0}),
        "AutoRemove": host.get("AutoRemove", False),
        "Privileged": host.get("Privileged", False),
        "ReadonlyRootfs": host.get("ReadonlyRootfs", False),
        "NanoCpus": host.get("NanoCpus", 0),
        "Memory": host.get("Memory", 0),
    }


def _mounts(record: ContainerRecord) -> list[dict[str, Any]]:
    return list(record.host.get("Mounts", ()))


def container_json(engine: Engine, record: ContainerRecord, *, size: bool) -> dict[str, Any]:
    """Docker's JSON object for the container; with `size` its bytes, alone and with its image."""
    value: dict[str, Any] = {
        "Id": record.id,
        "Created": record.created,
        "Path": record.path,
        "Args": list(record.args),
        "State": _state(record),
        "Image": record.image,
        "Name": f"/{record.name}",
        "RestartCount": record.host.get("RestartCount", 0),
        "Driver": DRIVER,
        "Platform": "linux",
        "HostConfig": _host_config(record),
        "GraphDriver": {"Data": {"Executor": engine.executor.name, "Diff": record.diff}, "Name": DRIVER},
        "Mounts": [{key: value for key, value in mount.items() if key != "NoCopy"} for mount in _mounts(record)],
        "Config": dict(record.config),
    }
    if size:
        value["SizeRw"] = record.size_rw
        value["SizeRootFs"] = record.size_rw + sum(layer.size for layer in record.layers)
    return value
