"""What `docker inspect` tells of a container: the JSON of Docker's API, as far as it is true here."""

from __future__ import annotations

import ipaddress
from typing import Any

from dockkernel.commands.inspect_image import DRIVER
from dockkernel.engine.engine import Engine
from dockkernel.engine.networks import BUILT_IN, every, mac_address, networks_of
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
    """Docker's HostConfig: what was asked for, and Docker's defaults for the rest."""
    host = record.host
    kept: dict[str, Any] = {name: host.get(name, default) for name, default in _HOST_DEFAULTS.items()}
    return kept | {"Binds": host.get("Binds") or None, "PortBindings": host.get("PortBindings", {})}


_HOST_DEFAULTS: dict[str, Any] = {
    "Binds": None,
    "ContainerIDFile": "",
    "LogConfig": {"Type": "json-file", "Config": {}},
    "NetworkMode": "bridge",
    "PortBindings": {},
    "RestartPolicy": {"Name": "no", "MaximumRetryCount": 0},
    "AutoRemove": False,
    "VolumeDriver": "",
    "VolumesFrom": None,
    "ConsoleSize": [0, 0],
    "CapAdd": None,
    "CapDrop": None,
    "CgroupnsMode": "host",
    "Dns": [],
    "DnsOptions": [],
    "DnsSearch": [],
    "ExtraHosts": None,
    "GroupAdd": None,
    "IpcMode": "private",
    "Cgroup": "",
    "Links": None,
    "OomScoreAdj": 0,
    "PidMode": "",
    "Privileged": False,
    "PublishAllPorts": False,
    "ReadonlyRootfs": False,
    "SecurityOpt": None,
    "UTSMode": "",
    "UsernsMode": "",
    "ShmSize": 67108864,
    "Runtime": "runc",
    "Isolation": "",
    "CpuShares": 0,
    "Memory": 0,
    "NanoCpus": 0,
    "CgroupParent": "",
    "BlkioWeight": 0,
    "BlkioWeightDevice": [],
    "BlkioDeviceReadBps": [],
    "BlkioDeviceWriteBps": [],
    "BlkioDeviceReadIOps": [],
    "BlkioDeviceWriteIOps": [],
    "CpuPeriod": 0,
    "CpuQuota": 0,
    "CpuRealtimePeriod": 0,
    "CpuRealtimeRuntime": 0,
    "CpusetCpus": "",
    "CpusetMems": "",
    "Devices": [],
    "DeviceCgroupRules": None,
    "DeviceRequests": None,
    "MemoryReservation": 0,
    "MemorySwap": 0,
    "MemorySwappiness": None,
    "OomKillDisable": False,
    "PidsLimit": None,
    "Ulimits": [],
    "CpuCount": 0,
    "CpuPercent": 0,
    "IOMaximumIOps": 0,
    "IOMaximumBandwidth": 0,
    "MaskedPaths": [
        "/proc/asound",
        "/proc/acpi",
        "/proc/kcore",
        "/proc/keys",
        "/proc/latency_stats",
        "/proc/timer_list",
        "/proc/timer_stats",
        "/proc/sched_debug",
        "/proc/scsi",
        "/sys/firmware",
        "/sys/devices/virtual/powercap",
    ],
    "ReadonlyPaths": ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"],
}
"""The members of the Engine API's HostConfig in its order, with the values that a plain `docker run` gives them."""


def _mounts(record: ContainerRecord) -> list[dict[str, Any]]:
    order = ("Type", "Name", "Source", "Destination", "Driver", "Mode", "RW", "Propagation")
    return [{key: mount[key] for key in order if key in mount} for mount in record.host.get("Mounts", ())]


def _endpoint(engine: Engine, record: ContainerRecord, name: str, settings: dict[str, Any]) -> dict[str, Any]:
    network = every(engine.state).get(name, {"Id": "", "Config": None})
    address = settings.get("IPAddress", "")
    config = (network["Config"] or [{}])[0] if address else {}
    own = name not in BUILT_IN
    return {
        "IPAMConfig": {"IPv4Address": settings["Wanted"]} if "Wanted" in settings else {} if own else None,
        "Links": None,
        "Aliases": settings.get("Aliases") or ([] if own else None),
        "MacAddress": mac_address(address),
        "NetworkID": network["Id"] if settings.get("EndpointID") or record.started_at else "",
        "EndpointID": settings.get("EndpointID", ""),
        "Gateway": config.get("Gateway", ""),
        "IPAddress": address,
        "IPPrefixLen": ipaddress.ip_network(config["Subnet"]).prefixlen if config else 0,
        "IPv6Gateway": "",
        "GlobalIPv6Address": "",
        "GlobalIPv6PrefixLen": 0,
        "DriverOpts": None,
        "DNSNames": [record.name, *settings.get("Aliases", ()), record.id[:12]] if own else None,
    }


def _network_settings(engine: Engine, record: ContainerRecord) -> dict[str, Any]:
    running = record.status in ("running", "paused")
    endpoints = {
        name: _endpoint(engine, record, name, settings) for name, settings in sorted(networks_of(record).items())
    }
    first = endpoints.get("bridge") or {}
    ports: dict[str, Any] = dict.fromkeys(record.config.get("ExposedPorts") or {})
    ports |= record.host.get("Ports") or {}
    return {
        "Bridge": "",
        "SandboxID": record.id if running else "",
        "SandboxKey": f"/var/run/docker/netns/{record.id[:12]}" if running else "",
        "Ports": ports if running else {},
        "HairpinMode": False,
        "LinkLocalIPv6Address": "",
        "LinkLocalIPv6PrefixLen": 0,
        "SecondaryIPAddresses": None,
        "SecondaryIPv6Addresses": None,
        "EndpointID": first.get("EndpointID", ""),
        "Gateway": first.get("Gateway", ""),
        "GlobalIPv6Address": "",
        "GlobalIPv6PrefixLen": 0,
        "IPAddress": first.get("IPAddress", ""),
        "IPPrefixLen": first.get("IPPrefixLen", 0),
        "IPv6Gateway": "",
        "MacAddress": first.get("MacAddress", ""),
        "Networks": endpoints,
    }


def container_json(engine: Engine, record: ContainerRecord, *, size: bool) -> dict[str, Any]:
    """Docker's JSON object for the container; with `size` its bytes, alone and with its image."""
    folder = str(engine.settings.home / "containers" / record.id)
    value: dict[str, Any] = {
        "Id": record.id,
        "Created": record.created,
        "Path": record.path,
        "Args": list(record.args),
        "State": _state(record),
        "Image": record.image,
        "ResolvConfPath": f"{folder}/resolv.conf",
        "HostnamePath": f"{folder}/hostname",
        "HostsPath": f"{folder}/hosts",
        "LogPath": f"{folder}/{record.id}-json.log",
        "Name": f"/{record.name}",
        "RestartCount": record.host.get("RestartCount", 0),
        "Driver": DRIVER,
        "Platform": "linux",
        "MountLabel": "",
        "ProcessLabel": "",
        "AppArmorProfile": "",
        "ExecIDs": None,
        "HostConfig": _host_config(record),
        "GraphDriver": {"Data": {"Executor": engine.executor.name, "Diff": record.diff}, "Name": DRIVER},
    }
    if size:
        value["SizeRw"] = record.size_rw
        value["SizeRootFs"] = record.size_rw + sum(layer.size for layer in record.layers)
    value |= {"Mounts": _mounts(record), "Config": dict(record.config)}
    value["NetworkSettings"] = _network_settings(engine, record)
    return value
