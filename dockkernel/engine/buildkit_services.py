"""The engine as a graph build sees it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from dockkernel.build.buildkit.ops import GitSource, HttpSource
from dockkernel.build.buildkit.options import BaseImage
from dockkernel.build.buildkit.services import Status
from dockkernel.build.result import StepLayer
from dockkernel.engine import base_images
from dockkernel.engine.building import EngineBackend
from dockkernel.engine.engine import Engine
from dockkernel.fs.tree import Tree
from dockkernel.oci.platform import Platform


class KitServices(EngineBackend):
    """The classic builder's backend, and what a graph needs beside it."""

    def __init__(self, engine: Engine, secrets: Mapping[str, bytes] | None = None) -> None:
        super().__init__(engine)
        self._secrets = secrets or {}

    def base_image(self, reference: str, platform: Platform, *, pull: bool) -> BaseImage:
        """The config of an image."""
        return base_images.find_base(self.engine, reference, platform, pull=pull)

    def base_layers(self, image: BaseImage, status: Status) -> tuple[StepLayer, ...]:
        """The layers of an image."""
        return base_images.base_layers(self.engine, image, status)

    def http(self, source: HttpSource, status: Status, cancel: Callable[[], bool]) -> Tree:
        """A file from the web."""
        from dockkernel.engine.fetch.fetcher import EngineFetcher

        return EngineFetcher(self.engine, self._secrets).http(source, status, cancel)

    def git(self, source: GitSource, status: Status, cancel: Callable[[], bool]) -> tuple[Tree, str]:
        """A repository."""
        from dockkernel.engine.fetch.fetcher import EngineFetcher

        return EngineFetcher(self.engine, self._secrets).git(source, status, cancel)
