"""Graph builds in the engine: what they need of the store, and keeping what they made in one transaction.

The image and its tags appear when the build has come to its end; the cache keeps what was done even when a later step
failed. An interrupted or killed build changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from dockkernel.build.buildkit import events
from dockkernel.build.buildkit.assemble import assemble, write
from dockkernel.build.buildkit.cache_exchange import Imported, export_cache, import_cache
from dockkernel.build.buildkit.followed import followed
from dockkernel.build.buildkit.ops import GitSource, HttpSource, LocalSource
from dockkernel.build.buildkit.options import BaseImage, KitFailed, KitOptions
from dockkernel.build.buildkit.plan import Graph, plan
from dockkernel.build.buildkit.records import Records
from dockkernel.build.buildkit.result import KitImage, Result
from dockkernel.build.buildkit.solve import Solver
from dockkernel.build.buildkit.step import Step
from dockkernel.build.buildkit.telling import VertexTell
from dockkernel.build.buildkit.tracing import trace
from dockkernel.build.buildkit.work import Materials, Worker
from dockkernel.build.trace import StepTrace
from dockkernel.dockerfile.stages import Dockerfile, parse_for_buildkit
from dockkernel.engine.buildkit_checks import tell_checks
from dockkernel.engine.buildkit_client import send
from dockkernel.engine.buildkit_keep import keep, last_trace
from dockkernel.engine.buildkit_remote import load_definition
from dockkernel.engine.buildkit_request import KitBuilt, KitRequest
from dockkernel.engine.buildkit_services import KitServices
from dockkernel.engine.engine import Engine
from dockkernel.errors import DockError
from dockkernel.fs.tree import Tree
from dockkernel.oci import times
from dockkernel.oci.platform import Platform
from dockkernel.registry.router import Router


def build(engine: Engine, request: KitRequest, tell: events.KitTell) -> KitBuilt:
    """Builds, and keeps the image with its tags. `KitFailed` with the text that stands after `failed to solve: `."""
    return _Build(engine, request, tell).run()


class _Build:
    def __init__(self, engine: Engine, request: KitRequest, tell: events.KitTell) -> None:
        self.engine = engine
        self.request = request
        self.tell = tell
        own = replace(engine, registry=Router([*request.registries, engine.registry])) if request.registries else engine
        self.services = KitServices(own, request.options.secrets)
        self.records = Records(engine.state.build_cache)
        self.steps: list[Step] = []
        self.graph: Graph | None = None
        self.metadata: dict[tuple[str, Platform], BaseImage] = {}
        self.fetched: dict[str, Result] = {}

    def run(self) -> KitBuilt:
        try:
            graph = self.graph = self._checked_plan()
            result = self._solve(graph)
            built = self._export(graph, result)
            self._export_cache(result)
        except KitFailed as error:
            self._keep(None, error.vertex)
            raise
        return built

    def _checked_plan(self) -> Graph:
        """The graph; what the build checks find is told also of a Dockerfile that there is none for."""
        try:
            graph = self._plan(self._load_definition())
        except KitFailed:
            self._check()
            raise
        failure = self._check()
        if failure is not None:
            raise failure
        return graph

    def _check(self) -> KitFailed | None:
        request, own = self.request, self.engine.platform
        if not request.dockerfile:
            return None
        return tell_checks(
            request.dockerfile, request.dockerfile_name, request.options, own, self.metadata, request.ignore_bytes,
            request.main, self.tell,
        )  # fmt: skip

    def _vertex(self, vertex_id: str, name: str) -> VertexTell:
        tell = VertexTell(vertex_id, self.tell, self.services.now_ns)
        self.tell(events.VertexStarted(vertex_id, name, tell.started_ns))
        return tell

    def _load_definition(self) -> Dockerfile:
        own = self.request.dockerfile is not None
        self._fetch_context(own=own)
        request = self.request
        if self.fetched and not own:
            return self._parse(request.dockerfile)
        tell = self._vertex("internal:definition", f"[internal] load build definition from {request.dockerfile_name}")
        text = request.dockerfile
        files = {} if text is None else {request.dockerfile_name: text}
        send(self.records, tell, "dockerfile", request.place, files)
        tell.done()
        return self._parse(text)

    def _fetch_context(self, *, own: bool) -> None:
        """A context that is elsewhere comes first: the Dockerfile may be in it, and it may be an archive."""
        main = self.request.main
        if not isinstance(main, GitSource | HttpSource) or (own and isinstance(main, GitSource)):
            return
        materials = Materials(self.services, self.records, {}, {}, {})
        worker = Worker(materials, self.tell, lambda: False)
        found = load_definition(worker, self._vertex, main, self.request.dockerfile_name)
        self.fetched = {found.vertex: found.result}
        if not own:
            self.request = replace(self.request, dockerfile=found.dockerfile, dockerfile_name=found.name)
            if found.dockerfile is not None:
                self.request.defined(found.dockerfile, found.name)

    def _parse(self, text: bytes | None) -> Dockerfile:
        name = self.request.dockerfile_name
        if text is None:
            raise KitFailed(f"failed to read dockerfile: open {name}: no such file or directory")
        try:
            return parse_for_buildkit(text, name)
        except DockError as error:
            raise KitFailed(error.message, hint=error.hint, span=error.span) from error

    def _plan(self, dockerfile: Dockerfile) -> Graph:
        def resolve(name: str, platform: Platform) -> BaseImage:
            if (name, platform) not in self.metadata:
                self.metadata[name, platform] = self._metadata(name, platform)
            return self.metadata[name, platform]

        graph = plan(dockerfile, self.request.options, self.engine.platform, resolve, self.request.main)
        if isinstance(self.request.main, LocalSource):
            tell = self._vertex("internal:ignore", "[internal] load .dockerignore")
            ignored = {".dockerignore": self.request.ignore_bytes} if self.request.ignore_bytes else {}
            send(self.records, tell, "dockerignore", self.request.place, ignored)
            tell.done()
        vertices = tuple(
            (one.id, one.name, tuple(below.id for below in one.inputs if below), one.stage) for one in graph.vertices
        )
        self.tell(events.GraphPlanned(vertices, graph.skipped))
        return graph

    def _metadata(self, name: str, platform: Platform) -> BaseImage:
        tell = self._vertex(f"internal:metadata:{name}", f"[internal] load metadata for {name}")
        try:
            image = self.services.base_image(name, platform, pull=self.request.options.pull)
        except DockError as error:
            tell.done(error=error.message)
            failure = KitFailed(f"failed to resolve source metadata for {name}: {error.message}", hint=error.hint)
            failure.vertex = tell.id
            raise failure from error
        tell.done()
        return image

    def _solve(self, graph: Graph) -> Result:
        paths = followed(graph.vertices)
        client: dict[str, Callable[[VertexTell], Tree]] = {
            name: files.sender(self.records, name, self.request.place, paths.get(name, frozenset()))
            for name, files in self.request.client.items()
        }
        materials = Materials(
            self.services,
            self.records,
            client,
            graph.images,
            self.request.options.secrets,
            self._imported(),
            self.steps,
            self.fetched,
        )
        solver = Solver(graph, lambda put, stopped: Worker(materials, put, stopped), self.tell)
        return solver.run()

    def _imported(self) -> Mapping[str, Imported]:
        """The steps of caches that were asked for; a folder without one is told and left aside, as BuildKit does."""
        found: dict[str, Imported] = {}
        for store in self.request.cache_from:
            tell = self._vertex(
                f"internal:import:{store.root}", f"importing cache manifest from local:{store.root.name}"
            )
            try:
                found |= {key: one for key, one in import_cache([store]).items() if key not in found}
            except DockError as error:
                tell.done(error=error.message)
                continue
            tell.done()
        return found

    def _export_cache(self, result: Result) -> None:
        store = self.request.cache_to
        if store is None:
            return
        tell = self._vertex("internal:export-cache", "exporting cache to client directory")
        digest = export_cache(store, self.engine.blobs, self.steps, result, every=self.request.cache_every)
        tell.status("preparing build cache for export", done=True)
        tell.status(f"writing cache image manifest {digest}", done=True)
        tell.done()

    def _export(self, graph: Graph, result: Result) -> KitBuilt:
        epoch = _epoch(self.request.options)
        names = tuple(dict.fromkeys(tag.with_default_tag().canonical() for tag in self.request.tags))
        if not self.request.keep_image:
            config = assemble(graph.scope, result, self.services.now_ns(), epoch)
            image = KitImage(config, result.layers, None, result.open_tree)
            self._keep(None)
            return KitBuilt(image, (), tuple(self.steps), graph)
        tell = self._vertex("internal:export", "exporting to image")
        try:
            config = assemble(graph.scope, result, self.services.now_ns(), epoch)
        except DockError as error:
            tell.done(error=error.message)
            raise KitFailed(error.message) from error
        image = write(self.engine.blobs, config, result)
        tell.status("exporting layers", done=True)
        tell.status(f"writing image {config.id}", done=True)
        self._mark_exported(result)
        self._keep(image)
        for name in names:
            tell.status(f"naming to {name.removesuffix(':latest')}", done=True)
        tell.done()
        return KitBuilt(image, names, tuple(self.steps), graph)

    def _mark_exported(self, result: Result) -> None:
        record_id = result.record_id
        while record_id and (record := self.records.get(record_id)) is not None and not record.exported:
            self.records.add(replace(record, exported=True))
            record_id = record.parent

    def _keep(self, image: KitImage | None, failed: str | None = None) -> None:
        keep(self.engine, self.request, self.records, image, self._trace(failed), failed=failed is not None)

    def _trace(self, failed: str | None) -> Sequence[StepTrace] | None:
        """The trace of the build, None where it has not come to a graph; large copies are hashed for it."""
        if self.graph is None:
            return None
        last = last_trace(self.engine, self.request)
        return trace(self.graph, self.steps, failed or "", self.services.contents, last)


def _epoch(options: KitOptions) -> str:
    """The time that `--build-arg SOURCE_DATE_EPOCH=SECONDS` asks for, RFC 3339; empty for none."""
    text = options.args.get("SOURCE_DATE_EPOCH", "")
    if not text:
        return ""
    try:
        return times.from_ns(int(text) * 10**9)
    except (ValueError, OverflowError) as error:
        raise KitFailed(f"invalid SOURCE_DATE_EPOCH: {text}") from error
