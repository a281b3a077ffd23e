"""Configs of the form that Docker had before version 1.10, one for each layer.

`docker save` still puts them into its archives. Their ids are a chain: each is the digest of the config without its id,
together with the layer's chain ID and the id below.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from dockkernel.oci import times
from dockkernel.oci.canonical import encode
from dockkernel.oci.chain import chain_ids
from dockkernel.oci.config import ContainerConfig, ImageConfig
from dockkernel.oci.digest import Digest

_BEFORE = ("comment", "created", "container", "container_config")
_AFTER = ("docker_version", "author", "config", "architecture", "variant", "os")


def old_configs(config: ImageConfig) -> Iterator[bytes]:
    """One config a layer, base first; only the last says more than when and for which system."""
    chain = chain_ids(config.diff_ids)
    system = json.loads(config.raw).get("os")
    below: Digest | None = None
    for number, chain_id in enumerate(chain, 1):
        top = number == len(chain)
        facts = _facts(config) if top else _nothing()
        unnamed: dict[str, Any] = {**facts, "layer_id": str(chain_id)}
        if below:
            unnamed["parent"] = str(below)
        own = Digest.of(encode(dict(sorted(unnamed.items()))))
        if system:
            facts["os"] = system
        parent = {"parent": below.hex} if below else {}
        below = own
        yield encode({"id": own.hex, **parent, **{name: facts[name] for name in _BEFORE + _AFTER if name in facts}})


def _nothing() -> dict[str, Any]:
    return {"created": "1970-01-01T00:00:00Z", "container_config": ContainerConfig().to_json()}


def _facts(config: ImageConfig) -> dict[str, Any]:
    """What the image's config says, in the old form: empty members left out, but for times and container_config."""
    raw = json.loads(config.raw)
    found = {
        name: raw[name]
        for name in ("comment", "container", "docker_version", "author", "architecture", "variant", "os")
        if raw.get(name)
    }
    created = raw.get("created")
    found["created"] = times.normal(created) if created else None
    found["container_config"] = ContainerConfig.from_json(raw.get("container_config")).to_json()
    if raw.get("config") is not None:
        found["config"] = config.config.to_json()
    return found
