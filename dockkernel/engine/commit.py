"""`docker commit`: an image of a container's image, its changes and its config (docs.docker.com, `docker commit`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dockkernel.build.args import Args
from dockkernel.build.lower import lower
from dockkernel.build.stage import Stage
from dockkernel.build.workshop import DOCKER_VERSION
from dockkernel.dockerfile.changes import parse_changes
from dockkernel.engine import names
from dockkernel.engine.container_life import find
from dockkernel.engine.container_run import ask
from dockkernel.engine.engine import Engine
from dockkernel.engine.state import ContainerRecord, ImageRecord, LayerRecord, add_image, set_tag
from dockkernel.errors import BlobNotFound, InvalidInput, ParseError
from dockkernel.image.edit import write_image
from dockkernel.oci.chain import chain_ids
from dockkernel.oci.config import ContainerConfig, History, ImageConfig
from dockkernel.oci.digest import Digest
from dockkernel.oci.reference import Reference


@dataclass(frozen=True, slots=True)
class CommitSpec:
    """What `docker commit` asks for."""

    container: str
    target: Reference | None = None
    author: str = ""
    message: str = ""
    changes: tuple[str, ...] = ()


def changed_config(config: ContainerConfig, changes: Sequence[str]) -> ContainerConfig:
    """The config after the `--change` instructions, which mean what they mean in a Dockerfile."""
    try:
        instructions = parse_changes(changes)
    except ParseError as error:
        raise InvalidInput(error.message) from error
    stage = Stage(config, Args())
    for instruction in instructions:
        stage = lower(instruction.expand(stage.variables(), stage.escape), stage).stage
    return stage.config


def commit(engine: Engine, spec: CommitSpec) -> str:
    """Makes the image and puts the tag on it; gives its id.

    `ContainerNotFound`; `InvalidInput` for a change that is not allowed.
    """
    record = ask(engine, find(engine, spec.container))
    base = engine.config(record.image) if record.image else None
    config = changed_config(ContainerConfig.from_json(record.config), spec.changes)
    now = engine.now()
    layers = record.layers
    if record.diff:
        diff_ids = [Digest.parse(layer.diff_id) for layer in layers] + [Digest.parse(record.diff)]
        layers = (*layers, LayerRecord(str(chain_ids(diff_ids)[-1]), record.diff, record.size_rw))
    row = History(now, " ".join((record.path, *record.args)), spec.author, spec.message, empty_layer=not record.diff)
    image = ImageConfig.build(
        config=config,
        diff_ids=tuple(Digest.parse(layer.diff_id) for layer in layers),
        history=(*(base.history if base else ()), row),
        created=now,
        platform=base.platform if base else engine.platform,
        author=spec.author,
        comment=spec.message,
        docker_version=DOCKER_VERSION,
        extra={"container": record.id},
    )
    return _stored(engine, spec, record, image, layers)


def _stored(
    engine: Engine, spec: CommitSpec, record: ContainerRecord, image: ImageConfig, layers: tuple[LayerRecord, ...]
) -> str:
    manifest = write_image(engine.blobs, image, [_blob(engine, layer) for layer in layers])
    target = spec.target.with_default_tag() if spec.target else None
    name = f" {target.familiar()}" if target else ""
    with engine.transaction(f"commit {spec.container}{name}") as tx:
        names.find_container(tx.state, record.id)
        parent = record.image if record.image in tx.state.images else ""
        made = ImageRecord(
            id=str(image.id),
            manifest=str(manifest.descriptor.digest),
            created=image.created,
            layers=layers,
            labels=dict(image.config.labels or {}),
            parent=parent,
        )
        state = add_image(tx.state, made)
        tx.state = set_tag(state, target.canonical(), made.id, engine.now()) if target else state
    return made.id


def _blob(engine: Engine, layer: LayerRecord) -> tuple[Digest, int]:
    digest = Digest.parse(layer.diff_id)
    size = engine.blobs.size(digest)
    if size is None:
        raise BlobNotFound(f"blob {digest} not found")
    return digest, size
