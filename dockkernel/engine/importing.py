"""`docker import`: an image of one layer from a tar of a file system (docs.docker.com, `docker image import`)."""

from __future__ import annotations

from collections.abc import Sequence
from io import SEEK_CUR, BytesIO
from typing import BinaryIO

from dockkernel.build.archives import BLOCK, begins_archive, compression, damage, uncompressed
from dockkernel.engine.commit import changed_config
from dockkernel.engine.engine import Engine
from dockkernel.engine.state import ImageRecord, LayerRecord, add_image, set_tag
from dockkernel.errors import IntegrityError, InvalidInput
from dockkernel.fs.tar import layer_size
from dockkernel.image.edit import write_image
from dockkernel.oci.chain import chain_ids
from dockkernel.oci.config import ContainerConfig, History, ImageConfig
from dockkernel.oci.reference import Reference


def import_image(
    engine: Engine, data: bytes, target: Reference | None, message: str, changes: Sequence[str] = ()
) -> str:
    """Makes an image of the tar, compressed or not, and puts the tag on it; gives its id.

    `InvalidInput` for what is no tar, and for a change that is not allowed.
    """
    config = changed_config(ContainerConfig(), changes)
    with damage():
        plain = _plain(data)
        head = plain.read(BLOCK)
        if 0 < len(head) < BLOCK:
            raise InvalidInput("unexpected EOF")
        if not begins_archive(head):
            raise InvalidInput("Error processing tar file(exit status 1): archive/tar: invalid tar header")
        plain.seek(-BLOCK, SEEK_CUR)
        diff_id, blob_bytes = engine.blobs.put(plain)
    try:
        size = layer_size(engine.trees.changes(diff_id))
    except IntegrityError as error:
        raise InvalidInput(f"Error processing tar file(exit status 1): {error.message}") from error
    now = engine.now()
    image = ImageConfig.build(
        config=config,
        diff_ids=(diff_id,),
        history=(History(now, comment=message),),
        created=now,
        platform=engine.platform,
        comment=message,
    )
    manifest = write_image(engine.blobs, image, [(diff_id, blob_bytes)])
    layer = LayerRecord(str(chain_ids([diff_id])[0]), str(diff_id), size)
    labels = dict(config.labels or {})
    made = ImageRecord(str(image.id), str(manifest.descriptor.digest), now, (layer,), labels)
    tag = target.with_default_tag() if target else None
    with engine.transaction(f"import {tag.familiar() if tag else ''}".rstrip()) as tx:
        state = add_image(tx.state, made)
        tx.state = set_tag(state, tag.canonical(), made.id, now) if tag else state
    return made.id


def _plain(data: bytes) -> BinaryIO:
    """The bytes inside the compression."""
    kind = compression(data[:16])
    return BytesIO(data) if kind is None else BytesIO(uncompressed(BytesIO(data), kind).read())
