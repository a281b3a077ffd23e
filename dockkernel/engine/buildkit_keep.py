"""Keeping what a graph build made: the cache's records, the trace, and the image with its tags, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dockkernel.build.buildkit.records import Records
from dockkernel.build.buildkit.result import KitImage
from dockkernel.build.trace import StepTrace
from dockkernel.engine.buildkit_request import KitRequest
from dockkernel.engine.engine import Engine
from dockkernel.engine.state import ImageRecord, LayerRecord, State, add_image, set_tag
from dockkernel.engine.traces import TraceStore, keys
from dockkernel.oci.chain import chain_ids
from dockkernel.oci.reference import Reference


def keep(
    engine: Engine,
    request: KitRequest,
    records: Records,
    image: KitImage | None,
    steps: Sequence[StepTrace] | None,
    *,
    failed: bool,
) -> None:
    """Records that are new or have changed; the image where there is one; and why steps ran again."""
    changed = {record.id: record.to_json() for record in records.changed.values()}
    if not changed and image is None:
        return
    tags = [tag.with_default_tag() for tag in request.tags]
    with engine.transaction(" ".join(("buildx build", *(tag.familiar() for tag in tags)))) as tx:
        state = replace(tx.state, build_cache={**tx.state.build_cache, **changed})
        if steps is not None:
            state = _with_trace(engine, request, state, steps, failed=failed)
        tx.state = _with_image(state, image, tags, engine.now()) if image else state


def last_trace(engine: Engine, request: KitRequest) -> tuple[StepTrace, ...]:
    """The steps of the last build of the same name; none when there was none."""
    found = TraceStore(engine.blobs).find(engine.state, _names(request))
    return found.steps if found else ()


def _names(request: KitRequest) -> tuple[str, ...]:
    return keys([tag.with_default_tag() for tag in request.tags], request.place, request.dockerfile_name)


def _with_trace(
    engine: Engine, request: KitRequest, state: State, steps: Sequence[StepTrace], *, failed: bool
) -> State:
    traces, names = TraceStore(engine.blobs), _names(request)
    compared = traces.compare(state, names, steps, failed=failed)
    request.traced(compared)
    return traces.keep(state, names, compared, engine.now())


def _with_image(state: State, image: KitImage, tags: Sequence[Reference], now: str) -> State:
    record = ImageRecord(
        id=str(image.config.id),
        manifest=str(image.manifest),
        created=image.config.created,
        layers=_layer_records(image),
        labels=dict(image.config.config.labels or {}),
    )
    state = add_image(state, record)
    for tag in tags:
        state = set_tag(state, tag.canonical(), record.id, now)
    return state


def _layer_records(image: KitImage) -> tuple[LayerRecord, ...]:
    chains = chain_ids([layer.diff_id for layer in image.layers])
    return tuple(
        LayerRecord(str(chain), str(layer.diff_id), layer.size)
        for chain, layer in zip(chains, image.layers, strict=True)
    )
