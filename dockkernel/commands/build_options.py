"""What the flags of `docker build` mean for the classic builder, and what the daemon refuses before the first step.

Limits of processor, memory and files are accepted and change nothing: no program of a portable shell meets them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from dockkernel.build.plan import Options
from dockkernel.commands.request_image import ImageBuild
from dockkernel.commands.session import Session
from dockkernel.engine import names
from dockkernel.engine.state import State
from dockkernel.errors import DockError, InvalidInput
from dockkernel.oci.platform import Platform, parse_platform
from dockkernel.oci.quoting import go_quote

_LEAST_MEMORY = 6 << 20
_GATEWAY = "172.17.0.1"
"""What `host-gateway` stands for: the engine's own address in its network."""
_BUILT_IN = re.compile(r"|default|bridge|host|none|container:.*")


def build_options(session: Session, request: ImageBuild) -> Options:
    """The options of a build. `InvalidInput` in the daemon's words for a value that it refuses."""
    if request.security_opt:
        raise InvalidInput("security options are not supported on linux")
    if request.isolation.lower() not in ("", "default"):
        raise InvalidInput(f"unsupported isolation: {go_quote(request.isolation)}")
    state = session.engine.state
    return Options(
        args=build_args(request.build_arg, session.env),
        labels=tuple((key, value) for key, _, value in (label.partition("=") for label in request.label)),
        target=request.target,
        no_cache=request.no_cache,
        pull=request.pull,
        remove=request.rm,
        force_remove=request.force_rm,
        squash=request.squash,
        cache_from=_sources(state, request.cache_from) if request.cache_from else None,
        platform=_platform(request.platform),
        hosts=tuple(_host(text) for text in request.add_host),
        no_container="Minimum memory limit allowed is 6MB" if 0 < request.memory < _LEAST_MEMORY else "",
        no_start=_network_problem(state, request.network),
    )


def build_args(texts: tuple[str, ...], env: Mapping[str, str]) -> dict[str, str | None]:
    """Names to values; a bare name takes its value from the environment, None where it has none."""
    pairs = (text.partition("=") for text in texts)
    return {name: value if mark else env.get(name) for name, mark, value in pairs}


def _sources(state: State, wanted: tuple[str, ...]) -> tuple[str, ...]:
    """The images that are here; the classic builder brings none for its cache."""
    found = []
    for name in wanted:
        try:
            found.append(names.find_image(state, name).id)
        except DockError:
            continue
    return tuple(dict.fromkeys(found))


def _platform(text: str) -> Platform | None:
    if not text:
        return None
    # Both this and the networks below are slow to import, and few builds need them.
    from dockkernel.commands.container_checks import platform_problem

    if problem := platform_problem(text):
        raise InvalidInput(problem)
    return parse_platform(text)


def _host(text: str) -> tuple[str, str]:
    """Name and address of `name:address` or `name=address`, as the flag's check has let by."""
    name, _, address = text.partition("=" if "=" in text else ":")
    return name, _GATEWAY if address == "host-gateway" else address.removeprefix("[").removesuffix("]")


def _network_problem(state: State, name: str) -> str:
    """Why a container could not be started on that network; empty when it can."""
    if _BUILT_IN.fullmatch(name):
        return ""
    from dockkernel.engine import networks

    return "" if name in networks.every(state) else f"network {name} not found"
