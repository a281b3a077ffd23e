"""The terminal command: `dockkernel docker …` is docker on the embedded engine; the other words are ours."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from dockkernel.frontends.cli.terminal import Terminal, of_process

INTERRUPTED = 130
BROKEN_PIPE = 141
"""Exit codes of a process that SIGINT or SIGPIPE ended, as shells tell them."""

USAGE = """\
Usage:  dockkernel COMMAND

Docker's image commands on an embedded engine, without a daemon

Commands:
  docker ARG...          Run a docker command: dockkernel docker image ls
  catalog ls             List the images that the embedded catalog can give
  catalog publish NAME   Let a tag of the catalog point to its next edition
  revisions              List the changes of the store
  compare REV [REV]      Show what changed since a revision, or between two
  restore REV            Go back to the state that a revision left
  gc                     Delete blobs that only old revisions need
  reset [-f]             Empty the store
  why build NAME         Say why the steps of the last build of NAME ran

Options:
      --help             Print this help
      --version          Print the version

Environment:
  DOCKKERNEL_HOME        Folder of the store (default: the user's data folder)
  DOCKKERNEL_CATALOG     Further catalogs, folders in OCI image layout, searched first
  DOCKKERNEL_KEEP        Bytes kept so that earlier revisions can be restored (default: 2 GB)

Run 'dockkernel docker COMMAND --help' for more information on a docker command.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command line and gives the exit code. Never a traceback, unless `DOCKKERNEL_DEBUG` is set."""
    words = sys.argv[1:] if argv is None else list(argv)
    sink = of_process()
    try:
        code = _run(words, sink)
        sink.close()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has gone; Python must not try to flush to it once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except Exception as error:
        if os.environ.get("DOCKKERNEL_DEBUG"):
            raise
        sys.stderr.write(f"dockkernel: internal error: {type(error).__name__}: {error}\n")
        return 1
    return code


def _run(words: list[str], sink: Terminal) -> int:
    if words[:1] == ["docker"]:
        from dockkernel.frontends.cli.docker import run_docker

        return run_docker(words[1:], sink)
    from dockkernel.frontends.cli.own import run_own

    return run_own(words, sink, USAGE)
