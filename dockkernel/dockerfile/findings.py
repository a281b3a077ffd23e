"""What the build checks share: which rules speak, what is known besides the file, and the warnings found so far."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from dockkernel.dockerfile.gotext import BLANKS, parse_bool
from dockkernel.dockerfile.parser import parse_directive
from dockkernel.dockerfile.rules import LintRule
from dockkernel.dockerfile.source import LintWarning, Span
from dockkernel.errors import ParseError
from dockkernel.fs.ignore import IgnorePatterns
from dockkernel.oci.platform import Platform
from dockkernel.oci.quoting import go_quote


@dataclass(frozen=True, slots=True)
class CheckOptions:
    """Which rules speak, and whether a warning is an error: `skip=A,B;error=true;experimental=all`."""

    skip_all: bool = False
    skip: frozenset[str] = frozenset()
    experimental_all: bool = False
    experimental: frozenset[str] = frozenset()
    error: bool = False

    @classmethod
    def parse(cls, text: str) -> CheckOptions:
        """Give the options that a `check` directive's value spells; only its first word counts.

        Raises ParseError: `invalid check option …`.
        """
        options = cls()
        text = text.partition(" ")[0].strip(BLANKS)
        for part in text.split(";", 2) if text else ():
            key, equals, value = part.partition("=")
            key, value = key.strip(BLANKS), value.strip(BLANKS)
            if not equals:
                raise ParseError(f"invalid check option {go_quote(part)}")
            if key == "error":
                truth = parse_bool(value)
                if truth is None:
                    why = f"strconv.ParseBool: parsing {go_quote(value)}: invalid syntax"
                    raise ParseError(f"failed to parse check option {go_quote(part)}: {why}")
                options = replace(options, error=truth)
            elif key in ("skip", "experimental"):
                names = frozenset(name.strip(BLANKS) for name in value.split(","))
                every = {f"{key}_all": True} if value == "all" else {key: names}
                options = replace(options, **every)
            else:
                raise ParseError(f"invalid check option {go_quote(key)}")
        return options

    def allows(self, rule: LintRule) -> bool:
        """Tell whether the rule speaks."""
        if rule.experimental:
            return self.experimental_all or rule.name in self.experimental
        return not self.skip_all and rule.name not in self.skip

    def with_comments(self, comments: Iterable[str]) -> CheckOptions:
        """Give the options for one instruction, whose comments may say more; one that cannot be read says nothing."""
        for comment in comments:
            name, value = parse_directive(comment) or ("", "")
            if name != "check":
                continue
            try:
                more = CheckOptions.parse(value)
            except ParseError:
                return self
            return CheckOptions(
                self.skip_all or more.skip_all,
                self.skip | more.skip,
                self.experimental_all or more.experimental_all,
                self.experimental | more.experimental,
                self.error,
            )
        return self


@dataclass(frozen=True, slots=True)
class BaseImage:
    """What a base image's configuration tells."""

    env: Mapping[str, str]
    platform: Platform | None = None
    shell: bool = False
    """Whether it says which shell the shell forms run in."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is known besides the file."""

    ignore: IgnorePatterns | None = None
    bases: Callable[[str], BaseImage | None] = lambda name: None
    """What is known of an image, by the name in the file; None for nothing. A ParseError ends the checks."""
    build_args: Mapping[str, str] = field(default_factory=dict)
    platform: Platform = field(default_factory=Platform)
    """What is built for."""
    own: Platform | None = None
    """Where it is built; the same unless said."""
    target: str = ""
    """The stage that is asked for; the last one unless said."""
    images: Callable[[str, Platform], BaseImage | None] | None = None
    """What is known of an image for a platform; asked in place of `bases`."""


@dataclass(slots=True)
class Findings:
    """Collects warnings; `options` are those of the file."""

    options: CheckOptions
    warnings: list[LintWarning] = field(default_factory=list)
    """In the order in which they were found."""

    def add(self, rule: LintRule, span: Span, *values: str, comments: Iterable[str] = ()) -> None:
        """Note a warning, unless the file or the instruction's comments skip its rule."""
        if self.options.with_comments(comments).allows(rule):
            self.warnings.append(LintWarning(rule.name, rule.text.format(*values), rule.url, span))
