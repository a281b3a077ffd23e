"""From an instruction to what it does: the operation, and the stage after it. Pure; nothing is run or read here.

The instruction comes expanded. What each one means for the config is the Dockerfile reference's; the comments that the
history shows, the inheritance rules and the messages are those of the classic builder of daemon 26.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from dockkernel.build.ops import ConfigOp, CopyOp, DirOp, Op, RunOp
from dockkernel.build.ports import exposed
from dockkernel.build.signals import check_signal
from dockkernel.build.stage import Stage
from dockkernel.dockerfile import instructions as ins
from dockkernel.dockerfile.classic import classic_refusal
from dockkernel.errors import InvalidInput
from dockkernel.oci.config import Healthcheck
from dockkernel.oci.quoting import go_quote


@dataclass(frozen=True, slots=True)
class Lowered:
    """An instruction's operation, the stage after it, and lines to print before it is done."""

    op: Op
    stage: Stage
    notes: tuple[str, ...] = ()


def lower(instruction: ins.Instruction, stage: Stage) -> Lowered:
    """What the instruction does in this stage; `InvalidInput` in the builder's words when it cannot be done."""
    refusal = classic_refusal(instruction)
    if refusal is not None:
        raise InvalidInput(refusal.message, span=instruction.span)
    return _LOWER[type(instruction)](instruction, stage)


def _words(values: tuple[str, ...]) -> str:
    return "[" + " ".join(values) + "]"


def _quoted(values: tuple[str, ...]) -> str:
    return "[" + " ".join(map(go_quote, values)) + "]"


def _arg(instruction: ins.Arg, stage: Stage) -> Lowered:
    args, shown = stage.args, []
    for argument in instruction.arguments:
        args = args.declare(argument.key, argument.default)
        shown.append(argument.key if argument.default is None else f"{argument.key}={argument.default}")
    return Lowered(ConfigOp(f"ARG {' '.join(shown)}"), replace(stage, args=args))


def _env(instruction: ins.Env, stage: Stage) -> Lowered:
    env = {entry.partition("=")[0]: entry for entry in stage.config.env or ()}
    entries = [f"{pair.key}={pair.value}" for pair in instruction.pairs]
    for pair, entry in zip(instruction.pairs, entries, strict=True):
        env[pair.key] = entry
    return Lowered(ConfigOp(" ".join(("ENV", *entries))), stage.with_config(env=tuple(env.values())))


def _label(instruction: ins.Label, stage: Stage) -> Lowered:
    labels = {**(stage.config.labels or {}), **{pair.key: pair.value for pair in instruction.pairs}}
    shown = " ".join(("LABEL", *(f"{pair.key}={pair.value}" for pair in instruction.pairs)))
    return Lowered(ConfigOp(shown), stage.with_config(labels=labels))


def _maintainer(instruction: ins.Maintainer, stage: Stage) -> Lowered:
    return Lowered(ConfigOp(f"MAINTAINER {instruction.author}"), replace(stage, author=instruction.author))


def _workdir(instruction: ins.Workdir, stage: Stage) -> Lowered:
    path = instruction.path
    if not path:
        raise InvalidInput("cannot normalize nothing")
    if not path.startswith("/"):
        path = posixpath.normpath(posixpath.join("/", stage.config.working_dir, path))
    return Lowered(DirOp(path), stage.with_config(working_dir=path))


def _user(instruction: ins.User, stage: Stage) -> Lowered:
    return Lowered(ConfigOp(f"USER {instruction.user}"), stage.with_config(user=instruction.user))


def _expose(instruction: ins.Expose, stage: Stage) -> Lowered:
    ports = {*stage.config.exposed_ports, *exposed(instruction.ports)}
    shown = " ".join(("EXPOSE", *instruction.ports))
    return Lowered(ConfigOp(shown), stage.with_config(exposed_ports=tuple(sorted(ports))))


def _volume(instruction: ins.Volume, stage: Stage) -> Lowered:
    if not all(path.strip() for path in instruction.paths):
        raise InvalidInput("VOLUME specified can not be an empty string")
    paths = {*(stage.config.volumes or ()), *(path.strip() for path in instruction.paths)}
    return Lowered(ConfigOp(f"VOLUME {_words(instruction.paths)}"), stage.with_config(volumes=tuple(sorted(paths))))


def _stop_signal(instruction: ins.StopSignal, stage: Stage) -> Lowered:
    check_signal(instruction.signal)
    return Lowered(ConfigOp(f"STOPSIGNAL {instruction.signal}"), stage.with_config(stop_signal=instruction.signal))


def _shell(instruction: ins.Shell, stage: Stage) -> Lowered:
    return Lowered(ConfigOp(f"SHELL {_words(instruction.args)}"), stage.with_config(shell=instruction.args))


def _onbuild(instruction: ins.Onbuild, stage: Stage) -> Lowered:
    triggers = (*(stage.config.on_build or ()), instruction.expression)
    return Lowered(ConfigOp(f"ONBUILD {instruction.expression}"), stage.with_config(on_build=triggers))


