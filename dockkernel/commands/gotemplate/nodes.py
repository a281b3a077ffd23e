"""The parts of a parsed template. `str(node)` is the text by which Go's messages quote a node."""

from __future__ import annotations

from dataclasses import dataclass, field

from dockkernel.oci.quoting import go_quote


@dataclass(slots=True)
class Node:
    """A part of a template; `position` counts bytes from the start."""

    position: int


@dataclass(slots=True)
class Text(Node):
    """Plain text."""

    text: str


@dataclass(slots=True)
class Dot(Node):
    """The cursor, `.`."""

    def __str__(self) -> str:
        return "."


@dataclass(slots=True)
class Nil(Node):
    """The word `nil`."""

    def __str__(self) -> str:
        return "nil"


@dataclass(slots=True)
class Boolean(Node):
    """`true` or `false`."""

    value: bool

    def __str__(self) -> str:
        return "true" if self.value else "false"


@dataclass(slots=True)
class Number(Node):
    """A number constant; `text` as written."""

    text: str
    value: int | float

    def __str__(self) -> str:
        return self.text


@dataclass(slots=True)
class String(Node):
    """A string constant; `quoted` as written."""

    quoted: str
    text: str

    def __str__(self) -> str:
        return self.quoted


@dataclass(slots=True)
class Identifier(Node):
    """A function's name."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(slots=True)
class Field(Node):
    """`.A.B` from the cursor."""

    names: tuple[str, ...]

    def __str__(self) -> str:
        return "".join(f".{name}" for name in self.names)


@dataclass(slots=True)
class Variable(Node):
    """`$x.A`; the first name keeps its `$`."""

    names: tuple[str, ...]

    def __str__(self) -> str:
        return ".".join(self.names)


@dataclass(slots=True)
class Chain(Node):
    """Fields of a term in parentheses."""

    term: Node
    names: list[str]

    def __str__(self) -> str:
        term = f"({self.term})" if isinstance(self.term, Pipe) else str(self.term)
        return term + "".join(f".{name}" for name in self.names)


@dataclass(slots=True)
class Command(Node):
    """A term or a call: the first argument and what follows it."""

    arguments: list[Node] = field(default_factory=list)

    def __str__(self) -> str:
        return " ".join(f"({part})" if isinstance(part, Pipe) else str(part) for part in self.arguments)


@dataclass(slots=True)
class Pipe(Node):
    """Commands joined by `|`, perhaps with variables that take the result."""

    commands: list[Command] = field(default_factory=list)
    variables: list[Variable] = field(default_factory=list)
    assigns: bool = False

    def __str__(self) -> str:
        text = " | ".join(str(command) for command in self.commands)
        if not self.variables:
            return text
        return ", ".join(str(name) for name in self.variables) + (" = " if self.assigns else " := ") + text


@dataclass(slots=True)
class Action(Node):
    """`{{…}}` that prints."""

    pipe: Pipe

    def __str__(self) -> str:
        return f"{{{{{self.pipe}}}}}"


@dataclass(slots=True)
class Branch(Node):
    """`if`, `with` or `range`."""

    kind: str
    pipe: Pipe
    body: list[Node]
    otherwise: list[Node] | None

    def __str__(self) -> str:
        return f"{{{{{self.kind} {self.pipe}}}}}"


@dataclass(slots=True)
class Call(Node):
    """`{{template "name" …}}`."""

    name: str
    pipe: Pipe | None

    def __str__(self) -> str:
        return f"{{{{template {go_quote(self.name)}" + (f" {self.pipe}" if self.pipe else "") + "}}"


@dataclass(slots=True)
class Jump(Node):
    """`{{break}}` or `{{continue}}`."""

    kind: str

    def __str__(self) -> str:
        return f"{{{{{self.kind}}}}}"


@dataclass(slots=True)
class End(Node):
    """`{{end}}` or `{{else}}` while parsing."""

    kind: str

    def __str__(self) -> str:
        return f"{{{{{self.kind}}}}}"
