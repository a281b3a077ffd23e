"""`--help`: the layout of the Docker CLI 28 from the command table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dockkernel.commands.spec import CommandSpec, Flag, shown_api
from dockkernel.commands.table import (
    COMMON,
    GLOBAL_FLAGS,
    GROUPS,
    HIDDEN_GROUPS,
    HOMES,
    PLUGIN_FLAGS,
    SWARM_GROUPS,
    find,
    group_commands,
    in_plugin,
)

_WIDTH = 79
_SHORTEST_COLUMN = 24
_SLOP = 5
_SHOWN_KINDS = {
    "bool": "",
    "int64": "int",
    "uint64": "uint",
    "stringSlice": "strings",
    "swap-bytes": "bytes",
}
_HIDDEN = "\nExperimental commands and flags are hidden. Set BUILDX_EXPERIMENTAL=1 to show them.\n"
_EXPERIMENTAL = """
EXPERIMENTAL:
  {shown} is an experimental feature.
  Experimental features provide early access to product functionality. These
  features may change between releases without warning, or can be removed from a
  future release. Learn more about experimental features in our documentation:
  https://docs.docker.com/go/experimental/
"""


def command_help(spec: CommandSpec, shown: str) -> str:
    """`docker image ls --help`; `shown` is the command as typed."""
    program = shown.partition(" ")[0]
    text = f"Usage:  {shown} {spec.usage}".rstrip() + f"\n\n{spec.long or spec.short}\n"
    if spec.experimental_client:
        text += _EXPERIMENTAL.format(shown=shown)
    if spec.spellings:
        names = ", ".join(" ".join((program, *path)) for path in (spec.path, *spec.spellings))
        text += f"\nAliases:\n  {names}\n"
    flags = visible_flags(spec.flags)
    text += f"\nOptions:\n{flag_lines(flags)}" if flags else ""
    return text + (_HIDDEN if in_plugin(spec) else "")


def group_help(name: str, program: str = "docker") -> str:
    """`docker image`: what a group holds."""
    group = GROUPS[name]
    shown = f"{program} {name}"
    if group.plugin:
        return _plugin_help(name, shown)
    commands = [(spec.name, spec.short) for spec in group_commands(name) if not spec.swarm]
    text = f"Usage:  {shown} COMMAND\n\n{group.long or group.short}\n"
    if name == "manifest":
        text += _EXPERIMENTAL.format(shown=shown)
    text += f"\nCommands:\n{_listed(commands, 11)}"
    return f"{text}\nRun '{shown} COMMAND --help' for more information on a command.\n"


def _plugin_help(name: str, shown: str) -> str:
    """The group of a plugin, which has a flag of its own and another group in it."""
    commands = {spec.name: spec for spec in group_commands(name)}
    groups = [(word, spec.short) for word, spec in commands.items() if spec.usage == "COMMAND"]
    others = [(word, spec.short) for word, spec in commands.items() if spec.usage != "COMMAND"]
    text = f"Usage:  {shown} {GROUPS[name].usage}\n\n{GROUPS[name].long}\n\nOptions:\n{flag_lines(PLUGIN_FLAGS)}"
    text += f"\nManagement Commands:\n{_listed(groups, 11)}\nCommands:\n{_listed(others, 11)}"
    return f"{text}\nRun '{shown} COMMAND --help' for more information on a command.\n{_HIDDEN}"


def root_help(program: str = "docker") -> str:
    """`docker --help`."""
    tops = {name: found[0].short for name in HOMES if (found := find((name,)))}
    listed = {name: group for name, group in GROUPS.items() if name not in HIDDEN_GROUPS and not group.plugin}
    groups = {name: group.short for name, group in listed.items()}
    sections = (
        ("Common Commands", [(name, tops.pop(name)) for name in COMMON]),
        ("Management Commands", sorted((n, s) for n, s in groups.items() if n not in SWARM_GROUPS)),
        ("Swarm Commands", sorted((n, s) for n, s in groups.items() if n in SWARM_GROUPS)),
        ("Commands", sorted(tops.items())),
    )
    text = f"Usage:  {program} [OPTIONS] COMMAND\n\nA self-sufficient runtime for containers\n"
    text += "".join(f"\n{title}:\n{_listed(commands, 11)}" for title, commands in sections)
    text += f"\nGlobal Options:\n{flag_lines(GLOBAL_FLAGS)}"
    text += f"\nRun '{program} COMMAND --help' for more information on a command.\n"
    return text + "\nFor more help on how to use Docker, head to https://docs.docker.com/go/guides/\n"


def _listed(commands: Iterable[tuple[str, str]], width: int) -> str:
    return "".join(f"  {name:<{width}} {short}\n" for name, short in commands)


def visible_flags(flags: Iterable[Flag]) -> list[Flag]:
    """The flags that help shows for the engine's API version, by name."""
    shown = (
        flag
        for flag in flags
        if shown_api(flag.since) and not (flag.hidden or flag.platform or flag.experimental or flag.swarm)
    )
    return sorted(shown, key=lambda flag: flag.name)


def flag_lines(flags: Sequence[Flag], width: int = _WIDTH) -> str:
    """The flags in two columns, texts wrapped to `width` columns as pflag wraps them."""
    heads = [_head(flag) for flag in flags]
    column = max(len(head) for head in heads) + 3
    return "".join(
        f"{head:<{column}}{_wrapped(_text(flag), column, width)}\n" for head, flag in zip(heads, flags, strict=True)
    )


def value_word(flag: Flag) -> str:
    """The word for the flag's value in help, empty for a bool."""
    return flag.shown or _SHOWN_KINDS.get(flag.kind, flag.kind)


def _head(flag: Flag) -> str:
    short = f"-{flag.short}, " if flag.short else "    "
    return f"  {short}--{flag.name} {value_word(flag)}".rstrip()


def _text(flag: Flag) -> str:
    if flag.note:
        return f"{flag.help} (default {flag.note})"
    if not flag.default:
        return flag.help
    return f"{flag.help} (default " + (f'"{flag.default}")' if flag.kind == "string" else f"{flag.default})")


def _wrapped(text: str, indent: int, width: int) -> str:
    room = width - indent
    margin = "\n" + " " * indent
    lead = ""
    if room < _SHORTEST_COLUMN:
        indent, lead = 16, "\n" + " " * 16
        room, margin = width - indent, lead
    pieces = []
    while text:
        piece, text = _first_line(text, room - _SLOP)
        pieces.append(piece.replace("\n", margin))
    return lead + margin.join(pieces)


def _first_line(text: str, room: int) -> tuple[str, str]:
    """A first line of at most `room` characters and the rest; a little over is no reason to break."""
    if room + _SLOP > len(text):
        return text, ""
    cut = max(text.rfind(blank, 0, room) for blank in " \t\n")
    if cut <= 0:
        return text, ""
    newline = text.rfind("\n", 0, room)
    if 0 < newline < cut:
        cut = newline
    return text[:cut], text[cut + 1 :]
