"""What `docker image inspect` tells of an image: the JSON of Docker's API, and the typed form that templates see."""

from __future__ import annotations

from typing import Any

from dockkernel.commands.gotemplate.govalues import NIL, Member, Struct
from dockkernel.engine import names
from dockkernel.engine.engine import Engine
from dockkernel.engine.state import ImageRecord
from dockkernel.oci import times
from dockkernel.oci.config import ContainerConfig
from dockkernel.oci.digest import Digest

DRIVER = "dockkernel"
"""The storage driver's name: layers are kept as uncompressed tars."""


def image_json(engine: Engine, record: ImageRecord) -> dict[str, Any]:
    """Docker's JSON object for the image, members in Docker's order. Sizes in bytes, times RFC 3339 UTC."""
    config, state = engine.config(record.id), engine.state
    references = names.references_of(state, record.id)
    layers = [layer.diff_id for layer in record.layers]
    return {
        "Id": record.id,
        "RepoTags": [names.familiar(reference) for reference in references if "@" not in reference],
        "RepoDigests": [names.familiar(reference) for reference in references if "@" in reference],
        "Parent": record.parent,
        "Comment": config.comment or (config.history[-1].comment if config.history else ""),
        "Created": config.created,
        "DockerVersion": config.docker_version,
        "Author": config.author,
        "Config": config.config.to_json(),
        "Architecture": config.platform.architecture,
        **({"Variant": config.platform.variant} if config.platform.variant else {}),
        "Os": config.platform.os,
        "Size": record.size,
        "GraphDriver": {
            "Data": {"Layers": [str(engine.blobs.path(Digest.parse(layer))) for layer in reversed(layers)]},
            "Name": DRIVER,
        },
        "RootFS": {"Type": "layers", "Layers": layers},
        "Metadata": {"LastTagTime": record.tagged_at or times.ZERO},
    }


_OCI_MEMBERS = (
    "User", "ExposedPorts", "Env", "Entrypoint", "Cmd", "Volumes", "WorkingDir", "Labels", "StopSignal",
    "ArgsEscaped", "Healthcheck", "OnBuild", "Shell",
)  # fmt: skip
_MAPS = frozenset({"ExposedPorts", "Volumes", "Labels"})
_LISTS = frozenset({"Env", "Entrypoint", "Cmd", "OnBuild", "Shell"})


def _typed_config(config: ContainerConfig) -> Struct:
    """The config in the order and with the omissions of the client's Go type: OCI's members, then Docker's."""
    raw = config.to_json()

    def value(name: str) -> Any:
        found = raw.get(name)
        if found is None:
            return {} if name in _MAPS else [] if name in _LISTS else NIL if name == "Healthcheck" else ""
        return found

    members = tuple(Member(name, value(name), name, omit_empty=True) for name in _OCI_MEMBERS)
    return Struct("*v1.DockerOCIImageConfig", members)


def typed_image(raw: dict[str, Any], config: ContainerConfig) -> Struct:
    """The object that a template sees first: the client's Go struct, of which `Id` is spelled `ID`."""
    members = [Member("ID" if name == "Id" else name, value, name) for name, value in raw.items() if name != "Config"]
    members += [
        Member("Config", _typed_config(config), "Config"),
        Member("VirtualSize", 0, "VirtualSize", omit_empty=True),
        Member("Container", "", "Container", omit_empty=True),
    ]
    root = raw["RootFS"]
    members = [
        Member("RootFS", Struct("image.RootFS", tuple(Member(k, v, k) for k, v in root.items())), "RootFS")
        if member.name == "RootFS"
        else member
        for member in members
    ]
    return Struct("image.InspectResponse", tuple(members))
