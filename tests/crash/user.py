"""What `test_kill_commands` kills: `user HOME POINT BUILDER` pulls, builds, tags and removes, and prints its points."""

from __future__ import annotations

import sys
from pathlib import Path

from crash.fuse import Fuse

from dockkernel.commands.events import Err, Event
from dockkernel.commands.run import execute
from dockkernel.commands.session import Session
from dockkernel.frontends.assembly import open_engine

ROUND = ("pull busybox", "build -q -t app .", "tag app alias", "rmi app", "rmi alias", "rmi busybox")
GRAPH = ("pull busybox", "buildx build -q -t app .", "tag app alias", "rmi app", "rmi alias", "rmi busybox")
DOCKERFILE = "FROM busybox\nRUN echo one > /one\nCOPY data /data\nRUN rm /one\n"


class Stderr:
    """A sink that shows only what goes wrong."""

    def emit(self, event: Event) -> None:
        if isinstance(event, Err):
            sys.stderr.write(str(event.data))


def main() -> None:
    home = Path(sys.argv[1])
    context = home.parent / "context"
    context.mkdir(parents=True, exist_ok=True)
    (context / "Dockerfile").write_text(DOCKERFILE)
    (context / "data").write_bytes(b"payload" * 50_000)
    engine = open_engine(home, env={})
    engine.house.reset()
    session = Session(engine, Stderr(), context)
    fuse = Fuse(int(sys.argv[2]))
    fuse.light()
    for command in GRAPH if sys.argv[3] == "graph" else ROUND:
        execute(session, command.split())
    print(fuse.count)


if __name__ == "__main__":
    main()
