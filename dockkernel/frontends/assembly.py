"""Putting an engine together from what the process has: its environment, its clock, its programs.

`DOCKKERNEL_HOME` is where the store is, else the platform's folder for user data. `DOCKKERNEL_CATALOG` is a list of
catalog directories, separated as PATH is, which are asked before the embedded catalog. `DOCKKERNEL_KEEP` is how many
bytes may be kept so that earlier revisions can be restored.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from dockkernel.errors import InvalidInput

if TYPE_CHECKING:
    from dockkernel.engine.engine import Engine
    from dockkernel.exec.protocol import ExecRequest, ExecResult, Executor, Output
    from dockkernel.frontends.result import Result
    from dockkernel.oci.descriptor import Descriptor
    from dockkernel.oci.platform import Platform
    from dockkernel.oci.reference import Reference
    from dockkernel.registry.protocol import CatalogEntry, Registry
    from dockkernel.registry.router import Router
    from dockkernel.store.blobs import BlobReader

HOME = "DOCKKERNEL_HOME"
CATALOG = "DOCKKERNEL_CATALOG"
KEEP = "DOCKKERNEL_KEEP"


class SystemClock:
    """The time of this machine."""

    def now_ns(self) -> int:
        """Nanoseconds since the epoch, UTC."""
        return time.time_ns()


@dataclass(slots=True)
class LazyExecutor:
    """The portable shell, loaded when something is run for the first time: listing images should not wait for it."""

    name: str = "portable"
    _executor: Executor | None = field(default=None, repr=False)

    def run(self, request: ExecRequest, output: Output) -> ExecResult:
        """Runs to the end, as the executor behind it does."""
        if self._executor is None:
            from dockkernel.exec.virtual.executor import VirtualExecutor

            self._executor = VirtualExecutor()
        return self._executor.run(request, output)


@dataclass(slots=True)
class LazyRegistry:
    """The catalogs, opened when something is pulled or looked for: listing images should not wait for them."""

    open: Callable[[], Router]
    _router: Router | None = field(default=None, repr=False)

    def _opened(self) -> Router:
        if self._router is None:
            self._router = self.open()
        return self._router

    def resolve(self, reference: Reference, platform: Platform) -> Descriptor:
        """The manifest from the first catalog that has it."""
        return self._opened().resolve(reference, platform)

    def blobs(self, reference: Reference) -> BlobReader:
        """A reader over all catalogs."""
        return self._opened().blobs(reference)

    def tags(self, reference: Reference) -> Sequence[str]:
        """The tags of all catalogs."""
        return self._opened().tags(reference)

    def search(self, text: str) -> Sequence[CatalogEntry]:
        """What all catalogs find."""
        return self._opened().search(text)


def find_home(env: Mapping[str, str]) -> Path:
    """The folder of the store for this environment; it need not be there."""
    named = env.get(HOME, "")
    if named:
        return Path(named).expanduser().absolute()
    import platformdirs

    return Path(platformdirs.user_data_dir("dockkernel", appauthor=False))


def open_engine(home: Path | None = None, env: Mapping[str, str] | None = None) -> Engine:
    """The engine over a store, which is made if it is not there. Give a home, or let the environment say."""
    from dockkernel.engine.engine import Engine
    from dockkernel.engine.settings import Settings
    from dockkernel.frontends.supervisor import ProcessSupervisor

    env = os.environ if env is None else env
    home = find_home(env) if home is None else home.absolute()

    def catalogs() -> Router:
        from dockkernel.registry.catalog import EmbeddedCatalog
        from dockkernel.registry.catalog_dir import DirectoryCatalog
        from dockkernel.registry.router import Router

        named: list[Registry] = [DirectoryCatalog(path) for path in _catalogs(env)]
        return Router([*named, EmbeddedCatalog(engine.published)])

    settings = Settings(home, env=dict(env))
    if env.get(KEEP):
        settings = replace(settings, keep_bytes=_keep_bytes(env))
    engine = Engine.open(settings, SystemClock(), LazyRegistry(catalogs), LazyExecutor())
    engine.supervisor = ProcessSupervisor({**env, **store_environment(engine)})
    return engine


def store_environment(engine: Engine) -> dict[str, str]:
    """The variables by which another process opens the same store."""
    return {HOME: str(engine.settings.home)}


def _catalogs(env: Mapping[str, str]) -> list[Path]:
    return [Path(entry).expanduser() for entry in env.get(CATALOG, "").split(os.pathsep) if entry]


def _keep_bytes(env: Mapping[str, str]) -> int:
    text = env.get(KEEP, "")
    if not (text.isascii() and text.isdigit()):
        raise InvalidInput(f"{KEEP}: {text!r} is not a number of bytes")
    return int(text)


@lru_cache(maxsize=1)
def _shared(home: Path) -> Engine:
    return open_engine(home)


def run(text: str, engine: Engine | None = None) -> Result:
    """Runs a docker cell's text (`docker image ls`, or a script) and gives its text, exit code and rows.

    Nothing is printed and nothing raised for a command that fails: see `Result.exit_code`. Without an engine, the
    store is that of the environment. The folder and the environment of this process stay as they are.
    """
    from dockkernel.frontends.cells import run_for_result
    from dockkernel.frontends.place import Place

    return run_for_result(engine or _shared(find_home(os.environ)), text, Place(Path.cwd(), dict(os.environ)))
