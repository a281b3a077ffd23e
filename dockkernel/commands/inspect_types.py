"""The Go types of what `docker inspect` shows, which templates see before the raw JSON: names, order, what is left out.

They decide what `{{.ID}}`, `{{json .Config}}` and a missing field give. Members are those of the Engine API 1.45's
image and container objects as the Docker CLI 28 decodes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dockkernel.commands.gotemplate.govalues import Duration, Member, NilMap, NilSlice, Struct, Time

_IMAGE_CONFIG = (
    "User ExposedPorts Env Entrypoint Cmd Volumes WorkingDir Labels StopSignal ArgsEscaped Healthcheck OnBuild Shell"
).split()
_LISTS = frozenset(("Env", "Entrypoint", "Cmd", "OnBuild", "Shell"))
_MAPS = frozenset(("ExposedPorts", "Volumes", "Labels"))
_TIMES = ("Interval", "Timeout", "StartPeriod", "StartInterval")


_NOTHING = Struct("struct {}", ())
"""What a set of ports or volumes holds under each name."""


def image_type(raw: Mapping[str, Any]) -> Struct:
    """`image.InspectResponse` of `docker image inspect`'s JSON."""
    members = [Member("ID", raw["Id"], "Id")]
    members += [Member(name, raw.get(name) or [], name) for name in ("RepoTags", "RepoDigests")]
    members += [Member(name, raw.get(name, ""), name) for name in ("Parent", "Comment")]
    members.append(Member("Created", raw.get("Created", ""), "Created", omit_empty=True))
    members.append(Member("Container", raw.get("Container", ""), "Container", omit_empty=True))
    members.append(Member("ContainerConfig", None, "ContainerConfig", omit_empty=True))
    members += [Member(name, raw.get(name, ""), name) for name in ("DockerVersion", "Author")]
    members.append(Member("Config", _image_config(raw.get("Config") or {}), "Config"))
    members.append(Member("Architecture", raw.get("Architecture", ""), "Architecture"))
    members.append(Member("Variant", raw.get("Variant", ""), "Variant", omit_empty=True))
    members.append(Member("Os", raw.get("Os", ""), "Os"))
    members.append(Member("OsVersion", raw.get("OsVersion", ""), "OsVersion", omit_empty=True))
    members.append(Member("Size", raw.get("Size", 0), "Size"))
    members.append(Member("VirtualSize", 0, "VirtualSize", omit_empty=True))
    members.append(Member("GraphDriver", _struct("storage.DriverData", raw["GraphDriver"]), "GraphDriver"))
    members.append(Member("RootFS", _struct("image.RootFS", raw["RootFS"]), "RootFS"))
    tagged = Member("LastTagTime", Time(raw["Metadata"]["LastTagTime"]), "LastTagTime")
    members.append(Member("Metadata", Struct("image.Metadata", (tagged,)), "Metadata"))
    members.append(Member("Descriptor", None, "Descriptor", omit_empty=True))
    members.append(Member("Manifests", [], "Manifests", omit_empty=True))
    return Struct("image.InspectResponse", tuple(members))


def _image_config(raw: Mapping[str, Any]) -> Struct:
    members = [Member(name, _config_value(name, raw.get(name)), name, omit_empty=True) for name in _IMAGE_CONFIG]
    return Struct("*v1.DockerOCIImageConfig", tuple(members))


def _config_value(name: str, value: Any) -> Any:
    if name == "Healthcheck":
        return _healthcheck(value) if value else None
    if value is not None:
        return dict.fromkeys(value, _NOTHING) if name in ("ExposedPorts", "Volumes") else value
    return NilSlice() if name in _LISTS else NilMap() if name in _MAPS else False if name == "ArgsEscaped" else ""


def _healthcheck(raw: Mapping[str, Any]) -> Struct:
    members = [Member("Test", raw.get("Test") or NilSlice(), "Test", omit_empty=True)]
    members += [Member(name, Duration(raw.get(name) or 0), name, omit_empty=True) for name in _TIMES]
    members.append(Member("Retries", raw.get("Retries") or 0, "Retries", omit_empty=True))
    return Struct("*v1.HealthcheckConfig", tuple(members))


def _struct(type_name: str, raw: Mapping[str, Any]) -> Struct:
    return Struct(type_name, tuple(Member(name, value, name) for name, value in raw.items()))


_KEPT_MAPS = frozenset("Labels Options PortBindings Ports Networks Containers ExposedPorts Volumes Data".split())
_NIL_LISTS = frozenset(
    "Env Cmd Entrypoint OnBuild Shell Binds VolumesFrom CapAdd CapDrop ExtraHosts GroupAdd Links SecurityOpt ExecIDs "
    "Aliases DNSNames DeviceCgroupRules DeviceRequests".split()
)
_GO_NAMES = {"Id": "ID", "NanoCpus": "NanoCPUs", "CpuShares": "CPUShares"}
"""Fields whose Go name is not their JSON name."""


def object_type(type_name: str, raw: Mapping[str, Any]) -> Struct:
    """The Go value of a container's, volume's or network's JSON: objects with fixed members are structs."""
    members = (Member(_GO_NAMES.get(name, name), _go_value(name, value), name) for name, value in raw.items())
    return Struct(type_name, tuple(members))


def _go_value(name: str, value: Any) -> Any:
    if value is None:
        return NilSlice() if name in _NIL_LISTS else NilMap() if name in _KEPT_MAPS else None
    if isinstance(value, Mapping):
        if name in _KEPT_MAPS or not value:
            return {key: _go_value("", item) for key, item in value.items()}
        return object_type(name, value)
    if isinstance(value, list):
        return [_go_value("", item) for item in value]
    return value
