"""The lines of a Dockerfile: directives, comments, continuations, here-documents, and the words of each instruction.

The rules are those of the Dockerfile reference as the daemon of Docker 26 reads files ("Format", "Parser directives",
"Here-documents"). The parser knows the shape of every instruction's arguments but not their meaning; an unknown
instruction is a node like any other. It raises nothing but ParseError, and its work grows with the text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from dockkernel.dockerfile.arguments import Arguments, Heredoc, parse_arguments
from dockkernel.dockerfile.gotext import BLANKS, readable
from dockkernel.dockerfile.heredocs import declared_heredocs
from dockkernel.dockerfile.source import LintWarning, Span
from dockkernel.dockerfile.splitting import split_command
from dockkernel.errors import ParseError

MAX_LINE_BYTES = 65_535
"""The longest line that Docker reads, its end not counted."""

EMPTY_CONTINUATION_URL = "https://docs.docker.com/go/dockerfile/rule/no-empty-continuation/"

_DIRECTIVES = frozenset({"syntax", "escape", "check"})
_DIRECTIVE = re.compile(r"([a-zA-Z][a-zA-Z0-9]*)[\t\f\r ]*=[\t\f\r ]*(.+?)[\t\f\r ]*$")
_HEREDOC_KEYWORDS = frozenset({"add", "copy", "run"})


@dataclass(frozen=True, slots=True)
class Directive:
    """A line `# name=value` at the very top: syntax, escape or check."""

    name: str
    value: str
    span: Span


@dataclass(frozen=True, slots=True)
class Node:
    """One instruction as it is written.

    `original` is the whole text with continued lines joined, blanks kept. `comments` are those directly before it.
    Of an ONBUILD `trigger` is the instruction that it holds.
    """

    keyword: str
    flags: tuple[str, ...]
    arguments: Arguments
    original: str
    span: Span
    comments: tuple[str, ...] = ()
    heredocs: tuple[Heredoc, ...] = ()
    trigger: Node | None = None


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """A Dockerfile as directives and nodes; `escape` is the escape character in force."""

    directives: tuple[Directive, ...]
    nodes: tuple[Node, ...]
    warnings: tuple[LintWarning, ...]
    escape: str


def decode(text: str | bytes) -> str:
    """Give the text without a byte order mark; bytes that are no UTF-8 are kept as surrogate escapes.

    They stay in the bodies of here-documents, which become files; elsewhere they become U+FFFD as in Docker's records.
    """
    if isinstance(text, bytes):
        text = text.decode("utf-8", "surrogateescape")
    return text.removeprefix("\ufeff")


def parse_directive(comment: str) -> tuple[str, str] | None:
    """Give name (in small letters) and value of a comment's text that is a directive, or None."""
    match = _DIRECTIVE.match(comment)
    name = match[1].lower() if match else ""
    return (name, match[2]) if match is not None and name in _DIRECTIVES else None


def parse(text: str | bytes) -> ParsedFile:
    """Give the directives and instructions of a Dockerfile's text.

    Raises ParseError: in the daemon's words, with the lines it is about.
    """
    return _Parser(decode(text)).run()


