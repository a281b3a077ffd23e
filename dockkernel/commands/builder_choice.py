"""Which builder a command line means: the classic one, or BuildKit.

DOCKER_BUILDKIT=1 gives `docker build` and `docker builder` to buildx, as Docker's client does; 0 keeps them. Where it
is not set, the classic builder builds, as in a client without buildx, unless a flag is given that only BuildKit has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dockkernel.commands.flags import HelpRequested, parse_flags
from dockkernel.commands.spec import CommandSpec
from dockkernel.commands.table import find
from dockkernel.errors import UsageError

TRUE = frozenset({"1", "t", "T", "true", "TRUE", "True"})
"""What Go's client reads as yes."""
FALSE = frozenset({"0", "f", "F", "false", "FALSE", "False"})
"""What it reads as no."""


def forwarded(words: Sequence[str], env: Mapping[str, str]) -> list[str]:
    """The words after `docker`, those of a build or a builder's command turned to buildx where it is to answer."""
    words = list(words)
    if words[:2] == ["image", "build"]:
        own, rest = ["image", "build"], words[2:]
    elif words[:1] == ["build"]:
        own, rest = ["build"], words[1:]
    elif words[:1] == ["builder"]:
        own, rest = words[:2], words[2:]
    else:
        return words
    new = ["buildx", own[-1], *rest] if own != ["builder"] else ["buildx"]
    wanted = env.get("DOCKER_BUILDKIT", "")
    if wanted in TRUE:
        return new
    return new if not wanted and _only_buildx(own, rest) else words


def _only_buildx(own: Sequence[str], rest: Sequence[str]) -> bool:
    """Whether there is a flag that the client without buildx does not know, and buildx does."""
    classic, plugin = find(tuple(own)), find(("buildx", own[-1]))
    if classic is None or plugin is None:
        return False
    return not _knows(classic[0], rest) and _knows(plugin[0], rest)


def _knows(spec: CommandSpec, rest: Sequence[str]) -> bool:
    try:
        parsed = parse_flags(spec.flags, rest, interspersed=spec.interspersed)
    except HelpRequested:
        return True
    except UsageError as error:
        return not error.message.startswith("unknown ")
    # The classic builder takes names of images only.
    caches = parsed.values.get("cache-from", ()) if spec.path == ("image", "build") else ()
    return not any(value.startswith("type=") for value in caches)
