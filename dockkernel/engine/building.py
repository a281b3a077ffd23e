"""Building in the engine: what a build needs of the store, and keeping what it made in one transaction.

Images, tags, containers and cache entries of a build appear together when it ends, after a failed step as well. An
interrupt or a killed process leaves the state as it was; a base image that was pulled stays, as after `docker pull`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from io import BytesIO
from typing import BinaryIO

from dockkernel.build.cache import StepCache, without_dead
from dockkernel.build.checksum import ContentDigests
from dockkernel.build.context import BuildContext
from dockkernel.build.events import Line, Pulling, Tell
from dockkernel.build.plan import Options, plan
from dockkernel.build.remote import Fetcher
from dockkernel.build.result import BuildFailed, Outcome, StepContainer, StepImage, StepLayer
from dockkernel.build.solve import solve
from dockkernel.build.unpack import Spool
from dockkernel.dockerfile.gotext import readable
from dockkernel.dockerfile.stages import parse_dockerfile
from dockkernel.engine import container_names, names
from dockkernel.engine.engine import Engine
from dockkernel.engine.pull import LayerStep, pull, pulling
from dockkernel.engine.state import (
    ContainerRecord,
    ImageRecord,
    LayerRecord,
    State,
    add_image,
    put_container,
    set_tag,
)
from dockkernel.engine.traces import Trace, TraceStore
from dockkernel.engine.traces import keys as trace_keys
from dockkernel.errors import BlobNotFound, ImageNotFound, InvalidInput
from dockkernel.exec.protocol import Executor
from dockkernel.fs.content import OpenBlob
from dockkernel.image.flatten import TreeCache
from dockkernel.oci import times
from dockkernel.oci.chain import chain_ids
from dockkernel.oci.digest import Digest
from dockkernel.oci.platform import Platform
from dockkernel.oci.reference import Reference
from dockkernel.store.layout import LayoutStore


@dataclass(frozen=True, slots=True)
class Built:
    """A finished build: the image, and its new tags in their familiar form, in the order asked for."""

    image_id: str
    tags: tuple[str, ...]


def build(
    engine: Engine,
    context: BuildContext,
    options: Options,
    tags: Sequence[Reference],
    tell: Tell,
    *,
    place: str = "",
    traced: Callable[[Trace], object] = lambda trace: None,
) -> Built:
    """Builds the context's Dockerfile and puts the tags on the result. `place` says where the context is from.

    `traced` is told why steps ran again, also of a build that fails.

    `ParseError` (the daemon's words, nothing done) for a Dockerfile that cannot be read or planned; `BuildFailed` (the
    builder's bare words, and an exit code) when a step fails, after what the steps before it made is kept.
    """
    if any(tag.digest for tag in tags):
        raise InvalidInput("build tag cannot contain a digest")
    steps = plan(parse_dockerfile(context.dockerfile, context.dockerfile_name), options)
    state = engine.state
    cache = StepCache(state.cache, lambda image_id: _parent(state, image_id))
    outcome = solve(steps, context, options, cache, EngineBackend(engine), tell)
    targets = [tag.with_default_tag() for tag in tags]
    if outcome.image_id or outcome.images or outcome.containers or outcome.trace:
        traces, under = TraceStore(engine.blobs), trace_keys(targets, place, context.dockerfile_name)
        with engine.transaction(" ".join(("build", *(tag.familiar() for tag in targets)))) as tx:
            trace = traces.compare(tx.state, under, outcome.trace, failed=outcome.error is not None)
            tx.state = traces.keep(_kept(engine, tx.state, outcome, targets), under, trace, engine.now())
        traced(trace)
    if outcome.error is not None:
        failure = outcome.error
        code = getattr(failure, "exit_code", 1)
        raise BuildFailed(readable(failure.message), code, hint=failure.hint, span=failure.span) from failure
    return Built(outcome.image_id, tuple(tag.familiar() for tag in targets))


def _parent(state: State, image_id: str) -> str | None:
    record = state.images.get(image_id)
    return None if record is None else record.parent


def _kept(engine: Engine, state: State, outcome: Outcome, tags: Sequence[Reference]) -> State:
    """The state with what the build made."""
    for image in outcome.images:
        state = add_image(state, _image_record(image))
    for image_id, parent in outcome.parents.items():
        if image_id in state.images:
            grown = replace(state.images[image_id], parent=parent)
            state = replace(state, images={**state.images, image_id: grown})
    for container in outcome.containers:
        state = put_container(state, _container_record(engine, state, container))
    if outcome.cache:
        state = replace(state, cache=without_dead({**state.cache, **outcome.cache}, state.images.__contains__))
    if outcome.image_id and outcome.image_id not in state.images:
        raise ImageNotFound(f"No such image: {outcome.image_id}")
    for tag in tags if outcome.image_id else ():
        state = set_tag(state, tag.canonical(), outcome.image_id, engine.now())
    return state


def _image_record(image: StepImage) -> ImageRecord:
    return ImageRecord(
        id=image.id,
        manifest=image.manifest,
        created=image.config.created,
        layers=_layer_records(image.layers),
        labels=dict(image.config.config.labels or {}),
        parent=image.parent,
    )


def _layer_records(layers: Sequence[StepLayer]) -> tuple[LayerRecord, ...]:
    chains = chain_ids([layer.diff_id for layer in layers])
    return tuple(
        LayerRecord(str(chain), str(layer.diff_id), layer.size) for chain, layer in zip(chains, layers, strict=True)
    )


def _container_record(engine: Engine, state: State, container: StepContainer) -> ContainerRecord:
    argv = (*(container.config.entrypoint or ()), *(container.config.cmd or ()))
    taken = {record.name for record in state.containers.values()}
    return ContainerRecord(
        id=container.id,
        name=container_names.generate(taken),
        image=container.image_id,
        image_name=container.image_id,
        created=times.from_ns(container.created_ns),
        config=container.config.to_json(),
        layers=_layer_records(container.layers),
        path=argv[0] if argv else "",
        args=argv[1:],
        status=container.status,
        exit_code=container.exit_code,
        started_at=times.from_ns(container.started_ns) if container.started_ns else "",
        finished_at=times.from_ns(container.finished_ns) if container.finished_ns else "",
        diff=str(container.changes.diff_id) if container.changes else "",
        size_rw=container.changes.size if container.changes else 0,
        log=_log(engine, container),
    )


def _log(engine: Engine, container: StepContainer) -> str:
    """The digest of the container's log, Docker's JSON row for each line of output; empty for no output."""
    if not container.log:
        return ""
    rows = (
        {"log": line.decode("utf-8", "surrogateescape"), "stream": stream, "time": times.from_ns(time)}
        for stream, data, time in container.log
        for line in re.findall(rb"[^\n]*\n|[^\n]+", data)
    )
    return str(engine.blobs.put(BytesIO(b"".join(json.dumps(row).encode() + b"\n" for row in rows)))[0])


@lru_cache(maxsize=1)
def _contents() -> ContentDigests:
    """Digests of host files, remembered as long as the process lives."""
    return ContentDigests()


def spooler(engine: Engine) -> Spool:
    """Keeps streams in the store for a build; nothing names them there, so that they go with a later collection."""

    def spool(stream: BinaryIO) -> OpenBlob:
        digest, _ = engine.blobs.put(stream)
        return lambda: engine.blobs.open_raw(digest)

    return spool


class EngineBackend:
    """The engine as a build sees it."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @property
    def blobs(self) -> LayoutStore:
        """The content store."""
        return self.engine.blobs

    @property
    def trees(self) -> TreeCache:
        """Layers as trees."""
        return self.engine.trees

    @property
    def executor(self) -> Executor:
        """What runs RUN."""
        return self.engine.executor

    @property
    def contents(self) -> ContentDigests:
        """Digests of file contents."""
        return _contents()

    @property
    def platform(self) -> Platform:
        """The engine's platform."""
        return self.engine.platform

    @property
    def fetcher(self) -> Fetcher:
        """What brings files from the web."""
        from dockkernel.engine.fetch.fetcher import EngineFetcher

        return EngineFetcher(self.engine)

    def now_ns(self) -> int:
        """The engine's clock."""
        return self.engine.clock.now_ns()

    def new_id(self) -> str:
        """A random container id."""
        return self.engine.new_id()

    def image(self, image_id: str) -> StepImage:
        """An image in the store, with the sizes that the state knows."""
        record = self.engine.state.images.get(image_id)
        if record is None:
            raise ImageNotFound(f"No such image: {image_id}")
        return StepImage(image_id, self.engine.config(image_id), tuple(map(self._layer, record.layers)))

    def _layer(self, layer: LayerRecord) -> StepLayer:
        diff_id = Digest.parse(layer.diff_id)
        blob_bytes = self.engine.blobs.size(diff_id)
        if blob_bytes is None:
            raise BlobNotFound(f"blob {diff_id} not found")
        return StepLayer(diff_id, layer.size, blob_bytes)

    def find(self, name: str, tell: Tell, *, pull: bool, platform: Platform | None = None) -> str:
        """The image of that name; what a pull prints stands in the build's output."""
        if not pull and (found := self._local(name, platform)):
            return found
        return self._pull(Reference.parse(name).with_default_tag(), tell, platform)

    def _local(self, name: str, platform: Platform | None) -> str | None:
        """The image of that name in the store, if there is one and it is for the platform."""
        try:
            image_id = names.find_image(self.engine.state, name).id
        except ImageNotFound:
            return None
        return image_id if platform is None or platform.matches(self.engine.config(image_id).platform) else None

    def _pull(self, reference: Reference, tell: Tell, platform: Platform | None) -> str:
        def begin() -> None:
            tell(Line(pulling(reference)))

        def report(step: LayerStep) -> None:
            tell(Pulling(step.id, step.action, step.current, step.total))

        pulled = pull(self.engine, reference, begin, report, platform)
        news = "Downloaded newer image" if pulled.changed else "Image is up to date"
        tell(Line(f"Digest: {pulled.digest}"))
        tell(Line(f"Status: {news} for {reference.familiar()}"))
        return pulled.image_id

    def spool(self, stream: BinaryIO) -> OpenBlob:
        """Keeps a stream in the store."""
        return spooler(self.engine)(stream)