class _Parser:
    def __init__(self, text: str) -> None:
        self.lines = text.split("\n")
        if not self.lines[-1]:
            self.lines.pop()
        self.at = 0
        self.escape = "\\"
        self.directives: list[Directive] = []
        self.directives_over = False
        self.nodes: list[Node] = []
        self.warnings: list[LintWarning] = []

    def run(self) -> ParsedFile:
        too_long = self._cut_at_long_line()
        comments: list[str] = []
        while self.at < len(self.lines):
            raw = self.lines[self.at].rstrip("\r")
            line = raw.lstrip(BLANKS)
            self.at += 1
            if not self.directives_over and self._directive(line):
                continue
            if line.startswith("#"):
                # What counts as the comment begins after the line's first character, be it the mark or a blank.
                comment = readable(raw[1:].strip(BLANKS))
                comments = [*comments, comment] if comment else []
                continue
            if line:
                self.nodes.append(self._instruction(line, tuple(comments)))
                comments = []
        if not self.nodes:
            raise ParseError("file with no instructions", span=Span(max(1, self.at), max(1, self.at)))
        if too_long is not None:
            raise too_long
        return ParsedFile(tuple(self.directives), tuple(self.nodes), tuple(self.warnings), self.escape)

    def _cut_at_long_line(self) -> ParseError | None:
        """Take away the first line that is too long and all after it, and give the error that is due at the end."""
        for index, line in enumerate(self.lines):
            if len(line) * 4 > MAX_LINE_BYTES and len(line.encode("utf-8", "replace")) > MAX_LINE_BYTES:
                self.lines = self.lines[:index]
                message = f"dockerfile line greater than max allowed size of {MAX_LINE_BYTES}"
                return ParseError(message, span=Span(index + 1, index + 1))
        return None

    def _directive(self, line: str) -> bool:
        found = parse_directive(line[1:].lstrip(BLANKS)) if line.startswith("#") else None
        if found is None:
            self.directives_over = True
            return False
        name, value = found
        span = Span(self.at, self.at)
        if any(directive.name == name for directive in self.directives):
            raise ParseError(f"only one {name} parser directive can be used", span=span)
        if name == "escape":
            if value not in ("\\", "`"):
                raise ParseError(f"invalid escape token '{value}' does not match ` or \\", span=span)
            self.escape = value
        self.directives.append(Directive(name, value, span))
        return True

    def _instruction(self, line: str, comments: tuple[str, ...]) -> Node:
        start = self.at
        text = readable(self._joined(line))
        try:
            node = self._node(text, start, comments)
            if "<<" in text and (keyword := _heredoc_keyword(node)) and keyword in _HEREDOC_KEYWORDS:
                heredocs = tuple(self._heredoc(heredoc, start) for heredoc in declared_heredocs(text))
                return _with_heredocs(node, heredocs, Span(start, self.at))
        except ParseError as error:
            if error.span is None:
                error.span = Span(start, self.at)
            raise
        return node

    def _joined(self, line: str) -> str:
        """Give the instruction's text: lines that end in the escape character are joined, comments between left out."""
        part, open_end = self._without_escape(line)
        if not open_end:
            return line
        parts = [part]
        blank_line = False
        while open_end and self.at < len(self.lines):
            following = self.lines[self.at].rstrip("\r")
            self.at += 1
            bare = following.lstrip(BLANKS)
            if bare.startswith("#"):
                continue
            if not bare:
                blank_line = True
                continue
            part, open_end = self._without_escape(following)
            parts.append(part)
        text = "".join(parts)
        if blank_line:
            message = f"Empty continuation line found in: {text}"
            span = Span(self.at, self.at)
            self.warnings.append(LintWarning("NoEmptyContinuation", message, EMPTY_CONTINUATION_URL, span))
        return text

    def _without_escape(self, line: str) -> tuple[str, bool]:
        """Give the line without an escape character at its end, and whether there was one; two of them are none."""
        bare = line.rstrip(" \t")
        if bare.endswith(self.escape) and not bare.endswith(self.escape * 2):
            return bare[:-1], True
        return line, False

    def _node(self, text: str, start: int, comments: tuple[str, ...]) -> Node:
        span = Span(start, self.at)
        holders: list[tuple[str, tuple[str, ...], str]] = []
        keyword, flags, rest = split_command(text)
        own = text
        while rest and keyword.lower() == "onbuild":
            holders.append((keyword, flags, own))
            own = rest
            keyword, flags, rest = split_command(own)
        notes = () if holders else comments
        node = Node(keyword, flags, parse_arguments(keyword, rest, self.escape), own, span, notes)
        while holders:
            keyword, flags, own = holders.pop()
            node = Node(keyword, flags, Arguments(), own, span, () if holders else comments, trigger=node)
        return node

    def _heredoc(self, heredoc: Heredoc, start: int) -> Heredoc:
        """Give the here-document with its body, which is kept as it stands, carriage returns and all."""
        first = self.at
        while self.at < len(self.lines):
            line = self.lines[self.at].rstrip("\r")
            self.at += 1
            if readable(line.lstrip("\t") if heredoc.strip_tabs else line) == heredoc.name:
                body = "".join(f"{kept}\n" for kept in self.lines[first : self.at - 1])
                return Heredoc(heredoc.name, heredoc.expand, heredoc.strip_tabs, heredoc.descriptor, body)
        raise ParseError("unterminated heredoc", span=Span(start, self.at))


def _heredoc_keyword(node: Node) -> str | None:
    """Give the instruction, or the trigger of an ONBUILD, that could have here-documents."""
    holder = node.trigger if node.trigger is not None else node
    return None if holder.arguments.json else holder.keyword.lower()


def _with_heredocs(node: Node, heredocs: tuple[Heredoc, ...], span: Span) -> Node:
    return Node(node.keyword, node.flags, node.arguments, node.original, span, node.comments, heredocs, node.trigger)
