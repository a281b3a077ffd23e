"""The `--filter` values of one command."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Filters:
    """`key=value` pairs in the order given; keys are lower-case, blanks around both are cut off."""

    pairs: tuple[tuple[str, str], ...] = ()

    def get(self, key: str) -> tuple[str, ...]:
        """All values given for `key`, each once."""
        return tuple(dict.fromkeys(value for name, value in self.pairs if name == key))

    def keys(self) -> tuple[str, ...]:
        """The keys given, in order, each once."""
        return tuple(dict.fromkeys(name for name, _ in self.pairs))

    def __bool__(self) -> bool:
        return bool(self.pairs)


NO_FILTERS = Filters()
"""None given."""
