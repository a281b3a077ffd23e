"""A `docker` for tests on the transcripts' base images: busybox, stack and hello-world come from a catalog directory."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from support.dockers import Docker, Ran

from dockkernel.engine.engine import Engine
from dockkernel.engine.settings import Settings
from dockkernel.exec.virtual.executor import VirtualExecutor
from dockkernel.registry.catalog_dir import DirectoryCatalog
from dockkernel.registry.router import Router


@dataclass
class Clock:
    """A clock that moves a tenth of a second at each look; tests let time pass by adding to `now`."""

    now: int = 1_800_000_000 * 10**9

    def now_ns(self) -> int:
        """Nanoseconds since the epoch, UTC."""
        self.now += 10**8
        return self.now


@dataclass
class Hub(Docker):
    """A store without images in `home`, and a catalog directory that has some."""

    catalog: Path = Path()
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.cwd.mkdir(parents=True, exist_ok=True)
        router = Router([DirectoryCatalog(self.catalog)])
        self.engine = Engine.open(Settings(self.home), self.clock, router, VirtualExecutor())

    def run(self, line: str) -> Ran:
        """A command line without quotes."""
        return self(*line.split())

    def out(self, line: str) -> str:
        """Standard output of a command that must work."""
        ran = self.run(line)
        assert ran.code == 0, ran
        return ran.out

    def pull(self, *names: str) -> None:
        """Pulls images quietly."""
        for name in names:
            self.out(f"pull -q {name}")

    def made(self, dockerfile: str, *options: str, **files: bytes | str) -> str:
        """Builds what must build; gives the output."""
        ran = self.build(dockerfile, *options, **files)
        assert ran.code == 0, ran
        return ran.out

    def digest(self, name: str) -> str:
        """The digest that the image of that name has in its repository."""
        return str(self.inspect(name)["RepoDigests"][0])

    def lines(self, line: str) -> list[str]:
        """The lines that a command prints."""
        return self.out(line).splitlines()

    def wait(self, seconds: float) -> None:
        """Lets time pass."""
        self.clock.now += int(seconds * 10**9)

    def chains(self, name: str) -> list[str]:
        """The chain ids of an image, top first."""
        return [layer.chain_id for layer in reversed(self.image(name).layers)]
