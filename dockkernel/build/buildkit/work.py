"""Doing one vertex: look it up, do it if it is not there, keep what came out. Called from several threads."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from dockkernel.build.buildkit import perform
from dockkernel.build.buildkit.cache_exchange import Imported
from dockkernel.build.buildkit.cachemounts import CacheMounts
from dockkernel.build.buildkit.events import KitTell
from dockkernel.build.buildkit.keys import definition_of, is_large, key_of
from dockkernel.build.buildkit.ops import CopyGroup, ExecOp, GitSource, HttpSource, ImageSource, LocalSource
from dockkernel.build.buildkit.options import BaseImage, KitFailed
from dockkernel.build.buildkit.records import CacheRecord, Records, new_record_id
from dockkernel.build.buildkit.result import NewLayer, Result
from dockkernel.build.buildkit.services import Services
from dockkernel.build.buildkit.sharing import SharedCaches
from dockkernel.build.buildkit.step import Step
from dockkernel.build.buildkit.telling import Canceled, Failing, VertexTell
from dockkernel.build.buildkit.vertex import Vertex
from dockkernel.build.result import StepLayer
from dockkernel.errors import DockError
from dockkernel.fs.tree import Tree
from dockkernel.oci.chain import chain_ids
from dockkernel.oci.digest import Digest


@dataclass(slots=True)
class Materials:
    """What a build is made of besides its graph."""

    services: Services
    records: Records
    client: Mapping[str, Callable[[VertexTell], Tree]]
    """What the client sends, by name; told how much was sent."""
    images: Mapping[str, BaseImage]
    secrets: Mapping[str, bytes]
    imported: Mapping[str, Imported] = field(default_factory=dict)
    """Steps of caches that were imported, by key."""
    steps: list[Step] = field(default_factory=list)
    fetched: Mapping[str, Result] = field(default_factory=dict)
    """What came before the graph was made, and was told then: the context that has the Dockerfile, by vertex."""


class Worker:
    """Solves the vertices of one build."""

    def __init__(self, materials: Materials, tell: KitTell, stopped: Callable[[], bool]) -> None:
        self.materials = materials
        self.services = materials.services
        self.stopped = stopped
        mounts = CacheMounts(materials.services, materials.records)
        self.caches = SharedCaches(mounts.load, mounts.save)
        self._tell = tell
        self._lock = threading.Lock()
        self._bases: dict[str, tuple[VertexTell, bool]] = {}
        """Bases that nobody has needed yet, and whether they were known before."""

    def solve(self, vertex: Vertex, inputs: Sequence[Result]) -> Result:
        """The vertex's result; `DockError` when it fails, after that was told."""
        if self.stopped():
            raise Canceled
        if vertex.id in self.materials.fetched:
            return self.materials.fetched[vertex.id]
        tell = VertexTell(vertex.id, self._tell, self.services.now_ns)
        try:
            if isinstance(vertex.op, ImageSource):
                return self._image(vertex, tell)
            if isinstance(vertex.op, LocalSource | HttpSource | GitSource):
                return self._source(vertex, tell)
            return self._step(vertex, inputs, tell)
        except Canceled:
            tell.done(canceled=True)
            raise

    def settle(self, vertex: Vertex | None, *, used: bool) -> None:
        """Ends the vertex of a base, now that it is known whether its files are used: only then it was `CACHED`."""
        if vertex is None:
            return
        with self._lock:
            tell, known = self._bases.pop(vertex.id, (None, False))
        if tell is not None:
            tell.done(cached=used and known)

    def _image(self, vertex: Vertex, tell: VertexTell) -> Result:
        image = self.materials.images[vertex.id]
        tell.start(vertex)
        with self._failing(tell):
            layers = self.services.base_layers(image, tell.status)
        chains = [str(chain) for chain in chain_ids(image.config.diff_ids)]
        record_id, known = self._base_records(image, layers, chains)
        with self._lock:
            self._bases[vertex.id] = tell, known
        trees = self.services.trees
        return Result(lambda: trees.tree(image.config.diff_ids), base=layers, chain_id=chains[-1], record_id=record_id)

    def _base_records(self, image: BaseImage, layers: Sequence[StepLayer], chains: Sequence[str]) -> tuple[str, bool]:
        """Notes the base's layers in the cache; gives the last one's record, and whether all were known."""
        now, parent, known = self.services.now_ns(), "", True
        for layer, chain in zip(layers, chains, strict=True):
            record = CacheRecord(
                id=new_record_id(), type="regular", key=f"base:{chain}", parent=parent, created_ns=now,
                last_used_ns=now, diff_id=str(layer.diff_id) if image.digest else "",
                size=layer.size if image.digest else 0, blob_bytes=layer.blob_bytes, chain_id=chain, exported=True,
                description=f"pulled from {image.reference}",
            )  # fmt: skip
            with self._lock:
                found = self.materials.records.find(record.key)
                if found is not None:
                    self.materials.records.use(found.id, now)
                known = known and found is not None
                parent = (found or self.materials.records.add(record)).id
        return parent, known

    def _source(self, vertex: Vertex, tell: VertexTell) -> Result:
        tell.start(vertex)
        op = vertex.op
        with self._failing(tell):
            if isinstance(op, LocalSource):
                tree = self.materials.client[op.name](tell)
                result = Result(lambda: tree, is_local=True)
            elif isinstance(op, HttpSource):
                tree = self.services.http(op, tell.status, self.stopped)
                result = Result(lambda: tree)
            else:
                assert isinstance(op, GitSource)
                tree, commit = self.services.git(op, tell.status, self.stopped)
                result = Result(lambda: tree, name=f"git:{commit}:{op.subdir}:{op.keep_git_dir}")
        tell.done()
        return result

    def _step(self, vertex: Vertex, inputs: Sequence[Result], tell: VertexTell) -> Result:
        base, *sources = inputs
        definition = definition_of(vertex.op, base)
        if self._cannot_hit(vertex, definition) and is_large(vertex.op, sources):
            self._need(vertex)
            tell.start(vertex)
            key, layer = self._key_aside(vertex, inputs, tell)
            record, cached = self._remember(vertex, key, base, NewLayer(layer, self.services.now_ns())), False
        else:
            key = self._key(vertex, inputs, tell)
            tell.start(vertex)
            found = None if vertex.no_cache else self._lookup(key) or self._imported(vertex, key, base)
            record, cached = found or self._made(vertex, key, inputs, tell), found is not None
            for one in vertex.inputs:
                self.settle(one, used=False)
        result = self._on_top(base, record)
        step = Step(vertex, key, cached, base.chain_id, result, tuple(sources), self._seconds(tell))
        with self._lock:
            self.materials.steps.append(step)
        tell.done(cached=cached, size=record.size)
        return result

    def _cannot_hit(self, vertex: Vertex, definition: str) -> bool:
        with self._lock:
            known = self.materials.records.may_have(definition)
        return not self.materials.imported and (vertex.no_cache or not known)

    def _key(self, vertex: Vertex, inputs: Sequence[Result], tell: VertexTell) -> str:
        """The step's key; `KitFailed`, after that was told, when a file is not there."""
        base, *sources = inputs
        try:
            return key_of(vertex.op, base, sources, self.services.contents)
        except DockError as error:
            self._need(vertex)
            tell.start(vertex)
            raise _no_key(error, tell) from error

    def _key_aside(self, vertex: Vertex, inputs: Sequence[Result], tell: VertexTell) -> tuple[str, StepLayer]:
        """Key and layer at once: large files that are in no cache are hashed while they are copied."""
        base, *sources = inputs
        with ThreadPoolExecutor(1) as aside:
            key = aside.submit(key_of, vertex.op, base, sources, self.services.contents)
            try:
                layer = self._layer(vertex, inputs, tell)
            except DockError:
                failure = key.exception()
                if isinstance(failure, DockError):
                    raise _no_key(failure, tell) from failure
                with self._failing(tell):
                    raise
            return key.result(), layer

    def _made(self, vertex: Vertex, key: str, inputs: Sequence[Result], tell: VertexTell) -> CacheRecord:
        self._need(vertex)
        with self._failing(tell):
            layer = self._layer(vertex, inputs, tell)
        return self._remember(vertex, key, inputs[0], NewLayer(layer, self.services.now_ns()))

    def _need(self, vertex: Vertex) -> None:
        for one in vertex.inputs:
            self.settle(one, used=True)

    def _seconds(self, tell: VertexTell) -> float:
        return (self.services.now_ns() - tell.started_ns) / 1e9

    def _lookup(self, key: str) -> CacheRecord | None:
        """The record of an equal step, if its layer is still here."""
        with self._lock:
            record = self.materials.records.find(key)
            if record is None or self.services.blobs.size(Digest.parse(record.diff_id)) is None:
                return None
            return self.materials.records.use(record.id, self.services.now_ns())

    def _imported(self, vertex: Vertex, key: str, base: Result) -> CacheRecord | None:
        """The record of a step that an imported cache has."""
        found = self.materials.imported.get(key)
        if found is None or not found.bring(self.services.blobs):
            return None
        return self._remember(vertex, key, base, NewLayer(found.layer, found.created_ns))

    def _layer(self, vertex: Vertex, inputs: Sequence[Result], tell: VertexTell) -> StepLayer:
        lower = perform.lower_tree(vertex.op, inputs[0])
        upper = self._upper(vertex, inputs, lower, tell)
        return perform.layer_of(self.services, lower, upper)

    def _upper(self, vertex: Vertex, inputs: Sequence[Result], lower: Tree, tell: VertexTell) -> Tree:
        op = vertex.op
        if isinstance(op, ExecOp):
            return perform.run(self.services, op, inputs, self.caches, self.materials.secrets, tell.log, self.stopped)
        if isinstance(op, CopyGroup):
            return perform.copy(self.services, op, lower, inputs)
        return perform.make_directory(self.services, op, lower)

    def _remember(self, vertex: Vertex, key: str, base: Result, made: NewLayer) -> CacheRecord:
        layer, new = made.layer, base.on_top(made, "", base.open_tree)
        record = CacheRecord(
            id=new_record_id(), type="regular", key=key, definition=definition_of(vertex.op, base),
            description=vertex.name, parent=base.record_id,
            created_ns=made.created_ns, last_used_ns=self.services.now_ns(), diff_id=str(layer.diff_id),
            size=layer.size, blob_bytes=layer.blob_bytes, chain_id=new.chain_id,
        )  # fmt: skip
        with self._lock:
            return self.materials.records.add(record)

    def _on_top(self, base: Result, record: CacheRecord) -> Result:
        layer = StepLayer(Digest.parse(record.diff_id), record.size, record.blob_bytes)
        diff_ids = [one.diff_id for one in (*base.layers, layer)]
        trees = self.services.trees
        return base.on_top(NewLayer(layer, record.created_ns), record.id, lambda: trees.tree(diff_ids))

    def _failing(self, tell: VertexTell) -> Failing:
        return Failing(tell, self.stopped)


def _no_key(error: DockError, tell: VertexTell) -> KitFailed:
    """The failure of a step whose files are not there, after that was told."""
    reason = f"failed to calculate checksum of ref {uuid.uuid4()}::{new_record_id()}: {error.message}"
    tell.done(error=reason)
    return KitFailed(f"failed to compute cache key: {reason}", hint=error.hint)
