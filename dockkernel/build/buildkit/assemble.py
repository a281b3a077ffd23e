"""From a target's layers and scope to the image: config and history, as BuildKit's exporter writes them.

An image that comes wholly from the cache is the same as before, to the byte: the time of a row is that of its layer,
and rows without a layer have the time of the layer before them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dockkernel.build.buildkit.result import KitImage, Result
from dockkernel.build.buildkit.scope import Scope
from dockkernel.errors import InvalidInput
from dockkernel.image.edit import write_image
from dockkernel.oci import times
from dockkernel.oci.config import History, ImageConfig
from dockkernel.store.blobs import BlobStore

MAX_LAYERS = 125
"""How many layers the daemon's store lets an image have."""


def assemble(scope: Scope, result: Result, now_ns: int, epoch: str = "") -> ImageConfig:
    """The image's config. `epoch` is the time that SOURCE_DATE_EPOCH asks for (RFC 3339), empty for the real ones.

    `InvalidInput` when the image has more layers than a daemon's store takes.
    """
    if len(result.layers) > MAX_LAYERS:
        raise InvalidInput("max depth exceeded")
    history = _timed(scope.history, result, epoch)
    created = epoch or (history[-1].created if history else times.from_ns(now_ns))
    return ImageConfig.build(
        config=scope.config,
        diff_ids=tuple(layer.diff_id for layer in result.layers),
        history=history,
        created=created,
        platform=scope.platform,
        author=scope.author,
    )


def _timed(history: Sequence[History], result: Result, epoch: str) -> tuple[History, ...]:
    """The rows with their times; those of the base have theirs."""
    made = iter(result.new)
    rows = []
    for row in history:
        if row.created or row.empty_layer:
            rows.append(row)
            continue
        created = next(made).created_ns
        rows.append(replace(row, created=epoch or times.from_ns(created)))
    return _filled(rows, epoch)


def _filled(rows: Sequence[History], epoch: str) -> tuple[History, ...]:
    """Rows without a layer take the time of the first new layer after the base, then of the layer before them."""
    first_open = next((index for index, row in enumerate(rows) if not row.created), len(rows))
    later = next((row.created for row in rows[first_open:] if row.created), "")
    last = later or (rows[first_open - 1].created if 0 < first_open <= len(rows) else "")
    filled = []
    for index, row in enumerate(rows):
        if row.created:
            last = row.created if index > first_open else last
            filled.append(row)
        else:
            filled.append(replace(row, created=epoch or last))
    return tuple(filled)


def write(blobs: BlobStore, config: ImageConfig, result: Result) -> KitImage:
    """Puts the image's config and manifest into the store, where its layers are."""
    manifest = write_image(blobs, config, [(layer.diff_id, layer.blob_bytes) for layer in result.layers])
    return KitImage(config, result.layers, manifest.descriptor.digest, result.open_tree)
