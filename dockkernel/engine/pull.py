"""Pulling: from a registry's manifest and compressed layers to an image in the store.

Blobs first, names last: a pull that is interrupted leaves blobs that nothing names, and no image. The layers that the
store has are found as Docker finds them: by the compressed digest they once came from, and only while an image or a
container stands on the same chain.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import BinaryIO

from dockkernel.engine.engine import Engine
from dockkernel.engine.state import ImageRecord, LayerRecord, State, add_image, set_digest, set_tag
from dockkernel.engine.usage import layer_bytes
from dockkernel.errors import IntegrityError
from dockkernel.fs.tar import layer_size
from dockkernel.image.edit import write_image
from dockkernel.oci import mediatype
from dockkernel.oci.chain import chain_ids
from dockkernel.oci.config import ImageConfig
from dockkernel.oci.descriptor import Descriptor
from dockkernel.oci.digest import Digest
from dockkernel.oci.manifest import Manifest
from dockkernel.oci.platform import Platform
from dockkernel.oci.reference import Reference
from dockkernel.registry.protocol import Unpacking
from dockkernel.store.blobs import BlobReader
from dockkernel.store.compress import decompressor


@dataclass(frozen=True, slots=True)
class LayerStep:
    """One layer has come to `action` (Docker's words); bytes of the compressed blob where they are counted."""

    id: str
    action: str
    current: int | None = None
    total: int | None = None


def pulling(reference: Reference) -> str:
    """The line that begins the words of a pull: the tag, or the whole reference when a digest is pulled."""
    head = replace(reference, tag=None).canonical() if reference.digest else reference.tag
    return f"{head}: Pulling from {reference.repository}"


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a pull of one reference came to."""

    reference: Reference
    digest: Digest
    image_id: str
    changed: bool
    """False when the reference named this image before ("Image is up to date")."""


Report = Callable[[LayerStep], None]
_DOCUMENT_BYTES = 4 << 20
"""Registries take no larger manifest either (OCI distribution spec, "Pushing Manifests")."""


@dataclass(slots=True)
class _Counting:
    """Passes a stream through and tells how many bytes have come."""

    stream: BinaryIO
    tell_progress: Callable[[int], None]
    seen: int = 0

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        chunk = self.stream.read(size)
        if chunk:
            self.seen += len(chunk)
            self.tell_progress(self.seen)
        return chunk

    def close(self) -> None:
        """Closes the stream below."""
        self.stream.close()

    def readable(self) -> bool:
        """Always true."""
        return True


def _as_promised(blobs: BlobReader, descriptor: Descriptor) -> None:
    """Refuses a blob whose size differs from what its descriptor says (OCI image spec, descriptor.md, `size`)."""
    size = blobs.size(descriptor.digest)
    if size is not None and size != descriptor.size:
        raise IntegrityError(f"blob {descriptor.digest}: {descriptor.size} bytes were promised, it has {size}")


def read_document(blobs: BlobReader, descriptor: Descriptor) -> bytes:
    """A manifest or a config, checked; `IntegrityError` when it is not what the descriptor says, or too large."""
    _as_promised(blobs, descriptor)
    if descriptor.size > _DOCUMENT_BYTES:
        raise IntegrityError(f"blob {descriptor.digest}: {descriptor.size} bytes are too many for a manifest or config")
    with blobs.open(descriptor.digest) as stream:
        data = stream.read(descriptor.size + 1)
    if Digest.of(data) != descriptor.digest:
        raise IntegrityError(f"content digest {descriptor.digest} does not match what was received")
    return data


def _held(state: State) -> set[str]:
    return set(layer_bytes(state))


def fetch_layer(engine: Engine, blobs: BlobReader, layer: Descriptor, diff_id: Digest, report: Report) -> None:
    """Brings one layer into the store, unpacked, checked against its diff ID."""
    short = layer.digest.short
    if not engine.blobs.hold(diff_id):
        _as_promised(blobs, layer)
        compression = mediatype.compression(layer.media_type)
        unpacked = blobs.open_unpacked(layer.digest) if isinstance(blobs, Unpacking) else None
        stream, size = unpacked or (blobs.open(layer.digest), layer.size)
        with stream:
            counted = _Counting(
                stream,
                lambda seen: report(LayerStep(short, "Downloading", seen * layer.size // (size or 1), layer.size)),
            )
            source: BinaryIO = counted  # type: ignore[assignment]
            packed = compression and unpacked is None
            engine.blobs.put(decompressor(source, compression) if packed else source, expect=diff_id)
    report(LayerStep(short, "Verifying Checksum"))
    report(LayerStep(short, "Download complete"))


def _bring_layers(
    engine: Engine, blobs: BlobReader, manifest: Manifest, config: ImageConfig, report: Report
) -> tuple[LayerRecord, ...]:
    state = engine.state
    held, chains = _held(state), chain_ids(config.diff_ids)
    steps = list(zip(manifest.layers, config.diff_ids, chains, strict=True))
    missing = [step for step in steps if not (str(step[2]) in held and str(step[0].digest) in state.sources)]
    for layer, _, _ in steps:
        known = all(layer is not step[0] for step in missing)
        report(LayerStep(layer.digest.short, "Already exists" if known else "Pulling fs layer"))
    for layer, diff_id, _ in missing:
        fetch_layer(engine, blobs, layer, diff_id, report)
    for layer, _, _ in missing:
        report(LayerStep(layer.digest.short, "Pull complete"))
    sizes = {
        layer.diff_id: layer.size for record in state.images.values() for layer in record.layers
    }  # one scan of the records is cheaper than reading a layer again
    return tuple(
        LayerRecord(str(chain), str(diff_id), layer_bytes_of(engine, sizes, diff_id))
        for diff_id, chain in zip(config.diff_ids, chains, strict=True)
    )


def layer_bytes_of(engine: Engine, known: dict[str, int], diff_id: Digest) -> int:
    """The layer's size as Docker counts it; `known` has those that need no reading, and learns."""
    if str(diff_id) not in known:
        known[str(diff_id)] = layer_size(engine.trees.changes(diff_id))
    return known[str(diff_id)]


def _record(engine: Engine, config: ImageConfig, layers: tuple[LayerRecord, ...]) -> ImageRecord:
    sizes = [engine.blobs.size(diff_id) or 0 for diff_id in config.diff_ids]
    manifest = write_image(engine.blobs, config, list(zip(config.diff_ids, sizes, strict=True)))
    return ImageRecord(
        id=str(config.id),
        manifest=str(manifest.descriptor.digest),
        created=config.created,
        layers=layers,
        labels=dict(config.config.labels or {}),
    )


def pull(
    engine: Engine,
    reference: Reference,
    begin: Callable[[], None],
    report: Report,
    platform: Platform | None = None,
) -> Pulled:
    """Brings the image of a reference with a tag or a digest into the store and names it.

    `platform` is another one than the engine's. `begin` is called once the manifest is known, `report` for each step of
    a layer; an image that is here already has no steps.
    `ManifestNotFound` and other `RegistryError`s come from the registry; `IntegrityError` when what it sends is not
    what it promised. Nothing is named unless all of it is there.
    """
    found = engine.registry.resolve(reference, platform or engine.platform)
    blobs = engine.registry.blobs(reference)
    manifest = Manifest.parse(read_document(blobs, found), found.media_type)
    begin()
    config = ImageConfig.parse(read_document(blobs, manifest.config))
    if len(config.diff_ids) != len(manifest.layers):
        raise IntegrityError("layers from manifest don't match image configuration")
    record = engine.state.images.get(str(config.id))
    if record is None:
        record = _record(engine, config, _bring_layers(engine, blobs, manifest, config, report))
    digest_reference = replace(reference, tag=None, digest=found.digest).canonical()
    sources = {str(layer.digest): str(diff) for layer, diff in zip(manifest.layers, config.diff_ids, strict=True)}
    with engine.transaction(f"pull {reference.familiar()}") as tx:
        state = tx.state
        named = state.tags.get(reference.canonical()) if reference.tag else state.digests.get(digest_reference)
        state = add_image(state, record)
        if reference.tag:
            state = set_tag(state, replace(reference, digest=None).canonical(), record.id)
        state = set_digest(state, digest_reference, record.id)
        tx.state = replace(state, sources={**state.sources, **sources})
    return Pulled(reference, found.digest, record.id, named != record.id)
