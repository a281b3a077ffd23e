"""What `test_kill_commands` kills: a learner who pulls, builds, tags and removes on and on, on the store in argv[1]."""

from __future__ import annotations

import sys
from pathlib import Path

from dockkernel.commands.events import Err, Event
from dockkernel.commands.run import execute
from dockkernel.commands.session import Session
from dockkernel.frontends.assembly import open_engine

ROUND = ("pull busybox", "build -q -t app .", "tag app alias", "rmi app", "rmi alias", "rmi busybox")
DOCKERFILE = "FROM busybox\nRUN echo one > /one\nCOPY data /data\nRUN rm /one\n"


class Stderr:
    """A sink that shows only what goes wrong."""

    def emit(self, event: Event) -> None:
        if isinstance(event, Err):
            sys.stderr.write(str(event.data))


def main() -> None:
    home = Path(sys.argv[1])
    context = home.parent / "context"
    context.mkdir(exist_ok=True)
    (context / "Dockerfile").write_text(DOCKERFILE)
    (context / "data").write_bytes(b"payload" * 50_000)
    engine = open_engine(home, env={})
    session = Session(engine, Stderr(), context)
    engine.house.gc(keep_bytes=0)
    print("working", flush=True)
    while True:
        for command in ROUND:
            execute(session, command.split())


if __name__ == "__main__":
    main()
