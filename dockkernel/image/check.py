"""The invariants of an image, as a list of what is wrong with it: an executable form of the OCI image spec's rules.

Everything is read to its last byte, so this costs as much as hashing the image.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from dockkernel.errors import BlobNotFound, DockError
from dockkernel.image.image import Image, Layer
from dockkernel.oci.descriptor import Descriptor
from dockkernel.oci.digest import Digest
from dockkernel.store.blobs import BlobReader

Code = Literal["unreadable", "history", "missing", "size", "damaged", "diff-id"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One broken rule: `code` names the rule, `message` says in one line what breaks it."""

    code: Code
    message: str


def check(blobs: BlobReader, digest: Digest) -> tuple[Finding, ...]:
    """What is wrong with the image whose manifest has this digest; nothing for a good one. Raises nothing for it.

    `unreadable`: manifest or config is missing, damaged, not what it should be, or the two name different numbers of
    layers. `history`: the rows that made a layer are more or fewer than the layers. `missing`, `size`, `damaged`: a
    layer's blob against its descriptor. `diff-id`: the uncompressed bytes against the config.
    """
    try:
        image = Image.load(blobs, digest)
    except DockError as error:
        return (Finding("unreadable", error.message),)
    return tuple(_image(image))


def _image(image: Image) -> Iterator[Finding]:
    history, layers = image.config.history, image.layers
    made = sum(not row.empty_layer for row in history)
    if history and made != len(layers):
        yield Finding("history", f"history has {made} rows with a layer, the image has {len(layers)} layers")
    yield from _size(image.blobs, image.manifest.config)
    for number, layer in enumerate(layers):
        size = tuple(_size(image.blobs, layer.descriptor))
        yield from size or _content(number, layer)


def _size(blobs: BlobReader, descriptor: Descriptor) -> Iterator[Finding]:
    size = blobs.size(descriptor.digest)
    if size is None:
        yield Finding("missing", f"blob {descriptor.digest} not found")
    elif size != descriptor.size:
        yield Finding("size", f"blob {descriptor.digest} has {size} bytes, its descriptor says {descriptor.size}")


def _content(number: int, layer: Layer) -> Iterator[Finding]:
    try:
        with layer.open() as stream:
            found, _ = Digest.of_stream(stream)
    except BlobNotFound as error:
        yield Finding("missing", error.message)
    except DockError as error:
        yield Finding("damaged", error.message)
    else:
        if found != layer.diff_id:
            yield Finding("diff-id", f"invalid diffID for layer {number}: expected {layer.diff_id}, got {found}")
