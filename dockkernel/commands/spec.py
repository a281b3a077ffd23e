"""The shape of the command table: a command, its flags, its operands. Values only; the commands are in `table*.py`.

Words and layout of help are facts of the Docker CLI 28.2.2's output, which `tests/unit/commands/test_peer_help.py`
compares where that client is installed.
"""

from __future__ import annotations

from dataclasses import dataclass
from keyword import iskeyword
from typing import Literal

API_VERSION = "1.45"
"""The Engine API version that the embedded engine answers like (daemon 26.1)."""

Kind = Literal[
    "bool",
    "string",
    "int",
    "int64",
    "uint16",
    "uint64",
    "decimal",
    "duration",
    "bytes",
    "swap-bytes",
    "list",
    "stringSlice",
    "stringArray",
    "map",
    "stringToString",
    "filter",
    "ulimit",
    "mount",
    "network",
    "gpu-request",
]
"""What a flag takes. `list` repeats, `stringSlice` repeats and splits CSV, `map` is `key=value`, `filter` likewise."""

_REPEATING = frozenset(
    ("list", "stringSlice", "stringArray", "map", "stringToString", "filter", "ulimit", "mount", "network")
)

Source = Literal["", "image", "container", "volume", "network", "context", "object", "file", "command", "search"]
"""What completes a value: names of objects in the store, host files, or nothing."""

Check = Literal[
    "",
    "tag",
    "env",
    "label",
    "host",
    "address",
    "domain",
    "link",
    "stream",
    "device-weight",
    "device-rate",
    "sysctl",
    "cgroup-rule",
    "gpus",
]
"""A further rule for each value of a flag, with its own message."""


@dataclass(frozen=True, slots=True)
class Flag:
    """One flag. `help` holds line ends where Docker's text has them; the default in brackets is added by `help.py`."""

    name: str
    kind: Kind
    help: str = ""
    short: str = ""
    default: str = ""
    """As typed; empty is the kind's zero value."""
    shown: str = ""
    """The word for the value in help, where it is not the kind's own."""
    note: str = ""
    """A default in brackets that help shows though it is the zero value: `[]`, `map[]`."""
    since: str = ""
    """The API version that brought it: above `API_VERSION` it is refused and not shown."""
    hidden: bool = False
    """Accepted, and not in `--help`."""
    alias_of: str = ""
    """The flag whose value this spelling sets."""
    deprecated: bool = False
    """Using it prints a notice that names `alias_of`."""
    platform: str = ""
    """The daemon's system that alone takes it (`windows`)."""
    experimental: bool = False
    """Only on a daemon with experimental features."""
    swarm: bool = False
    """Only on a daemon that is in a swarm."""
    check: Check = ""
    choices: tuple[str, ...] = ()
    """Values to complete; for a filter `key=` and `key=value`."""
    source: Source = ""

    @property
    def field(self) -> str:
        """The request's field: the name with underscores, one more where Python has the word for itself."""
        name = self.name.replace("-", "_")
        return f"{name}_" if iskeyword(name) else name

    @property
    def takes_value(self) -> bool:
        """Whether a value must follow; a bool stands alone."""
        return self.kind != "bool"

    @property
    def repeats(self) -> bool:
        """Whether each use adds a value instead of replacing the last one."""
        return self.kind in _REPEATING

    @property
    def label(self) -> str:
        """The flag as messages name it: `-n, --last` or `--last`."""
        return f"-{self.short}, --{self.name}" if self.short else f"--{self.name}"


@dataclass(frozen=True, slots=True)
class Operand:
    """One argument that is no flag. `many` takes all that are left (a tuple), `optional` may be missing (None)."""

    field: str
    source: Source = ""
    optional: bool = False
    many: bool = False


@dataclass(frozen=True, slots=True)
class CommandSpec:
    """One command: everything that parsing, help, completion and the reference page need to know of it."""

    path: tuple[str, ...]
    """Where it is at home: `("image", "ls")`."""
    usage: str
    """What follows the command in its usage line: `[OPTIONS] [REPOSITORY[:TAG]]`."""
    short: str
    """One line of help."""
    flags: tuple[Flag, ...] = ()
    operands: tuple[Operand, ...] = ()
    spellings: tuple[tuple[str, ...], ...] = ()
    """Other paths to it, as help lists them: `("image", "list")`, `("images",)`."""
    quiet_spellings: tuple[tuple[str, ...], ...] = ()
    """Paths that work and that no help lists."""
    request: str = ""
    """Import string of the request class, `module:Name`."""
    handler: str = ""
    """Import string of `(session, request) -> exit code`; empty: not on the embedded engine (yet)."""
    interspersed: bool = True
    """False: flags end at the first operand (`run`, `exec`)."""
    runs_container: bool = False
    """Daemon errors are told as `docker run` tells them, with exit code 125."""
    long: str = ""
    """Help text where it is more than `short`."""
    terse: bool = False
    """A wrong number of operands is told in cobra's own words, without the usage."""
    hidden: bool = False
    since: str = ""
    """As for a flag."""
    swarm: bool = False
    """Only on a daemon that is in a swarm."""
    experimental_client: bool = False
    """Help says that it is experimental."""

    @property
    def name(self) -> str:
        """The last word of the path."""
        return self.path[-1]

    @property
    def minimum(self) -> int:
        """The least number of operands."""
        return sum(not operand.optional for operand in self.operands)

    @property
    def maximum(self) -> int | None:
        """The greatest number of operands, None for any."""
        return None if any(operand.many for operand in self.operands) else len(self.operands)

    def flag(self, name: str) -> Flag | None:
        """The flag with this long name."""
        return next((flag for flag in self.flags if flag.name == name), None)


@dataclass(frozen=True, slots=True)
class Group:
    """A word that only holds commands: `docker image`. `module` holds them; without one none of them is here."""

    name: str
    short: str
    module: str = ""
    usage: str = ""
    """What follows the word in the usage line of messages."""
    long: str = ""
    """Help text where it is more than `short`."""
    plugin: bool = False
    """A plugin of Docker's client: it answers wrong lines in a way of its own, and `docker --help` does not list it."""


def shown_api(since: str) -> bool:
    """Whether the engine's API version has what came with `since`."""
    return not since or _version(since) <= _version(API_VERSION)


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("."))
