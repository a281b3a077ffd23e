"""The flags of an instruction: which there are, of which kind, and what was given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from dockkernel.dockerfile.gotext import suggestion
from dockkernel.dockerfile.source import WordError


class Kind(Enum):
    """What a flag takes: nothing or a truth value, one text, or a text each time it is given."""

    BOOL = "bool"
    TEXT = "text"
    TEXTS = "texts"


@dataclass(slots=True)
class Flags:
    """The values given, by flag name; `used` has the names in order of first use."""

    texts: dict[str, str] = field(default_factory=dict)
    bools: dict[str, bool] = field(default_factory=dict)
    lists: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def used(self) -> tuple[str, ...]:
        """The names of the flags that were given."""
        return (*self.lists, *self.texts, *self.bools)


class FlagError(WordError):
    """What is wrong with a flag; the classic builder of Docker 26 names it without dashes, BuildKit with them."""

    def __init__(self, before: str, name: str, after: str, word: str, near: str | None = None) -> None:
        after += f" (did you mean {near}?)" if near else ""
        super().__init__(f"{before}{name}{after}", word, hint=f"did you mean {near}?" if near else None)
        self.of_buildkit = f"{before}--{name}{after}"
        """The message in BuildKit's words."""


NO_FLAGS: Mapping[str, Kind] = {}
_NONE_GIVEN = Flags()


def read_flags(given: tuple[str, ...], known: Mapping[str, Kind]) -> Flags:
    """Give the values of an instruction's flags.

    Raises ParseError: in the words of Docker 26 (flag names without dashes).
    """
    if not given:
        return _NONE_GIVEN
    flags = Flags()
    for word in given:
        name, equals, value = word[2:].partition("=")
        kind = known.get(name)
        if kind is None:
            raise FlagError("unknown flag: ", name, "", word, suggestion(name, list(known)))
        if kind is not Kind.TEXTS and (name in flags.texts or name in flags.bools):
            raise FlagError("duplicate flag specified: ", name, "", word)
        if (equals and not value and kind is Kind.BOOL) or (not equals and kind is not Kind.BOOL):
            raise FlagError("missing a value on flag: ", name, "", word)
        if kind is Kind.TEXT:
            flags.texts[name] = value
        elif kind is Kind.TEXTS:
            flags.lists[name] = (*flags.lists.get(name, ()), value)
        elif value.lower() in ("", "true", "false"):
            flags.bools[name] = value.lower() != "false"
        else:
            raise FlagError("expecting boolean value for flag ", name, f", not: {value}", word)
    return flags
