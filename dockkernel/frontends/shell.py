"""The plain shell: runs a `Script` in this process, so that its docker commands stream and need no other program.

It does what bash would do with the same text under `set -e`: a failing command ends the script, unless it stands before
`&&` or `||`. Expansion follows POSIX.1-2024, Shell Command Language, 2.6.
"""

from __future__ import annotations

import glob
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dockkernel.commands.events import Err, Event, Out, Sink
from dockkernel.commands.script import AndOr, Argument, Assignment, Command, Script
from dockkernel.commands.shell_lex import Literal, Variable
from dockkernel.frontends.place import Outcome, Place, RunDocker

_SPACE = re.compile(r"[ \t\n]+")


class _Exit(Exception):
    """The script ends here with this code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


@dataclass(slots=True)
class Capture:
    """A sink that keeps standard output as bytes and lets standard error through; pictures and progress are dropped."""

    outer: Sink
    data: bytearray = field(default_factory=bytearray)

    def emit(self, event: Event) -> None:
        """Takes one event."""
        if isinstance(event, Out):
            self.data += event.data if isinstance(event.data, bytes) else event.data.encode("utf-8", "surrogateescape")
        elif isinstance(event, Err):
            self.outer.emit(event)


@dataclass(slots=True)
class PlainShell:
    """One script's run. `place` is changed by `cd` and `export`; other variables end with the script."""

    docker: RunDocker
    place: Place
    sink: Sink
    variables: dict[str, str] = field(default_factory=dict)
    status: int = 0
    substituted: int = 0
    """Exit code of the last substitution."""
    command: str = ""

    def run(self, script: Script) -> Outcome:
        """Runs to the end or to the first failure. `KeyboardInterrupt` passes through."""
        try:
            self._statements(script)
        except _Exit as end:
            self.status = end.code
        return Outcome(self.status, self.command)

    def _statements(self, script: Script) -> None:
        for statement in script.statements:
            if self._and_or(statement):
                raise _Exit(self.status)

    def _and_or(self, statement: AndOr) -> bool:
        """Runs one statement; True when it failed in a way that ends the script."""
        self.status = self._run(statement.commands[0])
        ran = 0
        for number, (operator, command) in enumerate(zip(statement.operators, statement.commands[1:], strict=True), 1):
            if (self.status == 0) == (operator == "&&"):
                self.status = self._run(command)
                ran = number
        return self.status != 0 and ran == len(statement.commands) - 1

    def _run(self, command: Command) -> int:
        words = self._words(command.words)
        if not words:
            return self._assign(command.assignments)
        self.command = shlex.join(words)
        place = self.place
        if command.assignments:
            place = place.copy()
            place.env.update((assignment.name, self._value(assignment)) for assignment in command.assignments)
        if words[0] == "docker":
            return self.docker(words[1:], place, self.sink)
        return self._builtin(words[0], words[1:])

    def _assign(self, assignments: Sequence[Assignment]) -> int:
        """Sets variables of the shell; fails when the last substitution in the values did."""
        self.substituted = 0
        for assignment in assignments:
            value = self._value(assignment)
            target = self.place.env if assignment.name in self.place.env else self.variables
            target[assignment.name] = value
        return self.substituted

    def _lookup(self, name: str) -> str:
        if name == "?":
            return str(self.status)
        if name == "PWD":
            return str(self.place.cwd)
        found = self.variables.get(name)
        return self.place.env.get(name, "") if found is None else found

    def _substitute(self, script: Script) -> str:
        """The output of a subshell, without the line ends at its end."""
        capture = Capture(self.sink)
        inner = PlainShell(self.docker, self.place.copy(), capture, dict(self.variables), self.status)
        self.status = self.substituted = inner.run(script).exit_code
        if self.status:
            self.command = inner.command
        return bytes(capture.data).decode("utf-8", "surrogateescape").replace("\0", "").rstrip("\n")

    def _words(self, arguments: Sequence[Argument]) -> list[str]:
        fields = _Fields(self.place.cwd)
        for argument in arguments:
            for number, part in enumerate(argument.parts):
                if isinstance(part, Literal):
                    text = self._home(part) if number == 0 else part.text
                    fields.add(text, quoted=part.quoted)
                elif isinstance(part, Variable):
                    fields.expand(self._lookup(part.name), quoted=part.quoted)
                elif isinstance(part, Script):
                    fields.expand(self._substitute(part), quoted=number in argument.quoted)
            fields.close()
        return fields.done

    def _value(self, assignment: Assignment) -> str:
        texts = []
        for number, part in enumerate(assignment.value.parts):
            if isinstance(part, Literal):
                texts.append(self._home(part) if number == 0 else part.text)
            elif isinstance(part, Variable):
                texts.append(self._lookup(part.name))
            elif isinstance(part, Script):
                texts.append(self._substitute(part))
        return "".join(texts)

    def _home(self, part: Literal) -> str:
        if part.quoted or not (part.text == "~" or part.text.startswith("~/")):
            return part.text
        return self._lookup("HOME") + part.text[1:] if self._lookup("HOME") else part.text

    def _builtin(self, name: str, words: list[str]) -> int:
        match name:
            case "echo":
                newline = "" if words[:1] == ["-n"] else "\n"
                self.sink.emit(Out(" ".join(words[1:] if not newline else words) + newline))
            case "pwd":
                self.sink.emit(Out(f"{self.place.cwd}\n"))
            case "cd":
                return self._change_folder(words)
            case "export":
                return self._export(words)
            case "unset":
                for word in words:
                    self.variables.pop(word, None)
                    self.place.env.pop(word, None)
            case "exit":
                if words and not re.fullmatch(r"[0-9]+", words[0]):
                    self.sink.emit(Err(f"exit: {words[0]}: numeric argument required\n"))
                    raise _Exit(2)
                raise _Exit(int(words[0]) & 0xFF if words else self.status)
            case "false":
                return 1
        return 0

    def _export(self, words: list[str]) -> int:
        code = 0
        for word in words:
            name, equals, value = word.partition("=")
            if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
                self.sink.emit(Err(f"export: `{word}': not a valid identifier\n"))
                code = 1
            elif equals:
                self.variables.pop(name, None)
                self.place.env[name] = value
            elif name in self.variables:
                self.place.env[name] = self.variables.pop(name)
        return code

    def _change_folder(self, words: list[str]) -> int:
        if len(words) > 1:
            self.sink.emit(Err("cd: too many arguments\n"))
            return 1
        wanted = words[0] if words else self._lookup("HOME")
        if not wanted or wanted == "-":
            name = "OLDPWD" if wanted else "HOME"
            wanted = self._lookup(name)
            if not wanted:
                self.sink.emit(Err(f"cd: {name} not set\n"))
                return 1
        if words == ["-"]:
            self.sink.emit(Out(f"{wanted}\n"))
        target = self.place.cwd / wanted
        try:
            target = target.resolve(strict=True)
            next(target.iterdir(), None)
        except OSError as error:
            self.sink.emit(Err(f"cd: {wanted}: {error.strerror}\n"))
            return 1
        self.place.env["OLDPWD"], self.place.cwd = str(self.place.cwd), target
        return 0


@dataclass(slots=True)
class _Fields:
    """Words under expansion: field splitting, then patterns of file names."""

    cwd: Path
    done: list[str] = field(default_factory=list)
    text: str | None = None
    pattern: str = ""
    magic: bool = False

    def add(self, text: str, *, quoted: bool) -> None:
        """More text for the word that is open."""
        self.text = (self.text or "") + text
        self.pattern += glob.escape(text) if quoted else text
        self.magic = self.magic or (not quoted and glob.has_magic(text))

    def expand(self, text: str, *, quoted: bool) -> None:
        """The result of an expansion; unquoted, it is split into fields at blanks."""
        if quoted:
            self.add(text, quoted=True)
            return
        for number, piece in enumerate(_SPACE.split(text)):
            if number:
                self.close()
            if piece:
                self.add(piece, quoted=False)

    def close(self) -> None:
        """Ends the word: as the names that match its pattern, or as it stands where none does."""
        if self.text is None:
            return
        # Not Path.glob: the shell's patterns leave out names that begin with a dot, and may be absolute.
        found = sorted(glob.glob(self.pattern, root_dir=self.cwd)) if self.magic else []  # noqa: PTH207
        self.done += found or [self.text]
        self.text, self.pattern, self.magic = None, "", False
