"""What a graph build needs around it, beyond what the classic builder needs. The engine gives it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from dockkernel.build.backend import Backend
from dockkernel.build.buildkit.ops import GitSource, HttpSource
from dockkernel.build.buildkit.options import BaseImage
from dockkernel.build.result import StepLayer
from dockkernel.fs.tree import Tree
from dockkernel.oci.platform import Platform

Status = Callable[[str, int, int, bool], None]
"""A part of the work: text, bytes so far and in all (0 where nothing is counted), whether it is done."""


class Services(Backend, Protocol):
    """The store, the executor, images by name and files from elsewhere. Safe to use from several threads."""

    def base_image(self, reference: str, platform: Platform, *, pull: bool) -> BaseImage:
        """The image's config, from the store or from its registry; `DockError` in BuildKit's words."""
        ...

    def base_layers(self, image: BaseImage, status: Status) -> tuple[StepLayer, ...]:
        """The image's layers, brought into the store where they are not there. The image gets no name by that."""
        ...

    def http(self, source: HttpSource, status: Status, cancel: Callable[[], bool]) -> Tree:
        """A tree with one file from the web."""
        ...

    def git(self, source: GitSource, status: Status, cancel: Callable[[], bool]) -> tuple[Tree, str]:
        """The files of a repository, and their commit."""
        ...
