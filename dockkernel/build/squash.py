"""`docker build --squash`: all that a build has added to its base, as one layer.

The image of the last step stays as it is, so that the cache keeps its steps. The squashed one has the base's layers,
one more (an empty one where no file changed), every row of history, and a row that says what was merged. It has no
parent.
"""

from __future__ import annotations

from dataclasses import replace

from dockkernel.build.result import StepImage, StepLayer
from dockkernel.build.workshop import DOCKER_VERSION, Workshop
from dockkernel.fs.change import diff
from dockkernel.image.edit import append_layer, write_image
from dockkernel.oci import times
from dockkernel.oci.config import History, ImageConfig


def squash(work: Workshop, image_id: str, base_id: str) -> str:
    """The squashed image's id; `base_id` is the image that the last stage began with, empty for scratch."""
    image = work.image(image_id)
    base = work.image(base_id) if base_id else None
    layer = StepLayer(*append_layer(work.backend.blobs, diff(work.tree(base_id), work.tree(image_id))))
    layers = (*(base.layers if base else ()), layer)
    kept = len(base.config.history) if base else 0
    rows = image.config.history
    created = times.from_ns(work.backend.now_ns())
    comment = f"merge {image_id} to {base_id}" if base else f"create new from {image_id}"
    made = ImageConfig.build(
        config=image.config.config,
        diff_ids=tuple(one.diff_id for one in layers),
        history=(
            *rows[:kept],
            *(replace(row, empty_layer=True) for row in rows[kept:]),
            History(created, comment=comment),
        ),
        created=created,
        platform=image.config.platform,
        author=image.config.author,
        docker_version=DOCKER_VERSION,
    )
    manifest = write_image(work.backend.blobs, made, [(one.diff_id, one.blob_bytes) for one in layers])
    squashed = str(made.id)
    work.made[squashed] = StepImage(squashed, made, layers, "", str(manifest.descriptor.digest))
    return squashed
