"""A recipe's script: the steps of a Dockerfile, and what each of them leaves in an image's config and history.

A line is `[@LAYER] INSTRUCTION arguments`; `@LAYER` names the layer that the step makes, `~` before the instruction
says that it has left no row in the history. The history says what the
real builder of that time wrote: the classic builder `/bin/sh -c #(nop)  CMD ["sh"]`, BuildKit `CMD ["sh"]`. `RAW text`
is a history row that another tool made.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Literal

from dockkernel.errors import ParseError
from dockkernel.oci.config import ContainerConfig
from dockkernel.oci.digest import Digest

Style = Literal["classic", "buildkit"]

DEFAULT_PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_FILES = frozenset({"ADD", "COPY"})


@dataclass(frozen=True, slots=True)
class Step:
    """One line: the instruction's name, its arguments, and the name of the layer it makes, empty for none."""

    name: str
    arguments: str
    layer: str = ""
    recorded: bool = True
    """The history has a row for it."""


def parse(text: str) -> tuple[Step, ...]:
    """The steps that a script spells; `ParseError` for an instruction that recipes do not have."""
    return tuple(_step(line.strip()) for line in text.splitlines() if line.strip())


def _step(line: str) -> Step:
    layer = ""
    if line.startswith("@"):
        layer, _, line = line[1:].partition(" ")
    recorded = not line.startswith("~")
    name, _, arguments = line.removeprefix("~").strip().partition(" ")
    if name not in _EFFECTS:
        raise ParseError(f"recipe: unknown instruction {name}")
    return Step(name, arguments.strip(), layer, recorded)


def configure(config: ContainerConfig, steps: Iterable[Step]) -> ContainerConfig:
    """`config` as it is after the steps."""
    for step in steps:
        config = _EFFECTS[step.name](config, step.arguments)
    return config


def created_by(step: Step, style: Style, identity: str) -> str:
    """The history row's text; `identity` stands for the files of an ADD or COPY, whose hash it shows."""
    if step.name == "RAW":
        return step.arguments
    if style == "buildkit":
        return _buildkit(step)
    if step.name == "RUN":
        return f"/bin/sh -c {step.arguments}"
    if step.name in _FILES:
        target = step.arguments.split()[-1]
        return f"/bin/sh -c #(nop) {step.name} file:{Digest.of(identity.encode()).hex} in {target} "
    blank = " " if step.name == "WORKDIR" else "  "
    return f"/bin/sh -c #(nop){blank}{step.name} {_spaced(step)}"


def _buildkit(step: Step) -> str:
    if step.name == "RUN":
        return f"RUN /bin/sh -c {step.arguments} # buildkit"
    if step.name in _FILES:
        return f"{step.name} {step.arguments} # buildkit"
    if step.name == "EXPOSE":
        return f"EXPOSE map[{' '.join(f'{port}:{{}}' for port in sorted(_ports(step.arguments)))}]"
    return f"{step.name} {_spaced(step)}"


def _spaced(step: Step) -> str:
    """The arguments as builders print them: a JSON list with blanks, a list of volumes without quotes."""
    if step.name == "VOLUME":
        return f"[{' '.join(_words(step.arguments))}]"
    if step.name in {"CMD", "ENTRYPOINT"}:
        return f"[{' '.join(json.dumps(word) for word in _words(step.arguments))}]"
    return step.arguments


def _words(arguments: str) -> tuple[str, ...]:
    return tuple(json.loads(arguments)) if arguments.startswith("[") else ("/bin/sh", "-c", arguments)


def _ports(arguments: str) -> list[str]:
    return [port if "/" in port else f"{port}/tcp" for port in arguments.split()]


def _env(config: ContainerConfig, arguments: str) -> ContainerConfig:
    key = arguments.partition("=")[0]
    env = config.env or ()
    if any(entry.startswith(f"{key}=") for entry in env):
        return replace(config, env=tuple(arguments if entry.startswith(f"{key}=") else entry for entry in env))
    return replace(config, env=(*env, arguments))


def _label(config: ContainerConfig, arguments: str) -> ContainerConfig:
    key, _, value = arguments.partition("=")
    return replace(config, labels={**(config.labels or {}), key: value})


def _expose(config: ContainerConfig, arguments: str) -> ContainerConfig:
    return replace(config, exposed_ports=tuple(sorted({*config.exposed_ports, *_ports(arguments)})))


def _volume(config: ContainerConfig, arguments: str) -> ContainerConfig:
    return replace(config, volumes=tuple(sorted({*(config.volumes or ()), *_words(arguments)})))


def _nothing(config: ContainerConfig, arguments: str) -> ContainerConfig:
    return config


_EFFECTS: dict[str, Callable[[ContainerConfig, str], ContainerConfig]] = {
    "ADD": _nothing,
    "ARG": _nothing,
    "CMD": lambda config, text: replace(config, cmd=_words(text)),
    "COPY": _nothing,
    "ENTRYPOINT": lambda config, text: replace(config, entrypoint=_words(text)),
    "ENV": _env,
    "EXPOSE": _expose,
    "LABEL": _label,
    "MAINTAINER": _nothing,
    "RAW": _nothing,
    "RUN": _nothing,
    "STOPSIGNAL": lambda config, text: replace(config, stop_signal=text),
    "USER": lambda config, text: replace(config, user=text),
    "VOLUME": _volume,
    "WORKDIR": lambda config, text: replace(config, working_dir=text),
}
