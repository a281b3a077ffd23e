"""The instructions that `docker commit --change` and `docker import --change` take."""

from __future__ import annotations

from collections.abc import Sequence

from dockkernel.dockerfile.instructions import Instruction
from dockkernel.dockerfile.parser import parse
from dockkernel.dockerfile.typed import instruction
from dockkernel.errors import ParseError

_ALLOWED = frozenset("cmd entrypoint healthcheck env expose label onbuild stopsignal user volume workdir".split())


def parse_changes(changes: Sequence[str]) -> tuple[Instruction, ...]:
    """Give the instructions of the `--change` values in order; the values are read as the lines of one Dockerfile.

    Raises ParseError: in the daemon's words, such as `RUN is not a valid change command`; there are no line numbers.
    """
    if not changes:
        return ()
    nodes = parse("\n".join(changes)).nodes
    for node in nodes:
        if node.keyword.lower() not in _ALLOWED:
            raise ParseError(f"{node.keyword} is not a valid change command", span=node.span)
    return tuple(map(instruction, nodes))
