"""The engine: what a daemon would be, as an object in this process. It owns the store and the plug-ins, and no words.

What can be done with it is in the modules beside this one, each a set of functions over an `Engine`: `images`, `pull`,
`plan_removal`, `containers`, `container_run`, `container_life`, `building`, `usage`, `observe`.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from dockkernel.engine.house import Persistent, Tx
from dockkernel.engine.settings import Clock, Settings
from dockkernel.engine.state import State
from dockkernel.image.flatten import TreeCache
from dockkernel.oci import times
from dockkernel.oci.digest import Digest
from dockkernel.oci.platform import Platform
from dockkernel.store.layout import LayoutStore

if TYPE_CHECKING:
    from dockkernel.exec.protocol import Executor
    from dockkernel.oci.config import ImageConfig
    from dockkernel.registry.protocol import Registry

_CONFIGS_KEPT = 4096


class Supervisor(Protocol):
    """How a container's process lives outside this one (`docker run -d`). Front ends bring it."""

    def current(self) -> int:
        """This process's id, for a container that runs in the foreground."""
        ...

    def birth(self, pid: int) -> str:
        """What tells a process from a later one with the same id; empty where that is unknown."""
        ...

    def start(self, container_id: str, begun: Callable[[], bool]) -> int:
        """Starts a process that runs the container to its end; waits until `begun()` or its end; gives its id."""
        ...

    def background(self, words: Sequence[str], seconds: float) -> int:
        """Starts one of our own commands beside this process and waits for it, at most so long; gives its id."""
        ...

    def suspend(self, pid: int) -> None:
        """Halts a process, where the platform can."""
        ...

    def resume(self, pid: int) -> None:
        """Lets a halted process go on."""
        ...

    def alive(self, pid: int) -> bool:
        """True while that process runs."""
        ...

    def kill(self, pid: int) -> None:
        """Ends it and its children; no error when it has ended."""
        ...


@dataclass(slots=True)
class Engine:
    """One store with everything that works on it. Safe to use from several threads."""

    settings: Settings
    clock: Clock
    registry: Registry
    executor: Executor
    house: Persistent
    supervisor: Supervisor | None = None
    platform: Platform = field(default_factory=Platform)
    _configs: dict[str, ImageConfig] = field(default_factory=dict)

    @classmethod
    def open(
        cls,
        settings: Settings,
        clock: Clock,
        registry: Registry,
        executor: Executor,
        supervisor: Supervisor | None = None,
    ) -> Engine:
        """The engine over the store at `settings.home`, made if it is not there."""
        return cls(settings, clock, registry, executor, Persistent(settings, clock), supervisor)

    @property
    def state(self) -> State:
        """The newest state, other processes' changes included. Reading it opens no blob."""
        return self.house.state()

    def transaction(self, command: str) -> AbstractContextManager[Tx]:
        """A change of the state: assign `tx.state`; an exception leaves everything as it was."""
        return self.house.transaction(command)

    @property
    def blobs(self) -> LayoutStore:
        """The content store."""
        return self.house.blobs

    @property
    def trees(self) -> TreeCache:
        """Layers and whole images as file trees, cached."""
        return self.house.trees

    def config(self, image_id: str) -> ImageConfig:
        """The config of an image in the store; kept once read, since it cannot change. `BlobNotFound` if damaged."""
        found = self._configs.get(image_id)
        if found is None:
            from dockkernel.oci.config import ImageConfig

            with self.blobs.open(Digest.parse(image_id)) as stream:
                found = ImageConfig.parse(stream.read())
            if len(self._configs) >= _CONFIGS_KEPT:
                self._configs.clear()
            self._configs[image_id] = found
        return found

    def now(self) -> str:
        """The time as the config writes it (RFC 3339 UTC)."""
        return times.from_ns(self.clock.now_ns())

    def new_id(self) -> str:
        """A random id of 64 hexadecimal digits, as containers have."""
        return secrets.token_hex(32)

    def published(self) -> Mapping[str, int]:
        """Which edition of a catalog reference `catalog publish` has moved on to."""
        return self.state.published

    def close(self) -> None:
        """Gives back files and database connections."""
        self.house.close()
