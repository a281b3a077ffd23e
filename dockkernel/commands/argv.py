"""A command line's words to a typed request, or to the help or the error text that answers them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any

from dockkernel.commands import usage
from dockkernel.commands.flags import HelpRequested, Parsed, parse_flags
from dockkernel.commands.request import Request
from dockkernel.commands.spec import API_VERSION, CommandSpec, Flag, shown_api
from dockkernel.commands.table import GLOBAL_FLAGS, GROUPS, PLUGIN_FLAGS, find, in_plugin
from dockkernel.errors import UsageError

_LOG_LEVELS = ("panic", "fatal", "error", "warn", "warning", "info", "debug", "trace")
_HELP_DEPRECATED = "Flag shorthand -h has been deprecated, use --help\n"


@dataclass(frozen=True, slots=True)
class Call:
    """A command that can be run: its spec, the name that messages use for it, and its request.

    `request` is None for a command without a handler. `notices` go to standard output first (deprecated flags).
    """

    spec: CommandSpec
    shown: str
    request: Request | None
    notices: str = ""
    debug: bool = False
    """`docker --debug`: what is said may be said at length."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A command line that is answered at once: help, the version, or what is wrong with it."""

    out: str = ""
    err: str = ""
    code: int = 0


def read(argv: Sequence[str], *, program: str = "docker", env: Mapping[str, str] | None = None) -> Call | Answer:
    """What the words after `docker` ask for. Raises nothing: what is wrong comes back as an `Answer`.

    `env` is the command's environment: it says which builder is meant.
    """
    help_first = False
    notice = ""
    try:
        parsed = parse_flags(GLOBAL_FLAGS, argv, interspersed=False)
    except UsageError as error:
        return Answer(err=usage.flag_error(error.message, f"{program} [OPTIONS] COMMAND [ARG...]", program), code=125)
    except HelpRequested as request:
        help_first, notice = True, _HELP_DEPRECATED if request.deprecated else ""
        parsed = parse_flags(GLOBAL_FLAGS, [word for word in argv if word not in ("--help", "-h")], interspersed=False)
    level = parsed.values["log-level"]
    if level.lower() not in _LOG_LEVELS:
        return Answer(err=f"Unable to parse logging level: {level}\n", code=1)
    words = parsed.operands
    if not words:
        return _no_command(parsed, program, help_first, notice)
    if words[0] in ("build", "builder") or words[:2] == ["image", "build"]:
        from dockkernel.commands.builder_choice import forwarded

        words = forwarded(words, env or {})
    answer = _command(words, program, help_first)
    if isinstance(answer, Answer):
        return Answer(answer.out, notice + answer.err, answer.code) if notice else answer
    return replace(answer, debug=parsed.values["debug"] or level.lower() in ("debug", "trace"))


def _no_command(parsed: Parsed, program: str, help_first: bool, notice: str) -> Answer:
    from dockkernel.commands.help import root_help

    if parsed.values["version"] and not help_first:
        from dockkernel.commands.identity import VERSION_LINE

        return Answer(out=VERSION_LINE + "\n")
    text = root_help(program)
    return Answer(out=text, err=notice) if help_first else Answer(err=text)


def _command(words: list[str], program: str, help_first: bool) -> Call | Answer:
    if words[0] == "help":
        return _help_command(words[1:], program)
    if words[0] in GROUPS:
        return _group(words[0], words[1:], program, help_first)
    found = find((words[0],))
    if found is None:
        return Answer(err=usage.unknown_command(program, program, words[0]), code=1)
    return _call(*found, words[1:], program, help_first)


def _group(name: str, rest: list[str], program: str, help_first: bool) -> Call | Answer:
    shown = f"{program} {name}"
    line = f"{shown} {GROUPS[name].usage}".rstrip()
    if not GROUPS[name].module:
        return Answer(err=f"{shown} is not available on the embedded engine\n", code=1)
    plugin = GROUPS[name].plugin
    try:
        parsed = parse_flags(PLUGIN_FLAGS if plugin else (), rest, interspersed=False)
    except UsageError as error:
        answer = usage.plugin_flag_error(error.message, shown) if plugin else ""
        return Answer(err=answer or usage.flag_error(error.message, line, shown), code=usage.FLAG_EXIT)
    except HelpRequested as request:
        words = [word for word in rest if word not in ("--help", "-h")]
        found = find((name, words[0])) if words else None
        if found:
            return _call(*found, ["--help"], program, help_first)
        from dockkernel.commands.help import group_help

        return Answer(out=(_HELP_DEPRECATED if request.deprecated else "") + group_help(name, program))
    if not parsed.operands:
        from dockkernel.commands.help import group_help

        text = group_help(name, program)
        if help_first:
            return Answer(out=text)
        # `docker manifest` alone prints its usage itself, after an empty line.
        return Answer(err="\n" * (name == "manifest") + text)
    found = find((name, parsed.operands[0]))
    if found is None or "--" in rest[: len(rest) - len(parsed.operands)]:
        return Answer(err=usage.unknown_command(program, shown, parsed.operands[0], line), code=1)
    inherited = [f"--{given}={parsed.values[given]}" for given in parsed.given if found[0].flag(given)]
    return _call(*found, [*inherited, *parsed.operands[1:]], program, help_first)


