"""What `docker image inspect` tells of an image: the JSON object of Docker's API."""

from __future__ import annotations

from typing import Any

from dockkernel.engine import names
from dockkernel.engine.engine import Engine
from dockkernel.engine.state import ImageRecord
from dockkernel.oci import times
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
