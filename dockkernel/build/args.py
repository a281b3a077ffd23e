"""Build arguments: which ARG is in scope where, and what value it has (Dockerfile reference, "Using ARG variables").

An ARG before the first FROM can be seen by FROM lines only; a stage sees what it declares itself, and a declaration
without a default takes the value from before the first FROM. What `--build-arg` gives wins over defaults.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

PREDEFINED = frozenset(
    name
    for proxy in ("HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY")
    for name in (proxy, proxy.lower())
)
"""Arguments that need no ARG. Undeclared, they reach a RUN but neither its history line nor its cache key."""

Values = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Args:
    """The arguments at one place of a Dockerfile; None is a declaration without a value."""

    given: Values = field(default_factory=dict)
    """What `--build-arg` gave; None for a bare name that the environment does not have."""
    before: Values = field(default_factory=dict)
    """Declared before the first FROM."""
    declared: Values = field(default_factory=dict)
    """Declared in this stage."""
    used: frozenset[str] = frozenset()
    """Every name that was declared anywhere so far."""

    def declare(self, name: str, value: str | None) -> Args:
        """With an ARG of this stage (or, while no stage has begun, one that only counts until then)."""
        return replace(self, declared={**self.declared, name: value}, used=self.used | {name})

    def declare_before(self, name: str, value: str | None) -> Args:
        """With an ARG that stands before the first FROM."""
        return replace(self.declare(name, value), before={**self.before, name: value})

    def begin_stage(self) -> Args:
        """As a new stage sees them."""
        return replace(self, declared={})

    def in_from(self) -> dict[str, str]:
        """The values that a FROM line sees."""
        return self._values(self.before)

    def in_stage(self) -> dict[str, str]:
        """The values that the instructions of the stage see."""
        return self._values(self.declared)

    def environment(self, env: tuple[str, ...]) -> tuple[str, ...]:
        """`NAME=value` for every argument in scope that no ENV variable hides, sorted."""
        hidden = {entry.partition("=")[0] for entry in env}
        return tuple(sorted(f"{name}={value}" for name, value in self.in_stage().items() if name not in hidden))

    def recorded(self, environment: tuple[str, ...]) -> tuple[str, ...]:
        """The part of `environment` that history and cache key show: all but undeclared predefined arguments."""
        return tuple(
            entry
            for entry in environment
            if (name := entry.partition("=")[0]) in self.declared or name not in PREDEFINED
        )

    def unused(self) -> tuple[str, ...]:
        """What was given and never declared, sorted."""
        return tuple(sorted(name for name in self.given if name not in self.used and name not in PREDEFINED))

    def _values(self, scope: Values) -> dict[str, str]:
        values = {name: self._value(name, scope) for name in (*scope, *sorted(PREDEFINED - scope.keys()))}
        return {name: value for name, value in values.items() if value is not None}

    def _value(self, name: str, scope: Values) -> str | None:
        if self.given.get(name) is not None:
            return self.given[name]
        default = scope.get(name)
        return self.before.get(name) if default is None else default