def _call(spec: CommandSpec, path: tuple[str, ...], rest: list[str], program: str, help_first: bool) -> Call | Answer:
    shown = " ".join((program, *path))
    try:
        parsed = parse_flags(spec.flags, ["--help"] if help_first else rest, interspersed=spec.interspersed)
    except UsageError as error:
        if in_plugin(spec):
            return Answer(err=usage.plugin_flag_error(error.message, shown), code=usage.FLAG_EXIT)
        return Answer(err=usage.flag_error(error.message, usage.usage_line(spec, shown), shown), code=usage.FLAG_EXIT)
    except HelpRequested as request:
        from dockkernel.commands.help import command_help

        return Answer(out=(_HELP_DEPRECATED if request.deprecated else "") + command_help(spec, shown))
    count = len(parsed.operands)
    if in_plugin(spec):
        wrong = usage.plugin_argument_error(spec, shown, count)
    else:
        wrong = usage.argument_error(program, spec, shown, count)
    if wrong:
        return Answer(err=wrong, code=1)
    refused = _refusals(spec, parsed)
    if refused:
        return Answer(err=refused, code=1)
    return Call(spec, shown, _request(spec, parsed, path[-1]), _notices(spec, parsed))


def _help_command(words: list[str], program: str) -> Call | Answer:
    from dockkernel.commands.help import root_help

    try:
        words = parse_flags((), words).operands
    except UsageError as error:
        shown = f"{program} help"
        return Answer(err=usage.flag_error(error.message, f"{shown} [command]", shown), code=usage.FLAG_EXIT)
    except HelpRequested:
        words = ["help"]
    if not words:
        return Answer(out=root_help(program))
    if words[0] == "help":
        return Answer(out=f"Usage:  {program} help [command]\n\nHelp about the command\n")
    path = tuple(words[:2]) if words[0] in GROUPS else (words[0],)
    if path[0] in GROUPS and len(path) == 1:
        return _group(path[0], ["--help"], program, help_first=True)
    found = find(path)
    if found is None:
        return Answer(err=f"unknown help topic: {' '.join(words[len(path) - 1 :])}\n", code=1)
    return _call(*found, ["--help"], program, help_first=True)


def _refusals(spec: CommandSpec, parsed: Parsed) -> str:
    """Flags that need another daemon: one line each."""
    flags = (spec.flag(name) for name in sorted(parsed.given))
    return "".join(f"{reason}\n" for flag in flags if flag and (reason := _refusal(flag)))


def _refusal(flag: Flag) -> str:
    if not shown_api(flag.since):
        return f'"--{flag.name}" requires API version {flag.since}, but the Docker daemon API version is {API_VERSION}'
    if flag.platform:
        where = f"a Docker daemon running on {flag.platform}, but the Docker daemon is running on linux"
        return f'"--{flag.name}" is only supported on {where}'
    if flag.experimental:
        return f'"--{flag.name}" is only supported on a Docker daemon with experimental features enabled'
    return ""


def _notices(spec: CommandSpec, parsed: Parsed) -> str:
    flags = [flag for name in parsed.given if (flag := spec.flag(name)) and flag.deprecated]
    return "".join(f"Flag --{flag.name} has been deprecated, use --{flag.alias_of} instead\n" for flag in flags)


def _request(spec: CommandSpec, parsed: Parsed, called_as: str) -> Request | None:
    if not spec.request:
        return None
    given: set[str] = set()
    fields: dict[str, Any] = {flag.field: parsed.values[flag.name] for flag in spec.flags if not flag.alias_of}
    fields.pop("help", None)
    for name in parsed.given:
        flag = spec.flag(name)
        given.add(flag.alias_of or name if flag else name)
        if flag and flag.alias_of:
            field = flag.alias_of.replace("-", "_")
            fields[field] = fields[field] + parsed.values[name] if flag.repeats else parsed.values[name]
    words = list(parsed.operands)
    for operand in spec.operands:
        if operand.many:
            fields[operand.field], words = tuple(words), []
        else:
            fields[operand.field] = words.pop(0) if words else None
    module, _, name = spec.request.partition(":")
    request: Request = getattr(import_module(module), name)(given=frozenset(given), called_as=called_as, **fields)
    return request
