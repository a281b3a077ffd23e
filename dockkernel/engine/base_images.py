"""The images that a graph build stands on: from the store, else from their registry without getting a name here.

BuildKit asks for an image's config before anything is built and brings its layers when a step needs them. What it
brings belongs to the build cache: `docker image ls` does not show it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from dockkernel.build.buildkit.options import BaseImage, KitFailed
from dockkernel.build.buildkit.services import Status
from dockkernel.build.result import StepLayer
from dockkernel.engine import names
from dockkernel.engine.engine import Engine
from dockkernel.engine.pull import LayerStep, fetch_layer, layer_bytes_of, read_document
from dockkernel.errors import BlobNotFound, DockError, ImageNotFound, ManifestNotFound
from dockkernel.oci.config import ImageConfig
from dockkernel.oci.digest import Digest
from dockkernel.oci.manifest import Manifest
from dockkernel.oci.platform import Platform
from dockkernel.oci.reference import Reference

_DENIED = (
    "pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: "
    "authorization failed"
)


def find_base(engine: Engine, name: str, platform: Platform, *, pull: bool) -> BaseImage:
    """The image of a canonical reference; `KitFailed` in BuildKit's words when there is none.

    An image of the store serves when it is for the platform and no newer one is asked for (`--pull`).
    """
    reference = Reference.parse(name)
    if not pull:
        local = _local(engine, reference, platform)
        if local is not None:
            return local
    return _remote(engine, reference, platform)


def _local(engine: Engine, reference: Reference, platform: Platform) -> BaseImage | None:
    try:
        record = names.find_image(engine.state, reference.canonical())
    except ImageNotFound:
        return None
    config = engine.config(record.id)
    if not platform.matches(config.platform):
        return None
    return BaseImage(reference.canonical(), config, config.platform)


def _remote(engine: Engine, reference: Reference, platform: Platform) -> BaseImage:
    try:
        found = engine.registry.resolve(reference, platform)
        blobs = engine.registry.blobs(reference)
        manifest = Manifest.parse(read_document(blobs, found), found.media_type)
        config = ImageConfig.parse(read_document(blobs, manifest.config))
    except ManifestNotFound as error:
        raise KitFailed(_not_found(engine, reference, error)) from error
    whole = replace(reference, digest=found.digest).canonical()
    return BaseImage(whole, config, config.platform, str(found.digest))


def _not_found(engine: Engine, reference: Reference, error: DockError) -> str:
    """BuildKit's words: the registry does not tell a repository that is not there from one that is private."""
    if not engine.registry.tags(reference):
        return _DENIED
    if "no matching manifest" in error.message:
        return "no match for platform in manifest: not found"
    return f"{reference.canonical()}: not found"


def base_layers(engine: Engine, image: BaseImage, status: Status) -> tuple[StepLayer, ...]:
    """The layers of the image; those that are not here come from its registry."""
    if image.digest:
        _bring(engine, image, status)
    sizes = {layer.diff_id: layer.size for record in engine.state.images.values() for layer in record.layers}
    return tuple(_layer(engine, sizes, diff_id) for diff_id in image.config.diff_ids)


def _layer(engine: Engine, sizes: dict[str, int], diff_id: Digest) -> StepLayer:
    blob_bytes = engine.blobs.size(diff_id)
    if blob_bytes is None:
        raise BlobNotFound(f"blob {diff_id} not found")
    return StepLayer(diff_id, layer_bytes_of(engine, sizes, diff_id), blob_bytes)


def _bring(engine: Engine, image: BaseImage, status: Status) -> None:
    reference = Reference.parse(image.reference)
    status(f"resolve {image.reference}", 0, 0, True)
    here = [engine.blobs.hold(diff_id) for diff_id in image.config.diff_ids]
    if all(here):
        return
    found = engine.registry.resolve(reference, image.platform)
    blobs = engine.registry.blobs(reference)
    manifest = Manifest.parse(read_document(blobs, found), found.media_type)
    for layer, diff_id in zip(manifest.layers, image.config.diff_ids, strict=True):
        name = str(layer.digest)
        fetch_layer(engine, blobs, layer, diff_id, _report(status, name, layer.size))
        status(name, layer.size, layer.size, True)
        status(f"extracting {name}", 0, 0, True)


def _report(status: Status, name: str, size: int) -> Callable[[LayerStep], None]:
    """Tells of a download in tenths; that it is done is told when it is checked."""
    told = 0

    def report(step: LayerStep) -> None:
        nonlocal told
        tenth = 10 * (step.current or 0) // max(size, 1)
        if told < tenth < 10:
            told = tenth
            status(name, step.current or 0, size, False)

    return report
