"""What the steps of one build share: the images so far, the cache, the containers that stay behind."""

from __future__ import annotations

from dockkernel.build.backend import Backend
from dockkernel.build.cache import StepCache
from dockkernel.build.cache_sources import CacheSources
from dockkernel.build.context import BuildContext
from dockkernel.build.events import Tell
from dockkernel.build.plan import Options
from dockkernel.build.result import StepContainer, StepImage, StepLayer
from dockkernel.build.tracing import TraceBook
from dockkernel.errors import InvalidInput
from dockkernel.fs.tree import Tree
from dockkernel.image.edit import write_image
from dockkernel.oci import times
from dockkernel.oci.config import ContainerConfig, History, ImageConfig
from dockkernel.oci.platform import Platform

DOCKER_VERSION = "26.1.5+dfsg1"
"""What the classic builder whose images these equal writes into them."""

MAX_LAYERS = 125
"""How many layers the daemon's store lets an image have."""


class Workshop:
    """One build's surroundings and its results so far."""

    def __init__(self, context: BuildContext, options: Options, cache: StepCache, backend: Backend, tell: Tell) -> None:
        self.context = context
        self.options = options
        self.cache = cache
        self.backend = backend
        self.tell = tell
        self.made: dict[str, StepImage] = {}
        """New images by id, each after its parent."""
        self.kept: list[StepContainer] = []
        self.stages: list[str] = []
        """The image ids of the stages that are done."""
        self.stage_names: dict[str, str] = {}
        self.cache_missed = False
        """A step of this stage had to be done, so that all after it have to be."""
        self.trace = TraceBook(uncached=options.no_cache)
        self.parents: dict[str, str] = {}
        """New parents of images that were here before."""
        self._sources: CacheSources | None = None
        if options.cache_from is not None:
            self._sources = CacheSources([backend.image(one) for one in options.cache_from], cache.parent_of)

    def begin_stage(self) -> None:
        """A stage asks the cache anew, whatever the one before it missed."""
        self.cache_missed = False
        if self._sources is not None:
            self._sources.begin_stage()

    def image(self, image_id: str) -> StepImage:
        """An image of this build or of the store."""
        return self.made.get(image_id) or self.backend.image(image_id)

    def layers(self, image_id: str) -> tuple[StepLayer, ...]:
        """The image's layers; none for scratch."""
        return self.image(image_id).layers if image_id else ()

    def tree(self, image_id: str) -> Tree:
        """The image's file system; an empty one for scratch."""
        if not image_id:
            return Tree.empty()
        return self.backend.trees.tree([layer.diff_id for layer in self.layers(image_id)])

    def find(self, name: str, *, pull: bool, platform: Platform | None = None) -> str:
        """The id of an image by name, brought from the registry where it is not here for that platform."""
        return self.backend.find(name, self.tell, pull=pull, platform=platform or self.options.platform)

    def source_image(self, name: str) -> str:
        """The image that `--from` means: a stage's name or number, or an image; `InvalidInput` for a wrong number."""
        if name.lower() in self.stage_names:
            return self.stage_names[name.lower()]
        if name.isascii() and name.lstrip("+-").isdigit():
            number = int(name)
            if number == len(self.stages):
                raise InvalidInput("refers to current build stage")
            if not 0 <= number < len(self.stages):
                raise InvalidInput("index out of bounds")
            return self.stages[number]
        return self.find(name, pull=False)

    def may_hit(self, parent: str) -> bool:
        """False when no step on this image can come from the cache."""
        if self.options.no_cache or self.cache_missed:
            return False
        return self._sources is not None or self.cache.has_children(parent)

    def cached(self, parent: str, key: str, config: ContainerConfig) -> str | None:
        """What the step (its container would run with `config`) gave before, unless the cache is off or has missed."""
        if self.options.no_cache or self.cache_missed:
            return None
        found = self.cache.find(parent, key)
        if self._sources is not None and not (found and self._sources.allows(found)):
            found = self._of_source(self._sources, parent, config)
        self.cache_missed = found is None
        return found

    def _of_source(self, sources: CacheSources, parent: str, config: ContainerConfig) -> str | None:
        """The step's result as an image of `--cache-from` has it."""
        base = self.image(parent) if parent else None
        match = sources.match(base, " ".join(config.cmd or ()))
        if match is None:
            return None
        if match.whole:
            if parent:
                self.parents[match.image.id] = parent
            return match.image.id
        layers = (*(base.layers if base else ()), *((match.layer,) if match.layer else ()))
        made = ImageConfig.build(
            config=config,
            diff_ids=tuple(one.diff_id for one in layers),
            history=(*(base.config.history if base else ()), match.row),
            created=match.row.created,
            platform=match.image.config.platform,
            author=match.image.config.author,
        )
        return self._add(made, layers, parent)

    def _add(self, made: ImageConfig, layers: tuple[StepLayer, ...], parent: str) -> str:
        manifest = write_image(self.backend.blobs, made, [(one.diff_id, one.blob_bytes) for one in layers])
        image_id = str(made.id)
        self.made[image_id] = StepImage(image_id, made, layers, parent, str(manifest.descriptor.digest))
        return image_id

    def commit(
        self, parent: str, config: ContainerConfig, created_by: str, author: str, layer: StepLayer | None, key: str
    ) -> str:
        """A new image on `parent` with one more row of history and perhaps one more layer; gives its id.

        `InvalidInput` when that is one layer too many.
        """
        base = self.image(parent) if parent else None
        layers = self.layers(parent) + ((layer,) if layer else ())
        if len(layers) > MAX_LAYERS:
            raise InvalidInput("max depth exceeded")
        created = times.from_ns(self.backend.now_ns())
        row = History(created, created_by, author, "", layer is None)
        made = ImageConfig.build(
            config=config,
            diff_ids=tuple(one.diff_id for one in layers),
            history=(*(base.config.history if base else ()), row),
            created=created,
            platform=base.config.platform if base else self.backend.platform,
            author=author,
            docker_version=DOCKER_VERSION,
        )
        image_id = self._add(made, layers, parent)
        self.cache.add(key, image_id)
        return image_id
