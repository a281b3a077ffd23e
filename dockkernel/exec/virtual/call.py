"""What one of our commands gets: arguments, environment, streams, files; and how it says things."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from dockkernel.exec.virtual.access import join
from dockkernel.exec.virtual.files import Files
from dockkernel.exec.virtual.messages import Speech

if TYPE_CHECKING:
    from dockkernel.exec.virtual.machine import Machine


class Source(Protocol):
    """A stream of bytes to read."""

    async def chunk(self) -> bytes:
        """The next bytes, empty at the end."""
        ...


class Sink(Protocol):
    """A stream of bytes to write."""

    async def write(self, data: bytes) -> None:
        """Waits until the bytes are taken; `BrokenPipeError` when nobody reads them."""
        ...


class Given:
    """A source over bytes in memory; what is left over stays for the next reader."""

    def __init__(self, data: bytes = b"") -> None:
        self._data = data

    async def chunk(self) -> bytes:
        """All that is left."""
        data, self._data = self._data, b""
        return data


class Gathered:
    """A sink that keeps the bytes."""

    def __init__(self) -> None:
        self.data = bytearray()

    async def write(self, data: bytes) -> None:
        """Keeps them."""
        self.data += data


async def read_all(source: Source) -> bytes:
    """Everything up to the end."""
    parts = []
    while part := await source.chunk():
        parts.append(part)
    return b"".join(parts)


class Failure(Exception):
    """A command ends with one line on stderr, its name before it."""

    def __init__(self, text: str, code: int = 1) -> None:
        super().__init__(text)
        self.text = text
        self.code = code


class Misuse(Failure):
    """The command line is wrong; GNU's programs then point to their help."""


@dataclass(slots=True)
class Call:
    """One run of one of our commands."""

    machine: Machine
    name: str
    argv: list[str]
    """Without the name."""
    env: Mapping[str, str]
    cwd: str
    stdin: Source
    stdout: Sink
    stderr: Sink
    program: str = ""
    """The path of the program's file."""
    failed: bool = False
    """Whether `error` was called: most commands then end with 1."""
    _pending: list[tuple[bool, bytes]] = field(default_factory=list)

    @property
    def files(self) -> Files:
        """The file system."""
        return self.machine.files

    @property
    def speech(self) -> Speech:
        """The family of programs it belongs to."""
        return self.machine.speech

    def at(self, path: str) -> str:
        """The absolute path of an argument."""
        return join(self.cwd, path)

    def out(self, text: str | bytes) -> None:
        """Writes to stdout, at the latest when the command ends."""
        self._pending.append((False, _encoded(text)))

    def error(self, text: str) -> None:
        """One line on stderr, the command's name before it; the command has failed."""
        self.failed = True
        self._pending.append((True, _encoded(f"{self.name}: {text}\n")))

    def warn(self, text: str) -> None:
        """Raw text on stderr."""
        self._pending.append((True, _encoded(text)))

    def drop(self) -> None:
        """Forgets what stdout was still to get: it takes no more."""
        self._pending = [(to_error, data) for to_error, data in self._pending if to_error]

    def status(self) -> int:
        """1 after an error, else 0."""
        return 1 if self.failed else 0

    async def flush(self) -> None:
        """Sends what was said, in order."""
        pending, self._pending = self._pending, []
        at = 0
        while at < len(pending):
            to_error = pending[at][0]
            end = at
            while end < len(pending) and pending[end][0] == to_error:
                end += 1
            await (self.stderr if to_error else self.stdout).write(b"".join(data for _, data in pending[at:end]))
            at = end


Tool = Callable[[Call], int | Awaitable[int]]
"""A command: gets its call, gives the exit code; raises `Failure`."""

Tools = Mapping[str, Tool]


def _encoded(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")


@dataclass(frozen=True, slots=True)
class Parsed:
    """Flags and operands of a command line."""

    flags: Mapping[str, str]
    """Each flag that was given, with its last value, empty for one without a value."""
    rest: list[str]
    order: tuple[tuple[str, str], ...] = ()
    """Every flag as it was given."""

    def __contains__(self, flag: object) -> bool:
        return flag in self.flags

    def get(self, *names: str) -> str | None:
        """The value of the first of these that was given."""
        return next((self.flags[name] for name in names if name in self.flags), None)

    def has(self, *names: str) -> bool:
        """Whether one of these was given."""
        return any(name in self.flags for name in names)


def misuse_code(call: Call) -> int:
    """What a wrong command line ends with."""
    return 2 if call.name in {"ls", "tar", "useradd", "usermod"} and not call.speech.busybox else 1


def parse(
    call: Call, spec: str, long: Sequence[str] = (), *, argv: list[str] | None = None, permute: bool = True
) -> Parsed:
    """Reads flags as getopt(3) does: `spec` as there (`"m:pv"`), `long` as `name` or `name=`; `Misuse`.

    A long flag that says the same as a short one may be written `name|m`.
    """
    known = {name.split("|")[0].rstrip("="): name for name in long}
    order: list[tuple[str, str]] = []
    rest: list[str] = []
    todo = list(call.argv if argv is None else argv)
    while todo:
        word = todo.pop(0)
        if word == "--":
            rest += todo
            break
        if word.startswith("--") and long:
            order.append(_long(call, word[2:], known, todo))
        elif word.startswith("-") and len(word) > 1 and not (word[1:].isdigit() and word[1] not in spec):
            order += _cluster(call, word[1:], spec, todo)
        else:
            rest.append(word)
            if not permute:
                rest += todo
                break
    return Parsed(dict(order), rest, tuple(order))


def _long(call: Call, word: str, known: Mapping[str, str], todo: list[str]) -> tuple[str, str]:
    name, equals, value = word.partition("=")
    matches = [one for one in known if one == name] or [one for one in known if one.startswith(name)]
    if len(matches) != 1:
        busybox = f"unrecognized option: {name}"
        raise Misuse(busybox if call.speech.busybox else f"unrecognized option '--{name}'", misuse_code(call))
    declared = known[matches[0]]
    short = declared.partition("|")[2].rstrip("=") or matches[0]
    if declared.endswith("="):
        if not equals:
            if not todo:
                raise Misuse(f"option '--{name}' requires an argument", misuse_code(call))
            value = todo.pop(0)
        return short, value
    return short, value


def _cluster(call: Call, letters: str, spec: str, todo: list[str]) -> list[tuple[str, str]]:
    found = []
    for index, letter in enumerate(letters):
        at = spec.find(letter)
        if at < 0 or letter == ":":
            raise Misuse(f"invalid option -- '{letter}'", misuse_code(call))
        if spec[at + 1 : at + 2] == ":":
            value = letters[index + 1 :]
            if not value:
                if not todo:
                    raise Misuse(f"option requires an argument -- '{letter}'", misuse_code(call))
                value = todo.pop(0)
            found.append((letter, value))
            break
        found.append((letter, ""))
    return found
