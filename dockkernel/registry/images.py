"""From a recipe to an image's config and to its layers' bytes."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import BinaryIO, cast

from dockkernel.fs.tar import layer_reader
from dockkernel.oci.config import ContainerConfig, History, ImageConfig
from dockkernel.oci.digest import Digest
from dockkernel.registry.deflate import compress
from dockkernel.registry.layers import image_layers
from dockkernel.registry.protocol import TEACHING_LABEL
from dockkernel.registry.recipe import Recipe, lineage, recipe
from dockkernel.registry.script import DEFAULT_PATH, Step, configure, created_by
from dockkernel.registry.streams import PieceStream

ABOUT_LABEL = f"{TEACHING_LABEL}.about"
_LAYER_SECONDS, _META_SECONDS = 23, 1
"""How long the classic builder is said to have taken for a step."""


def layer_tar(key: str, number: int) -> BinaryIO:
    """The uncompressed layer `number` of a recipe, as a stream in constant memory."""
    return layer_reader(image_layers(key)[number])


def layer_blob(key: str, number: int) -> BinaryIO:
    """The layer as the registry ships it: gzip, the same bytes on every machine."""
    return cast("BinaryIO", io.BufferedReader(PieceStream(compress(layer_tar(key, number)))))


def image_config(key: str, diff_ids: Sequence[Digest]) -> ImageConfig:
    """The config of a recipe's image whose layers, base first, have these diff IDs."""
    line = list(lineage(recipe(key)))
    config = ContainerConfig(env=(DEFAULT_PATH,))
    history: list[History] = []
    for part in line:
        config = configure(config, part.steps)
        history += _history(part)
    top = line[-1]
    name = f"docker.io/library/{top.key.partition('/')[0]}"
    about = (
        f"Stand-in for {name}, made by dockkernel for teaching: its structure is real, the bulk of its files is filler"
    )
    labels = {**(config.labels or {}), TEACHING_LABEL: "true", ABOUT_LABEL: about}
    authors = [step.arguments for part in line for step in part.steps if step.name == "MAINTAINER"]
    return ImageConfig.build(
        config=replace(config, labels=labels),
        diff_ids=tuple(diff_ids),
        history=tuple(history),
        created=history[-1].created,
        author=authors[-1] if authors else "",
        docker_version=top.docker_version,
    )


def _history(part: Recipe) -> list[History]:
    comment = "buildkit.dockerfile.v0" if part.style == "buildkit" else ""
    return [
        History(
            created=time,
            created_by=created_by(step, part.style, f"{part.key} {number}"),
            comment=part.raw_comment if step.name == "RAW" else comment,
            empty_layer=not step.layer,
        )
        for number, (step, time) in enumerate(zip(part.steps, _times(part), strict=True))
        if step.recorded
    ]


def _times(part: Recipe) -> list[str]:
    """When each step was done: BuildKit's all at once, the classic builder's one after the other, with decimals."""
    end = datetime.fromisoformat(part.created)
    if part.style == "buildkit":
        return [part.created] * len(part.steps)
    times: list[str] = []
    for number, step in reversed(list(enumerate(part.steps))):
        nanoseconds = int(Digest.of(f"{part.key} {number}".encode()).hex[:8], 16) % 10**9
        times.append(f"{end:%Y-%m-%dT%H:%M:%S}.{nanoseconds:09d}Z")
        end -= timedelta(seconds=_seconds(step))
    return times[::-1]


def _seconds(step: Step) -> int:
    return _LAYER_SECONDS if step.layer else _META_SECONDS
