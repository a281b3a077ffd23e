"""What the instructions mean that change no file: from a scope to the next. Pure.

The words of the history are BuildKit's; what it does otherwise than the classic builder is in its Dockerfile frontend:
HEALTHCHECK takes nothing over, an ARG is a variable of the build at once, ENTRYPOINT takes an inherited CMD away.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from dockkernel.build.buildkit.scope import Scope
from dockkernel.build.lower import shown_health
from dockkernel.build.ports import exposed
from dockkernel.build.signals import check_signal
from dockkernel.dockerfile import instructions as ins
from dockkernel.errors import InvalidInput
from dockkernel.oci.config import Healthcheck
from dockkernel.oci.quoting import go_quote

HIDDEN_ARGS = frozenset({"SOURCE_DATE_EPOCH"})
"""Arguments that no process sees."""


@dataclass(frozen=True, slots=True)
class Given:
    """What is known outside the stage: `--build-arg`, and the arguments before the first FROM."""

    build_args: Mapping[str, str]
    global_args: Mapping[str, str]


def mean(instruction: ins.Instruction, scope: Scope, given: Given) -> Scope:
    """The scope after an instruction that has been expanded; `InvalidInput` in BuildKit's words."""
    if isinstance(instruction, ins.Arg):
        return _arg(instruction, scope, given)
    return _MEANING[type(instruction)](instruction, scope)


def _go_list(values: tuple[str, ...]) -> str:
    return "[" + " ".join(values) + "]"


def _go_quoted(values: tuple[str, ...]) -> str:
    return "[" + " ".join(map(go_quote, values)) + "]"


def _arg(instruction: ins.Arg, scope: Scope, given: Given) -> Scope:
    """Defaults are expanded here, one after the other, and only where they count."""
    shown = []
    for argument in instruction.arguments:
        value = given.build_args.get(argument.key)
        if value is None and argument.default is not None:
            expanded = replace(instruction, arguments=(argument,)).expand(scope.env).arguments[0]
            value = expanded.default
        elif value is None:
            value = given.global_args.get(argument.key)
        if value is not None and argument.key not in HIDDEN_ARGS:
            scope = scope.with_env(argument.key, value)
        scope = replace(scope, build_args=(*scope.build_args, (argument.key, value)))
        shown.append(argument.key if value is None else f"{argument.key}={value}")
    return scope.commit(f"ARG {' '.join(shown)}")


def _env(instruction: ins.Env, scope: Scope) -> Scope:
    env = {entry.partition("=")[0]: entry for entry in scope.config.env or ()}
    for pair in instruction.pairs:
        env[pair.key] = f"{pair.key}={pair.value}"
        scope = scope.with_env(pair.key, pair.value)
    shown = " ".join(("ENV", *(f"{pair.key}={pair.value}" for pair in instruction.pairs)))
    return scope.with_config(env=tuple(env.values())).commit(shown)


def _label(instruction: ins.Label, scope: Scope) -> Scope:
    labels = {**(scope.config.labels or {}), **{pair.key: pair.value for pair in instruction.pairs}}
    shown = " ".join(("LABEL", *(f"{pair.key}={pair.value}" for pair in instruction.pairs)))
    return scope.with_config(labels=labels).commit(shown)


def _maintainer(instruction: ins.Maintainer, scope: Scope) -> Scope:
    return replace(scope, author=instruction.author).commit(f"MAINTAINER {instruction.author}")


def _user(instruction: ins.User, scope: Scope) -> Scope:
    return scope.with_config(user=instruction.user).commit(f"USER {instruction.user}")


def _expose(instruction: ins.Expose, scope: Scope) -> Scope:
    ports = exposed(instruction.ports)
    shown = " ".join(f"{port}:{{}}" for port in sorted(ports))
    all_ports = tuple(sorted({*scope.config.exposed_ports, *ports}))
    return scope.with_config(exposed_ports=all_ports).commit(f"EXPOSE map[{shown}]")


def _volume(instruction: ins.Volume, scope: Scope) -> Scope:
    if not all(instruction.paths):
        raise InvalidInput("VOLUME specified can not be an empty string")
    volumes = tuple(sorted({*(scope.config.volumes or ()), *instruction.paths}))
    return scope.with_config(volumes=volumes).commit(f"VOLUME {_go_list(instruction.paths)}")


def _stop_signal(instruction: ins.StopSignal, scope: Scope) -> Scope:
    check_signal(instruction.signal)
    return scope.with_config(stop_signal=instruction.signal).commit(f"STOPSIGNAL {instruction.signal}")


def _shell(instruction: ins.Shell, scope: Scope) -> Scope:
    return scope.with_config(shell=instruction.args).commit(f"SHELL {_go_list(instruction.args)}")


def _onbuild(instruction: ins.Onbuild, scope: Scope) -> Scope:
    return scope.with_config(on_build=(*(scope.config.on_build or ()), instruction.expression))


def _cmd(instruction: ins.Cmd, scope: Scope) -> Scope:
    argv = instruction.argv(scope.shell)
    scope = replace(scope.with_config(cmd=argv or None, args_escaped=True), cmd_set=True)
    return scope.commit(f"CMD {_go_quoted(argv)}")


def _entrypoint(instruction: ins.Entrypoint, scope: Scope) -> Scope:
    argv = instruction.argv(scope.shell)
    scope = scope.with_config(entrypoint=argv or None, cmd=scope.config.cmd if scope.cmd_set else None)
    return scope.commit(f"ENTRYPOINT {_go_quoted(argv)}")


def _healthcheck(instruction: ins.Healthcheck, scope: Scope) -> Scope:
    health = Healthcheck(
        instruction.test, instruction.interval_ns, instruction.timeout_ns, instruction.start_period_ns,
        instruction.start_interval_ns, instruction.retries,
    )  # fmt: skip
    return scope.with_config(healthcheck=health).commit(f"HEALTHCHECK {shown_health(health)}")


_MEANING: dict[type[ins.Instruction], Callable[[Any, Scope], Scope]] = {
    ins.Cmd: _cmd, ins.Entrypoint: _entrypoint, ins.Env: _env, ins.Expose: _expose, ins.Healthcheck: _healthcheck,
    ins.Label: _label, ins.Maintainer: _maintainer, ins.Onbuild: _onbuild, ins.Shell: _shell,
    ins.StopSignal: _stop_signal, ins.User: _user, ins.Volume: _volume,
}  # fmt: skip
