"""Graph builds for tests: a Dockerfile and files in, the outcome and all that was told out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from support.dockers import Docker

from dockkernel.build.buildkit import events
from dockkernel.build.buildkit.options import KitFailed, KitOptions
from dockkernel.build.buildkit.records import CacheRecord
from dockkernel.engine import buildkit
from dockkernel.engine.build_cache import entries
from dockkernel.engine.buildkit_client import ClientFiles
from dockkernel.engine.buildkit_request import KitBuilt, KitRequest
from dockkernel.fs.hostdir import read_dir
from dockkernel.oci.reference import Reference


@dataclass
class Outcome:
    """What came of a build."""

    built: KitBuilt | None
    error: KitFailed | None
    told: list[events.KitEvent] = field(default_factory=list)

    @property
    def id(self) -> str:
        """The image."""
        assert self.built is not None, self.error
        return self.built.image_id

    @property
    def message(self) -> str:
        """Why it failed."""
        assert self.error is not None
        return self.error.message

    def ends(self) -> dict[str, str]:
        """How each vertex ended, by name."""
        names = {one.id: one.name for one in self.told if isinstance(one, events.VertexStarted)}
        return {names[one.id]: _end(one) for one in self.told if isinstance(one, events.VertexDone)}

    def log(self) -> str:
        """What processes wrote."""
        return b"".join(one.data for one in self.told if isinstance(one, events.VertexLog)).decode()


def _end(event: events.VertexDone) -> str:
    return "CANCELED" if event.canceled else "ERROR" if event.error else "CACHED" if event.cached else "DONE"


@dataclass
class Kit:
    """A docker whose builds are graph builds."""

    docker: Docker
    request: dict[str, Any] = field(default_factory=dict)
    """Further members of every request."""

    def __call__(
        self, dockerfile: str, *, tag: str = "app", watch: Callable[[Any], None] | None = None, **options: Any
    ) -> Outcome:
        """Builds in the docker's working directory."""
        told: list[events.KitEvent] = []

        def tell(event: events.KitEvent) -> None:
            told.append(event)
            if watch is not None:
                watch(event)

        cwd = self.docker.cwd
        request = KitRequest(
            dockerfile.encode(),
            client={"context": ClientFiles(lambda: read_dir(cwd))},
            options=KitOptions(**options),
            tags=(Reference.parse(tag),) if tag else (),
            place=str(cwd),
            **self.request,
        )
        try:
            return Outcome(buildkit.build(self.docker.engine, request, tell), None, told)
        except KitFailed as error:
            return Outcome(None, error, told)

    def records(self, kind: str = "regular") -> list[CacheRecord]:
        """The cache's records of a kind, oldest first."""
        return [one.record for one in entries(self.docker.engine.state) if one.record.type == kind]
