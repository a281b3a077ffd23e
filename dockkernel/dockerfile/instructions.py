"""The instructions of a Dockerfile as values.

Every instruction has its `span`, its `original` text (continued lines joined, blanks kept: what Docker prints after
`Step n/m : `), the comments before it, and `expand(env)`, which gives the instruction with its variables put in. Those
that allow no variables give themselves. Where the reference has variables is its section "Environment replacement".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Self

from dockkernel.dockerfile.arguments import KeyValue
from dockkernel.dockerfile.mounts import Mount, parse_mount
from dockkernel.dockerfile.source import Span
from dockkernel.dockerfile.words import Expander
from dockkernel.errors import ParseError


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruction:
    """What all instructions have in common; `keyword` is the name in upper case, `written` as the file has it."""

    keyword: ClassVar[str]
    span: Span
    original: str
    written: str = ""
    comments: tuple[str, ...] = ()

    def expand(self, env: Mapping[str, str], escape: str = "\\") -> Self:
        """Give the instruction with its variables put in from an environment.

        Raises ParseError: in the daemon's words, when a word cannot be read or a variable that must be set is not.
        """
        return self.expand_with(Expander(env, escape))

    def expand_with(self, expander: Expander) -> Self:
        """Give the instruction expanded by an expander, which then knows the variables that were met."""
        return self


@dataclass(frozen=True, slots=True)
class InlineFile:
    """A here-document of COPY, ADD or RUN; the tabs before the lines of `body` are gone if that was asked for."""

    name: str
    body: str
    expand: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class From(Instruction):
    """FROM: the base of a stage, perhaps for a platform, perhaps with a name for the stage (lower case)."""

    keyword: ClassVar[str] = "FROM"
    base: str
    name: str | None = None
    platform: str | None = None
    written_name: str | None = None
    written_as: str | None = None

    def expand_with(self, expander: Expander) -> Self:
        """Give the base and platform with global arguments put in; a base that comes out empty is an error."""
        platform = None if self.platform is None else expander.word(self.platform)
        base = expander.word(self.base)
        if not base:
            raise ParseError(f"base name ({self.base}) should not be blank", span=self.span)
        return replace(self, base=base, platform=platform)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandInstruction(Instruction):
    """RUN, CMD, ENTRYPOINT: arguments in exec form, or with `shell` one text (or none) for the shell in force."""

    args: tuple[str, ...]
    shell: bool

    def argv(self, shell: tuple[str, ...] | list[str]) -> tuple[str, ...]:
        """Give what is executed where the given words are the shell in force."""
        return (*shell, *self.args) if self.shell else self.args


@dataclass(frozen=True, slots=True, kw_only=True)
class Run(CommandInstruction):
    """RUN: a command with its mounts, network and security.

    `mount_specs` are the texts of the `--mount` flags; `mounts` is filled by `expand`, since Docker reads them only
    then. `flags_used` names the flags in the order in which they stand.
    """

    keyword: ClassVar[str] = "RUN"
    mount_specs: tuple[str, ...] = ()
    mounts: tuple[Mount, ...] = ()
    network: str = "default"
    security: str = "sandbox"
    devices: tuple[str, ...] = ()
    flags_used: tuple[str, ...] = ()
    heredocs: tuple[InlineFile, ...] = ()

    def expand_with(self, expander: Expander) -> Self:
        """Give the instruction with its mounts read; the command itself belongs to the shell."""
        if not self.mount_specs:
            return self
        return replace(self, mounts=tuple(parse_mount(spec, expander.word) for spec in self.mount_specs))


@dataclass(frozen=True, slots=True, kw_only=True)
class Cmd(CommandInstruction):
    """CMD: what a container runs, or the arguments of its entrypoint."""

    keyword: ClassVar[str] = "CMD"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrypoint(CommandInstruction):
    """ENTRYPOINT: the program of a container; `ENTRYPOINT []`, or nothing after it, takes it away."""

    keyword: ClassVar[str] = "ENTRYPOINT"

    def argv(self, shell: tuple[str, ...] | list[str]) -> tuple[str, ...]:
        """Give what is executed; nothing when nothing is written, in either form."""
        return CommandInstruction.argv(self, shell) if self.args else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer(Instruction):
    """COPY and ADD: sources, here-documents, a destination, owner and mode."""

    sources: tuple[str, ...]
    destination: str
    contents: tuple[InlineFile, ...] = ()
    chown: str | None = None
    chmod: str | None = None
    link: bool = False
    exclude: tuple[str, ...] = ()
    flags_used: tuple[str, ...] = ()

    def expand_with(self, expander: Expander) -> Self:
        """Give the paths, owner, mode and unquoted here-documents with variables put in."""
        if not self.contents and expander.is_plain(self.original):
            return self
        chown = None if self.chown is None else expander.word(self.chown)
        chmod = None if self.chmod is None else expander.word(self.chmod)
        sources = tuple(map(expander.word, self.sources))
        destination = expander.word(self.destination)
        contents = tuple(
            replace(content, body=expander.raw(content.body)) if content.expand else content
            for content in self.contents
        )
        return replace(self, chown=chown, chmod=chmod, sources=sources, destination=destination, contents=contents)


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy(Transfer):
    """COPY: files of the context, of another stage or of an image (`--from`)."""

    keyword: ClassVar[str] = "COPY"
    from_: str | None = None
    parents: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Add(Transfer):
    """ADD: files of the context, archives that are unpacked, URLs, Git repositories."""

    keyword: ClassVar[str] = "ADD"
    checksum: str | None = None
    keep_git_dir: bool | None = None
    unpack: bool | None = None

    def expand_with(self, expander: Expander) -> Self:
        """Give what COPY expands, and the checksum."""
        checksum = None if self.checksum is None else expander.word(self.checksum)
        return replace(Transfer.expand_with(self, expander), checksum=checksum)


@dataclass(frozen=True, slots=True, kw_only=True)
class PairInstruction(Instruction):
    """ENV and LABEL: names with values; all values see the environment from before the instruction."""

    pairs: tuple[KeyValue, ...]

    def expand_with(self, expander: Expander) -> Self:
        """Give names and values with variables put in and quotes taken away."""
        if expander.is_plain(self.original):
            return self
        word = expander.word
        pairs = tuple(KeyValue(word(pair.key), word(pair.value), pair.legacy) for pair in self.pairs)
        return replace(self, pairs=pairs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Env(PairInstruction):
    """ENV: variables of the image."""

    keyword: ClassVar[str] = "ENV"


@dataclass(frozen=True, slots=True, kw_only=True)
class Label(PairInstruction):
    """LABEL: metadata of the image; `literal` labels (of `--label`) have no variables."""

    keyword: ClassVar[str] = "LABEL"
    literal: bool = False

    @classmethod
    def of_option(cls, key: str, value: str) -> Label:
        """Give the label step that `docker build --label KEY=VALUE` adds at the end."""
        original = f"LABEL {key}={value}"
        return cls(span=Span(0, 0), original=original, written="LABEL", pairs=(KeyValue(key, value),), literal=True)

    def expand_with(self, expander: Expander) -> Self:
        """Give names and values with variables put in, unless they are literal."""
        return self if self.literal else PairInstruction.expand_with(self, expander)


@dataclass(frozen=True, slots=True)
class Argument:
    """A build argument, its default or None, and the comment that describes it."""

    key: str
    default: str | None = None
    doc: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arg(Instruction):
    """ARG: build arguments."""

    keyword: ClassVar[str] = "ARG"
    arguments: tuple[Argument, ...]

    def expand_with(self, expander: Expander) -> Self:
        """Give names and defaults with variables put in."""
        word = expander.word
        arguments = tuple(
            Argument(word(one.key), None if one.default is None else word(one.default), one.doc)
            for one in self.arguments
        )
        return replace(self, arguments=arguments)


@dataclass(frozen=True, slots=True, kw_only=True)
class Workdir(Instruction):
    """WORKDIR: the working directory of what follows."""

    keyword: ClassVar[str] = "WORKDIR"
    path: str

    def expand_with(self, expander: Expander) -> Self:
        """Give the path with variables put in."""
        return replace(self, path=expander.word(self.path))


@dataclass(frozen=True, slots=True, kw_only=True)
class User(Instruction):
    """USER: the user, perhaps with a group, of what follows."""

    keyword: ClassVar[str] = "USER"
    user: str

    def expand_with(self, expander: Expander) -> Self:
        """Give the user with variables put in."""
        return replace(self, user=expander.word(self.user))


@dataclass(frozen=True, slots=True, kw_only=True)
class Expose(Instruction):
    """EXPOSE: ports, sorted as Docker sorts them; one word may become several."""

    keyword: ClassVar[str] = "EXPOSE"
    ports: tuple[str, ...]

    def expand_with(self, expander: Expander) -> Self:
        """Give the ports with variables put in, split at blanks."""
        return replace(self, ports=tuple(word for port in self.ports for word in expander.words(port)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume(Instruction):
    """VOLUME: paths that are volumes."""

    keyword: ClassVar[str] = "VOLUME"
    paths: tuple[str, ...]

    def expand_with(self, expander: Expander) -> Self:
        """Give the paths with variables put in."""
        return replace(self, paths=tuple(map(expander.word, self.paths)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Shell(Instruction):
    """SHELL: the shell of the shell forms that follow."""

    keyword: ClassVar[str] = "SHELL"
    args: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Healthcheck(Instruction):
    """HEALTHCHECK: the test as the image's configuration has it, and durations in nanoseconds (0 when not given)."""

    keyword: ClassVar[str] = "HEALTHCHECK"
    test: tuple[str, ...]
    interval_ns: int = 0
    timeout_ns: int = 0
    start_period_ns: int = 0
    start_interval_ns: int = 0
    retries: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Onbuild(Instruction):
    """ONBUILD: the text of an instruction that runs when the image is a base; here-documents are part of the text."""

    keyword: ClassVar[str] = "ONBUILD"
    expression: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StopSignal(Instruction):
    """STOPSIGNAL: the signal that stops a container."""

    keyword: ClassVar[str] = "STOPSIGNAL"
    signal: str

    def expand_with(self, expander: Expander) -> Self:
        """Give the signal with variables put in."""
        return replace(self, signal=expander.word(self.signal))


@dataclass(frozen=True, slots=True, kw_only=True)
class Maintainer(Instruction):
    """MAINTAINER (deprecated): the author of the image."""

    keyword: ClassVar[str] = "MAINTAINER"
    author: str


KEYWORDS = tuple(
    kind.keyword
    for kind in (
        Add, Arg, Cmd, Copy, Entrypoint, Env, Expose, From, Healthcheck, Label, Maintainer, Onbuild, Run, Shell,
        StopSignal, User, Volume, Workdir,
    )
)  # fmt: skip
"""The names of all instructions, sorted."""
