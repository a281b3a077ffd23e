"""What a build needs around it. The engine gives it; a build knows nothing else of the world."""

from __future__ import annotations

from typing import BinaryIO, Protocol

from dockkernel.build.checksum import ContentDigests
from dockkernel.build.events import Tell
from dockkernel.build.remote import Fetcher
from dockkernel.build.result import StepImage
from dockkernel.exec.protocol import Executor
from dockkernel.fs.content import OpenBlob
from dockkernel.image.flatten import TreeCache
from dockkernel.oci.platform import Platform
from dockkernel.store.blobs import BlobStore


class Backend(Protocol):
    """The store, the executor, images by name, and the few facts that are not repeatable: time and random ids."""

    @property
    def blobs(self) -> BlobStore:
        """Where layers, configs and manifests are put."""
        ...

    @property
    def trees(self) -> TreeCache:
        """Layers as trees."""
        ...

    @property
    def executor(self) -> Executor:
        """What runs RUN."""
        ...

    @property
    def contents(self) -> ContentDigests:
        """Digests of file contents, remembered from build to build."""
        ...

    @property
    def platform(self) -> Platform:
        """The platform of images that have no base."""
        ...

    @property
    def fetcher(self) -> Fetcher:
        """What brings files from the web."""
        ...

    def now_ns(self) -> int:
        """Nanoseconds since the epoch, UTC."""
        ...

    def new_id(self) -> str:
        """A random container id, 64 hexadecimal digits."""
        ...

    def image(self, image_id: str) -> StepImage:
        """An image in the store; `DockError` when it is not there or damaged."""
        ...

    def find(self, name: str, tell: Tell, *, pull: bool, platform: Platform | None = None) -> str:
        """The id of the image of that name, brought from the registry where it is not here, or always with `pull`.

        With a `platform` an image for another one is as good as none.
        """
        ...

    def spool(self, stream: BinaryIO) -> OpenBlob:
        """Keeps a stream's bytes for the time of the build; gives what opens them."""
        ...
