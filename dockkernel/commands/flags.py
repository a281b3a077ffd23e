"""Flags as spf13/pflag reads them: clusters, `-eX`, `-e=X`, `--flag=value`, `--rm=false`, `--`; with its messages.

The rules are pflag's documented behaviour (https://pkg.go.dev/github.com/spf13/pflag#hdr-Command_line_flag_syntax)
and what the Docker CLI 28 prints for wrong input.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dockkernel.commands.spec import Flag
from dockkernel.commands.values import empty_value, read_value
from dockkernel.errors import UsageError
from dockkernel.oci.quoting import go_quote, go_rune

_HELP = Flag("help", "bool")


class HelpRequested(Exception):
    """`--help` was given; `deprecated` when it was written `-h`."""

    def __init__(self, *, deprecated: bool = False) -> None:
        super().__init__()
        self.deprecated = deprecated


@dataclass(slots=True)
class Parsed:
    """What the flags say: a value for each flag by its long name, the operands, and which flags were given."""

    values: dict[str, Any]
    operands: list[str] = field(default_factory=list)
    given: list[str] = field(default_factory=list)


def parse_flags(flags: Iterable[Flag], argv: Sequence[str], *, interspersed: bool = True) -> Parsed:
    """Reads `argv`. `UsageError` with pflag's message; `HelpRequested` if all is well and `--help` is among it."""
    return _Parser({flag.name: flag for flag in flags}).run(argv, interspersed)


class _Parser:
    def __init__(self, flags: Mapping[str, Flag]) -> None:
        self._long = {"help": _HELP, **flags}
        self._short = {flag.short: flag for flag in flags.values() if flag.short}
        self._help_short = False
        self._parsed = Parsed({flag.name: empty_value(flag) for flag in flags.values()})
        self._values: dict[str, Any] = {}

    def run(self, argv: Sequence[str], interspersed: bool) -> Parsed:
        """Reads all of `argv`, one pass."""
        rest = list(argv)
        while rest:
            word = rest.pop(0)
            if word == "--":
                self._parsed.operands += rest
                break
            if word.startswith("--"):
                self._long_flag(word, rest)
            elif word.startswith("-") and word != "-":
                self._cluster(word[1:], rest)
            else:
                self._parsed.operands.append(word)
                if not interspersed:
                    self._parsed.operands += rest
                    break
        if self._values.pop("help", False):
            raise HelpRequested(deprecated=self._help_short)
        self._parsed.values.update(self._values)
        return self._parsed

    def _long_flag(self, word: str, rest: list[str]) -> None:
        body = word[2:]
        if body[0] in "-=":
            raise UsageError(f"bad flag syntax: {word}")
        name, equals, value = body.partition("=")
        flag = self._long.get(name)
        if flag is None:
            raise UsageError(f"unknown flag: --{name}")
        if not equals:
            if not flag.takes_value:
                value = "true"
            elif rest:
                value = rest.pop(0)
            else:
                raise UsageError(f"flag needs an argument: --{name}")
        self._set(flag, value)

    def _cluster(self, letters: str, rest: list[str]) -> None:
        while letters:
            letter = letters[0]
            flag = self._short.get(letter)
            if flag is None and letter == "h":
                flag, self._help_short = _HELP, True
            if flag is None:
                raise UsageError(f"unknown shorthand flag: {go_rune(letter)} in -{letters}")
            after = letters[1:]
            if len(after) > 1 and after[0] == "=":
                self._set(flag, after[1:])
                return
            if not flag.takes_value:
                self._set(flag, "true")
                letters = after
                continue
            if not after and not rest:
                raise UsageError(f"flag needs an argument: {go_rune(letter)} in -{letters}")
            self._set(flag, after or rest.pop(0))
            return

    def _set(self, flag: Flag, text: str) -> None:
        try:
            self._values[flag.name] = read_value(flag, text, self._values.get(flag.name))
        except ValueError as error:
            raise UsageError(f'invalid argument {go_quote(text)} for "{flag.label}" flag: {error}') from error
        if flag.name not in self._parsed.given:
            self._parsed.given.append(flag.name)
