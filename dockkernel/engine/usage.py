"""Disk usage: the numbers of `docker system df` (docs.docker.com, `docker system df`).

A layer's bytes are those of its files (sum of lstat sizes); each layer is on the disk once, named by chain ID.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from dockkernel.engine.state import ContainerRecord, ImageRecord, State
from dockkernel.oci import times


@dataclass(frozen=True, slots=True)
class ImageUsage:
    """One listed image: SIZE and its parts in bytes, and how many containers use it."""

    record: ImageRecord
    shared: int
    containers: int

    @property
    def unique(self) -> int:
        """Bytes of the layers that no other image has."""
        return self.record.size - self.shared


@dataclass(frozen=True, slots=True)
class Usage:
    """Everything that `docker system df` tells."""

    images: tuple[ImageUsage, ...]
    """Without intermediate images, newest first."""
    containers: tuple[ContainerRecord, ...]
    layer_bytes: int
    """Bytes of the listed images' layers, each once."""

    @property
    def reclaimable(self) -> int:
        """Bytes, as Docker's client computes them: all minus what images with containers have alone."""
        return self.layer_bytes - sum(image.unique for image in self.images if image.containers)


def newest_first(record: ImageRecord | ContainerRecord) -> tuple[int, str]:
    """Sort key of lists: the newest first, equal times by id."""
    return -times.to_ns(record.created), record.id


def parents(state: State) -> set[str]:
    """Ids of the images that another image was built on here."""
    return {record.parent for record in state.images.values() if record.parent}


def named(state: State) -> set[str]:
    """Ids of the images that have a tag or a digest reference."""
    return {*state.tags.values(), *state.digests.values()}


def layer_bytes(state: State) -> dict[str, int]:
    """Chain ID → bytes, for every layer that an image or a container stands on."""
    stacks = [record.layers for record in state.images.values()]
    stacks += [record.layers for record in state.containers.values()]
    return {layer.chain_id: layer.size for stack in stacks for layer in stack}


def measure(state: State) -> Usage:
    """The usage of a state. Sharing counts every image, intermediate ones too, as daemon 26 does."""
    standing = Counter(layer.chain_id for record in state.images.values() for layer in record.layers)
    inner, with_names = parents(state), named(state)
    used = Counter(container.image for container in state.containers.values())
    listed = sorted(
        (record for record in state.images.values() if record.id in with_names or record.id not in inner),
        key=newest_first,
    )
    images = tuple(
        ImageUsage(
            record,
            sum(layer.size for layer in record.layers if standing[layer.chain_id] > 1),
            used[record.id],
        )
        for record in listed
    )
    containers = tuple(sorted(state.containers.values(), key=newest_first))
    # the daemon leaves out layers that only containers of deleted images hold
    on_disk = {layer.chain_id: layer.size for record in listed for layer in record.layers}
    return Usage(images, containers, sum(on_disk.values()))