def _cmd(instruction: ins.Cmd, stage: Stage) -> Lowered:
    argv = instruction.argv(stage.shell)
    stage = replace(stage.with_config(cmd=argv), cmd_set=stage.cmd_set or bool(instruction.args))
    return Lowered(ConfigOp(f"CMD {_quoted(argv)}"), stage)


def _entrypoint(instruction: ins.Entrypoint, stage: Stage) -> Lowered:
    argv = instruction.argv(stage.shell)
    stage = stage.with_config(entrypoint=argv or None, cmd=stage.config.cmd if stage.cmd_set else None)
    return Lowered(ConfigOp(f"ENTRYPOINT {_quoted(argv)}"), stage)


def _healthcheck(instruction: ins.Healthcheck, stage: Stage) -> Lowered:
    new = Healthcheck(
        instruction.test, instruction.interval_ns, instruction.timeout_ns, instruction.start_period_ns,
        instruction.start_interval_ns, instruction.retries,
    )  # fmt: skip
    old = stage.config.healthcheck
    notes: tuple[str, ...] = ()
    if old is not None and old.test and old.test[0] != "NONE":
        notes = (f"Note: overriding previous HEALTHCHECK: {_words(old.test)}",)
    op = ConfigOp(f"HEALTHCHECK {shown_health(new)}")
    return Lowered(op, stage.with_config(healthcheck=_inherit(new, old)), notes)


def _inherit(new: Healthcheck, old: Healthcheck | None) -> Healthcheck:
    """What is not said is as before: the step's container takes it over from the image it is made of."""
    if old is None:
        return new
    return Healthcheck(
        new.test, new.interval or old.interval, new.timeout or old.timeout, new.start_period or old.start_period,
        new.start_interval or old.start_interval, new.retries or old.retries,
    )  # fmt: skip


def shown_health(health: Healthcheck) -> str:
    """The value as Go's `%q` prints it: durations in words, the number of retries as a character."""
    times = (health.interval, health.timeout, health.start_period, health.start_interval)
    shown = " ".join(f'"{go_duration(time)}"' for time in times)
    return f"&{{{_quoted(health.test)} {shown} {_character(health.retries)}}}"


def _character(number: int) -> str:
    char = chr(number) if 0 <= number < 0x110000 and not 0xD800 <= number < 0xE000 else "\ufffd"
    if char in "'\"":
        return "'\\''" if char == "'" else "'\"'"
    return f"'{go_quote(char)[1:-1]}'"


def go_duration(nanoseconds: int) -> str:
    """A duration as Go prints it: `1m30s`, `1.5s`, `200ms`, `0s`.

    >>> go_duration(90_000_000_000)
    '1m30s'
    """
    sign, left = ("-", -nanoseconds) if nanoseconds < 0 else ("", nanoseconds)
    if left < 1_000_000_000:
        for unit, size in (("ms", 1_000_000), ("µs", 1_000), ("ns", 1)):
            if left >= size:
                return f"{sign}{_decimal(left, size)}{unit}"
        return "0s"
    minutes, rest = divmod(left, 60_000_000_000)
    hours, minutes = divmod(minutes, 60)
    shown = f"{hours}h{minutes}m" if hours else f"{minutes}m" if minutes else ""
    return f"{sign}{shown}{_decimal(rest, 1_000_000_000)}s"


def _decimal(value: int, unit: int) -> str:
    whole, fraction = divmod(value, unit)
    digits = f"{fraction:0{len(str(unit)) - 1}d}".rstrip("0") if fraction else ""
    return f"{whole}.{digits}" if digits else str(whole)


def _run(instruction: ins.Run, stage: Stage) -> Lowered:
    args = stage.args.environment(stage.config.env or ())
    return Lowered(RunOp(instruction.argv(stage.shell), args, stage.args.recorded(args)), stage)


def _transfer(instruction: ins.Transfer, stage: Stage) -> Lowered:
    source = (instruction.from_ or "") if isinstance(instruction, ins.Copy) else ""
    name, unpack = instruction.keyword, isinstance(instruction, ins.Add)
    op = CopyOp(name, instruction.sources, instruction.destination, source, instruction.chown or "", unpack)
    return Lowered(op, stage)


_LOWER: dict[type[ins.Instruction], Callable[[Any, Stage], Lowered]] = {
    ins.Add: _transfer, ins.Arg: _arg, ins.Cmd: _cmd, ins.Copy: _transfer, ins.Entrypoint: _entrypoint,
    ins.Env: _env, ins.Expose: _expose, ins.Healthcheck: _healthcheck, ins.Label: _label,
    ins.Maintainer: _maintainer, ins.Onbuild: _onbuild, ins.Run: _run, ins.Shell: _shell,
    ins.StopSignal: _stop_signal, ins.User: _user, ins.Volume: _volume, ins.Workdir: _workdir,
}  # fmt: skip
