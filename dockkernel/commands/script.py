"""A docker cell's script: which of it is plain enough to run in this process, and whether it is complete.

Plain is: docker commands and a handful of builtins, joined by line ends, `;`, `&&` and `||`, with quotes, variables,
`$(…)` of the same and patterns of file names. Everything else is left to a real shell as a whole, so that no script is
half understood.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal as OneOf

from dockkernel.commands.shell_lex import Literal, Opaque, Operator, Part, Substitution, Token, Unfinished, Word, tokens

BUILTINS = frozenset({":", "cd", "echo", "exit", "export", "false", "pwd", "true", "unset"})
_ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=")
_BRACES = re.compile(r"\{[^{}\s]*(,|\.\.)[^{}\s]*\}")
_OPENERS = {"if": "fi", "for": "done", "while": "done", "until": "done", "select": "done", "case": "esac", "{": "}"}
_INNER = frozenset({"then", "else", "elif", "do", "!", "time"})

Status = OneOf["complete", "incomplete", "invalid"]


class NotPlain(Exception):
    """The script needs a real shell; says for what."""


@dataclass(frozen=True, slots=True)
class Argument:
    """One word to expand; substitutions in it are scripts already read."""

    parts: tuple[Part | Script, ...]
    quoted: frozenset[int] = frozenset()
    """Positions in `parts` of the substitutions that stand in double quotes."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """`NAME=value`."""

    name: str
    value: Argument


@dataclass(frozen=True, slots=True)
class Command:
    """A simple command: assignments for it (or for the shell, without words), then its words."""

    assignments: tuple[Assignment, ...]
    words: tuple[Argument, ...]
    name: str
    line: int


@dataclass(frozen=True, slots=True)
class AndOr:
    """Commands joined by `&&` and `||`; `operators[i]` stands before `commands[i + 1]`."""

    commands: tuple[Command, ...]
    operators: tuple[OneOf["&&", "||"], ...] = ()


@dataclass(frozen=True, slots=True)
class Script:
    """Statements in order."""

    statements: tuple[AndOr, ...]


def read_plain(text: str) -> Script:
    """The script, when all of it is plain. Raises `NotPlain`, also where the text is unfinished or wrong."""
    try:
        return _Reader(tokens(text)).script()
    except Unfinished as error:
        raise NotPlain(f"unfinished {error}") from None


class _Reader:
    """Recursive descent over tokens."""

    def __init__(self, found: tuple[Token, ...]) -> None:
        self.tokens = found
        self.at = 0

    def peek(self) -> Token | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def operator(self, *texts: str) -> str | None:
        token = self.peek()
        if isinstance(token, Operator) and token.text in texts:
            self.at += 1
            return token.text
        return None

    def script(self) -> Script:
        statements = []
        while self.operator("\n"):
            pass
        while self.peek() is not None:
            statements.append(self.and_or())
            if self.peek() is not None and not self.operator(";", "\n"):
                raise NotPlain(f"operator {self.tokens[self.at]}")
            while self.operator("\n"):
                pass
        return Script(tuple(statements))

    def and_or(self) -> AndOr:
        commands, operators = [self.command()], list[OneOf["&&", "||"]]()
        while joint := self.operator("&&", "||"):
            operators.append("&&" if joint == "&&" else "||")
            while self.operator("\n"):
                pass
            commands.append(self.command())
        return AndOr(tuple(commands), tuple(operators))

    def command(self) -> Command:
        words: list[Word] = []
        while isinstance(token := self.peek(), Word):
            words.append(token)
            self.at += 1
        if not words:
            raise NotPlain(f"operator {token}")
        assignments = []
        for word in words:
            assignment = _assignment(word)
            if assignment is None:
                break
            assignments.append(assignment)
        rest = words[len(assignments) :]
        name = _name(rest[0]) if rest else ""
        if rest:
            _check_builtin(name, rest[1:])
        return Command(tuple(assignments), tuple(argument(word) for word in rest), name, words[0].line)


def _name(word: Word) -> str:
    name = word.plain
    if name is None or (name != "docker" and name not in BUILTINS):
        raise NotPlain(f"command {name or '(computed)'}")
    return name


def _check_builtin(name: str, words: list[Word]) -> None:
    first = words[0].plain if words else None
    if name in ("cd", "pwd", "export", "unset") and first and first.startswith("-") and first != "-":
        raise NotPlain(f"option of {name}")
    if name == "echo" and first and re.fullmatch(r"-[neE]+", first) and first != "-n":
        raise NotPlain("option of echo")
    if name == "exit" and len(words) > 1:
        raise NotPlain("arguments of exit")


def _assignment(word: Word) -> Assignment | None:
    first = word.parts[0] if word.parts else None
    if not isinstance(first, Literal) or first.quoted:
        return None
    match = _ASSIGNMENT.match(first.text)
    if match is None:
        return None
    rest = (Literal(first.text[match.end() :], quoted=False), *word.parts[1:])
    return Assignment(match.group(1), argument(Word(tuple(part for part in rest if part), word.line)))


def argument(word: Word) -> Argument:
    """The word ready to be expanded. Raises `NotPlain` for what only a real shell expands."""
    parts: list[Part | Script] = []
    quoted = set()
    for part in word.parts:
        match part:
            case Opaque():
                raise NotPlain(f"expansion {part.text}")
            case Substitution():
                quoted |= {len(parts)} if part.quoted else set()
                parts.append(_Reader(part.tokens).script())
            case Literal(text, quoted=False) if _BRACES.search(text):
                raise NotPlain("brace expansion")
            case _:
                parts.append(part)
    first = parts[0] if parts else None
    if isinstance(first, Literal) and not first.quoted and re.match(r"~[^/]", first.text):
        raise NotPlain("home of another user")
    return Argument(tuple(parts), frozenset(quoted))


def status(text: str) -> Status:
    """Whether a script could be run as it stands, needs more lines, or can never be right."""
    try:
        found = tokens(text)
    except Unfinished:
        return "incomplete"
    return _structure(found)


def _structure(found: tuple[Token, ...]) -> Status:
    """Follows keywords at command position and brackets; enough to tell an open construct from a closed one."""
    waiting: list[str] = []
    ready, previous = True, ""
    for token in found:
        text = token.text if isinstance(token, Operator) else token.bare or "\0"
        if isinstance(token, Operator):
            if _misplaced(text, ready, previous, waiting):
                return "invalid"
            if text == "(":
                waiting.append(")")
            elif text == ")" and waiting and waiting[-1] == ")":
                waiting.pop()
            ready = text not in ("<", ">", ">>", "<<", "<<-", "<<<", "<&", ">&", "<>", ">|", "&>")
        elif ready and text in _OPENERS:
            waiting.append(_OPENERS[text])
            ready = text not in ("for", "case", "select")
        elif ready and text in _OPENERS.values():
            if not waiting or waiting.pop() != text:
                return "invalid"
            ready = False
        else:
            ready = ready and text in _INNER
        previous = text if not (text == "\n" and previous in ("&&", "||", "|")) else previous
    return "incomplete" if waiting or previous in ("&&", "||", "|") else "complete"


def _misplaced(text: str, ready: bool, previous: str, waiting: list[str]) -> bool:
    """True for an operator that can never stand here: `&& &&`, a `)` that closes nothing."""
    if text in ("&&", "||", "|", ";", "&", ";;") and previous in ("", "&&", "||", "|", ";", "&", "\n"):
        return ready and "esac" not in waiting
    return text == ")" and (not waiting or waiting[-1] not in (")", "esac"))
