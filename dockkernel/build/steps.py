"""One stage of the classic builder: instruction after instruction, each in its container, each to an image."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from dockkernel.build import perform
from dockkernel.build.cache import step_key
from dockkernel.build.downloads import download
from dockkernel.build.events import (
    ContainerRemoved,
    ContainerStarted,
    Line,
    Output,
    StepCached,
    TriggersStarted,
)
from dockkernel.build.lower import lower
from dockkernel.build.ops import ConfigOp, CopyOp, DirOp, RunOp
from dockkernel.build.remote import is_url
from dockkernel.build.result import BuildFailed, StepContainer, StepLayer
from dockkernel.build.sources import Source, SourcesDigest, are_large, digest_sources, find_sources
from dockkernel.build.stage import Stage
from dockkernel.build.trace_files import file_traces
from dockkernel.build.tracing import Facts
from dockkernel.build.workshop import Workshop
from dockkernel.dockerfile.gotext import readable
from dockkernel.dockerfile.instructions import Instruction
from dockkernel.dockerfile.stages import parse_trigger
from dockkernel.errors import DockError, ExecError, InvalidInput
from dockkernel.exec.protocol import Stream
from dockkernel.oci.config import ContainerConfig

_KILLED = 137
"""The exit code of a process that went over a limit: as after SIGKILL."""


class StageRun:
    """A stage while it is built: its image so far, and where its instructions stand."""

    def __init__(self, work: Workshop, image_id: str, stage: Stage) -> None:
        self.work = work
        self.image_id = image_id
        self.stage = stage
        self.containers: list[StepContainer] = []
        """Those of the step that runs, and earlier ones that were not taken away."""
        self.facts = Facts()

    def run_triggers(self) -> None:
        """The ONBUILD triggers of the base image."""
        config = self.work.image(self.image_id).config.config if self.image_id else ContainerConfig()
        triggers = config.on_build or ()
        if triggers:
            self.work.tell(TriggersStarted(len(triggers)))
        for text in triggers:
            self.run(parse_trigger(text))

    def run(self, instruction: Instruction) -> None:
        """One instruction. Its container is taken away or stays behind, as the options say."""
        text = readable(instruction.original)
        self.facts = Facts()
        try:
            self._run(instruction)
        except DockError:
            self._tidy(remove=self.work.options.force_remove)
            self.work.trace.add(text, self.facts, "failed", "")
            raise
        self.work.trace.add(text, self.facts, "cached" if self.facts.cached else "ran", self.image_id)
        self._tidy(remove=self.work.options.remove or self.work.options.force_remove)

    def _run(self, instruction: Instruction) -> None:
        expanded = instruction.expand(self.stage.variables(), self.stage.escape)
        lowered = lower(expanded, self.stage)
        for note in lowered.notes:
            self.work.tell(Line(note))
        self.facts.lowered(instruction, lowered.op, self.stage)
        self.stage = lowered.stage
        op = lowered.op
        if isinstance(op, ConfigOp):
            self._with_container((*self.stage.shell, "#(nop) ", op.comment))
        elif isinstance(op, DirOp):
            self._with_container((*self.stage.shell, f"#(nop) {op.comment}"), make=op.path)
        elif isinstance(op, CopyOp):
            self._copy(op)
        else:
            self._process(op)

    def _tidy(self, *, remove: bool) -> None:
        if remove:
            for container in self.containers:
                self.work.tell(ContainerRemoved(container.id))
        else:
            self.work.kept += self.containers
        self.containers = []

    def _hit(self, config: ContainerConfig) -> str | None:
        """The key to remember the step by, or None when the cache had it and the stage has gone on."""
        key = step_key(self.image_id, config)
        found = self.work.cached(self.image_id, key, config)
        if found is None:
            return key
        self.work.tell(StepCached())
        self.facts.cached = True
        self.image_id = found
        return None

    def _with_container(self, command: tuple[str, ...], make: str = "") -> None:
        """A step that only changes the config, or makes the working directory, in a container that never runs."""
        config = replace(self.stage.config, cmd=command)
        key = self._hit(config)
        if key is None:
            return
        self._new_container(config)
        layer = None
        if make:
            lower_tree = self.work.tree(self.image_id)
            layer = perform.store_layer(
                self.work.backend, lower_tree, perform.make_directory(self.work.backend, lower_tree, make)
            )
        self._commit(command, layer, key)

    def _new_container(self, config: ContainerConfig) -> StepContainer:
        if self.work.options.no_container:
            raise InvalidInput(self.work.options.no_container)
        container_id = self.work.backend.new_id()
        container = StepContainer(
            id=container_id,
            image_id=self.image_id,
            config=replace(config, hostname=container_id[:12], image=self.image_id),
            layers=self.work.layers(self.image_id),
            created_ns=self.work.backend.now_ns(),
        )
        self.containers.append(container)
        self.work.tell(ContainerStarted(container_id))
        return container

    def _commit(self, command: tuple[str, ...], layer: StepLayer | None, key: str) -> None:
        config = replace(self.stage.config, image=self.image_id)
        self.image_id = self.work.commit(self.image_id, config, " ".join(command), self.stage.author, layer, key)

    def _copy(self, op: CopyOp) -> None:
        sources = self._sources(op)
        if len(sources) > 1 and not op.dest.endswith("/"):
            raise InvalidInput(
                f"When using {op.name} with more than one source file, the destination must be a directory and "
                "end with a /"
            )
        if self.work.may_hit(self.image_id) or not are_large(sources):
            command, config = self._copied(op, digest_sources(sources, self.work.backend.contents))
            key = self._hit(config)
            if key is not None:
                self._commit(command, self._copy_layer(op, sources), key)
            return
        # Nothing can come from the cache: the sources are hashed while they are copied.
        with ThreadPoolExecutor(1) as aside:
            digest = aside.submit(digest_sources, sources, self.work.backend.contents)
            layer = self._copy_layer(op, sources)
            command, config = self._copied(op, digest.result())
        self._commit(command, layer, step_key(self.image_id, config))

    def _copied(self, op: CopyOp, digest: SourcesDigest) -> tuple[tuple[str, ...], ContainerConfig]:
        """The step's command and config, once the digest of its sources is known."""
        self.facts.files = file_traces(digest.nodes, self.work.backend.contents)
        command = (*self.stage.shell, f"#(nop) {op.comment(digest.text)}")
        return command, replace(self.stage.config, cmd=command)

    def _copy_layer(self, op: CopyOp, sources: Sequence[Source]) -> StepLayer | None:
        tree = self.work.tree(self.image_id)
        after = perform.copy(self.work.backend, tree, op, sources, self.stage.config.working_dir)
        return perform.store_layer(self.work.backend, tree, after)

    def _sources(self, op: CopyOp) -> tuple[Source, ...]:
        tree = self.work.context.tree
        if op.source_image:
            try:
                tree = self.work.tree(self.work.source_image(op.source_image))
            except DockError as error:
                raise BuildFailed(f"invalid from flag value {op.source_image}: {error.message}") from error
        try:
            return find_sources(tree, op.sources, lambda word: self._from_web(op, word))
        except InvalidInput as error:
            raise BuildFailed(f"{op.name} failed: {error.message}") from error

    def _from_web(self, op: CopyOp, word: str) -> Source | None:
        if not is_url(word):
            return None
        if not op.unpack:
            raise InvalidInput("source can't be a URL for COPY")
        return download(self.work.backend.fetcher, word, op.dest, self.work.tell)

    def _process(self, op: RunOp) -> None:
        saved = replace(self.stage.config, cmd=op.saved)
        key = self._hit(replace(saved, entrypoint=None) if op.saved else saved)
        if key is None:
            return
        config = replace(
            self.stage.config, cmd=op.argv, env=(*(self.stage.config.env or ()), *op.args), healthcheck=None
        )
        container = self._new_container(replace(config, entrypoint=None) if op.saved else config)
        layer = self._execute(op, container)
        self._commit(op.saved, layer, key)

    def _execute(self, op: RunOp, container: StepContainer) -> StepLayer | None:
        """Runs the step's process; gives the layer it leaves. `BuildFailed` when it fails or cannot be started."""
        backend, tree = self.work.backend, self.work.tree(self.image_id)
        log: list[tuple[Stream, bytes, int]] = []
        started = backend.now_ns()

        def output(stream: Stream, data: bytes) -> None:
            log.append((stream, data, backend.now_ns()))
            self.work.tell(Output(stream, data))

        def ended(exit_code: int, changes: StepLayer | None) -> None:
            self.containers[-1] = replace(
                container,
                status="exited",
                exit_code=exit_code,
                started_ns=started,
                finished_ns=backend.now_ns(),
                changes=changes,
                log=tuple(log),
            )

        if self.work.options.no_start:
            raise InvalidInput(self.work.options.no_start)
        try:
            hosts = self.work.options.hosts
            result = perform.run(backend, tree, op, self.stage.config, container.id, output, hosts)
        except ExecError:
            ended(_KILLED, None)
            raise
        if result.reason:
            self.containers[-1] = replace(container, exit_code=result.exit_code)
            raise BuildFailed(perform.start_failure(result.reason))
        layer = perform.store_layer(backend, tree, result.rootfs)
        ended(result.exit_code, layer)
        if result.exit_code:
            command = " ".join(op.argv)
            raise BuildFailed(f"The command '{command}' returned a non-zero code: {result.exit_code}", result.exit_code)
        return layer
