"""What the Docker CLI 28 prints for a command line that it cannot read.

Its odd spots are kept: `SRun '…` after too many arguments, `See '…` after too few.
"""

from __future__ import annotations

from dockkernel.commands.spec import CommandSpec

FLAG_EXIT = 125
"""Exit code of a wrong flag."""


def usage_line(spec: CommandSpec, shown: str) -> str:
    """The command and what may follow it: `docker image ls [OPTIONS] [REPOSITORY[:TAG]]`."""
    return f"{shown} {spec.usage}".rstrip()


def flag_error(message: str, usage: str, shown: str) -> str:
    """The text for a wrong flag."""
    return f"{message}\n\nUsage:  {usage}\n\nRun '{shown} --help' for more information\n"


def unknown_command(program: str, shown: str, word: str, usage: str = "") -> str:
    """The text for a word that names no command in `shown`, a group with its line `usage`, or `program` at the top."""
    if shown == program:
        return f"{program}: unknown command: {program} {word}\n\nRun '{program} --help' for more information\n"
    where = f"\n\nUsage:  {usage}\n\nRun '{shown} --help' for more information\n"
    return f"{program}: unknown command: {shown} {word}{where}"


def argument_error(program: str, spec: CommandSpec, shown: str, count: int) -> str | None:
    """The text for a wrong number of operands, or None where `count` is right."""
    low, high = spec.minimum, spec.maximum
    if count >= low and (high is None or count <= high):
        return None
    if spec.terse:
        return f"accepts {low} arg(s), received {count}\n"
    verb = "Run"
    if high is None:
        rule, verb = f"requires at least {_arguments(low)}", "See"
    elif high == 0:
        rule = "accepts no arguments"
    elif low == high:
        rule = f"requires {_arguments(low)}"
    elif low == 0:
        rule, verb = f"requires at most {_arguments(high)}", "SRun"
    else:
        rule = f"requires at least {low} and at most {_arguments(high)}"
    hint = f"{verb} '{shown} --help' for more information"
    return f"{program}: '{shown}' {rule}\n\nUsage:  {usage_line(spec, shown)}\n\n{hint}\n"


def plugin_flag_error(message: str, shown: str) -> str:
    """The text of a plugin, which speaks as the client did before version 28, for a wrong flag."""
    return f"{message}\nSee '{shown} --help'.\n"


def plugin_argument_error(spec: CommandSpec, shown: str, count: int) -> str | None:
    """As `argument_error`, in a plugin's words."""
    low, high = spec.minimum, spec.maximum
    if count >= low and (high is None or count <= high):
        return None
    if high is None:
        rule = f"requires at least {_arguments(low)}"
    elif high == 0:
        rule = "accepts no arguments"
    elif low == high:
        rule = f"requires exactly {_arguments(low)}"
    else:
        rule = f"requires at most {_arguments(high)}"
    return f"ERROR: \"{shown}\" {rule}.\nSee '{shown} --help'.\n\nUsage:  {usage_line(spec, shown)}\n\n{spec.short}\n"


def _arguments(count: int) -> str:
    return f"{count} argument" + ("" if count == 1 else "s")
