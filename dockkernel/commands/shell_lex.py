"""A shell script as tokens: words with their quoting, operators, comments and here-documents taken out.

Follows POSIX.1-2024, Shell Command Language, 2.3 (token recognition). The lexer is total: whatever it does not know
becomes `Opaque`, so that the reader of the tokens can say "this needs a real shell". It raises `Unfinished` where the
text ends inside something that is open.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OPERATORS = (
    "&&",
    "||",
    ";;",
    "<<-",
    "<<<",
    "<<",
    ">>",
    "<&",
    ">&",
    "<>",
    ">|",
    "&>",
    ";",
    "&",
    "|",
    "(",
    ")",
    "<",
    ">",
)
_BLANK = " \t\r"


class Unfinished(Exception):
    """The text ends inside a quote, a substitution, a here-document or a continued line; says which."""


@dataclass(frozen=True, slots=True)
class Literal:
    """Text as it stands after quote removal; `quoted` text is neither split nor expanded as a pattern."""

    text: str
    quoted: bool


@dataclass(frozen=True, slots=True)
class Variable:
    """`$NAME`, `${NAME}` or `$?`."""

    name: str
    quoted: bool


@dataclass(frozen=True, slots=True)
class Substitution:
    """`$(script)`."""

    tokens: tuple[Token, ...]
    quoted: bool


@dataclass(frozen=True, slots=True)
class Opaque:
    """Something that only a real shell can expand: arithmetic, `${x:-y}`, backquotes, `$1`."""

    text: str


Part = Literal | Variable | Substitution | Opaque


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a command and the line it begins on, from 1."""

    parts: tuple[Part, ...]
    line: int

    @property
    def plain(self) -> str | None:
        """The word's text when it has no expansions, else None."""
        texts = [part.text for part in self.parts if isinstance(part, Literal)]
        return "".join(texts) if len(texts) == len(self.parts) else None

    @property
    def bare(self) -> str | None:
        """The word's text when nothing in it is quoted or expanded, else None: only such a word can be a keyword."""
        return None if any(not isinstance(part, Literal) or part.quoted for part in self.parts) else self.plain


@dataclass(frozen=True, slots=True)
class Operator:
    """A control or redirection operator, or a line end."""

    text: str
    line: int


Token = Word | Operator


def tokens(text: str) -> tuple[Token, ...]:
    """The tokens of a script; comments and the bodies of here-documents are left out. Raises `Unfinished`."""
    lexer = _Lexer(text)
    return lexer.run(until="")


class _Lexer:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.heredocs: list[tuple[str, bool]] = []

    def line(self) -> int:
        return self.text.count("\n", 0, self.at) + 1

    def peek(self, length: int = 1) -> str:
        return self.text[self.at : self.at + length]

    def run(self, until: str) -> tuple[Token, ...]:
        """Tokens up to the end of the text, or to the `)` that closes a substitution (which is consumed)."""
        found: list[Token] = []
        depth = 0
        while self.skip_blanks():
            line = self.line()
            operator = next((op for op in _OPERATORS if self.text.startswith(op, self.at)), None)
            if self.peek() == "\n":
                self.at += 1
                found.append(Operator("\n", line))
                self.read_heredocs()
            elif operator is None:
                found.append(self.word())
            elif operator == ")" and until and depth == 0:
                self.at += 1
                return tuple(found)
            else:
                depth += (operator == "(") - (operator == ")")
                self.at += len(operator)
                found.append(Operator(operator, line))
                if operator in ("<<", "<<-"):
                    self.expect_heredoc(found, strip_tabs=operator == "<<-")
        if until:
            raise Unfinished("command substitution")
        if self.heredocs:
            raise Unfinished("here-document")
        return tuple(found)

    def skip_blanks(self) -> bool:
        """Moves to the next token; False at the end of the text."""
        while self.at < len(self.text):
            char = self.peek()
            if char in _BLANK:
                self.at += 1
            elif self.peek(2) == "\\\n":
                self.at += 2
                if self.at >= len(self.text):
                    raise Unfinished("continued line")
            elif char == "\\" and self.at + 1 == len(self.text):
                raise Unfinished("continued line")
            elif char == "#":
                end = self.text.find("\n", self.at)
                self.at = len(self.text) if end < 0 else end
            else:
                return True
        return False

    def expect_heredoc(self, found: list[Token], *, strip_tabs: bool) -> None:
        if not self.skip_blanks():
            raise Unfinished("here-document")
        word = self.word()
        found.append(word)
        self.heredocs.append((word.plain or "", strip_tabs))

    def read_heredocs(self) -> None:
        for delimiter, strip_tabs in self.heredocs:
            while True:
                if self.at >= len(self.text):
                    raise Unfinished("here-document")
                end = self.text.find("\n", self.at)
                end = len(self.text) if end < 0 else end
                line = self.text[self.at : end]
                self.at = min(end + 1, len(self.text))
                if (line.lstrip("\t") if strip_tabs else line) == delimiter:
                    break
        self.heredocs = []

    def word(self) -> Word:
        """One word: literal text, quotes and expansions up to a blank or an operator."""
        line, parts = self.line(), list[Part]()
        while self.at < len(self.text):
            char = self.peek()
            if char in _BLANK or char in "\n;&|()<>":
                break
            if self.peek(2) == "\\\n":
                self.at += 2
                if self.at >= len(self.text):
                    raise Unfinished("continued line")
            elif char == "\\":
                if self.at + 1 >= len(self.text):
                    raise Unfinished("continued line")
                parts.append(Literal(self.text[self.at + 1], quoted=True))
                self.at += 2
            elif char == "'":
                parts.append(Literal(self.quoted("'"), quoted=True))
            elif char == '"':
                self.double_quoted(parts)
            elif char == "`":
                parts.append(Opaque(self.quoted("`")))
            elif char == "$":
                parts.append(self.dollar(quoted=False))
            else:
                parts.append(Literal(char, quoted=False))
                self.at += 1
        return Word(_joined(parts), line)

    def quoted(self, mark: str) -> str:
        end = self.text.find(mark, self.at + 1)
        if end < 0:
            raise Unfinished("quote")
        inner = self.text[self.at + 1 : end]
        self.at = end + 1
        return inner

    def double_quoted(self, parts: list[Part]) -> None:
        self.at += 1
        parts.append(Literal("", quoted=True))
        while self.at < len(self.text):
            char = self.peek()
            if char == '"':
                self.at += 1
                return
            if char == "\\" and self.at + 1 < len(self.text):
                following = self.text[self.at + 1]
                kept = "" if following == "\n" else following if following in '$`"\\' else char + following
                parts.append(Literal(kept, quoted=True))
                self.at += 2
            elif char == "$":
                parts.append(self.dollar(quoted=True))
            elif char == "`":
                parts.append(Opaque(self.quoted("`")))
            else:
                parts.append(Literal(char, quoted=True))
                self.at += 1
        raise Unfinished("quote")

    def dollar(self, *, quoted: bool) -> Part:
        """What follows a `$`: a name, a substitution, something opaque, or the sign itself."""
        self.at += 1
        name = _NAME.match(self.text, self.at)
        if name:
            self.at = name.end()
            return Variable(name.group(), quoted)
        if self.peek(2) == "((":
            return Opaque(self.balanced("(", ")"))
        if self.peek() == "(":
            self.at += 1
            return Substitution(self.run(until=")"), quoted)
        if self.peek() == "{":
            inner = self.balanced("{", "}")
            return Variable(inner[1:-1], quoted) if _NAME.fullmatch(inner[1:-1]) else Opaque(inner)
        if self.peek() == "?":
            self.at += 1
            return Variable("?", quoted)
        if self.peek() in "'\"" and self.peek() and not quoted:
            return Opaque("$")
        if self.peek() and self.peek() in "0123456789@*#$!-":
            self.at += 1
            return Opaque("$")
        return Literal("$", quoted)

    def balanced(self, opening: str, closing: str) -> str:
        start, depth = self.at, 0
        while self.at < len(self.text):
            char = self.peek()
            if char == "\\":
                self.at += 1
            elif char == "'" and opening == "{":
                self.quoted("'")
                continue
            depth += (char == opening) - (char == closing)
            self.at += 1
            if depth == 0:
                return self.text[start : self.at]
        raise Unfinished("expansion")


def _joined(parts: list[Part]) -> tuple[Part, ...]:
    """The parts with neighbouring literals of one kind made one."""
    joined: list[Part] = []
    for part in parts:
        last = joined[-1] if joined else None
        if isinstance(part, Literal) and isinstance(last, Literal) and last.quoted == part.quoted:
            joined[-1] = Literal(last.text + part.text, part.quoted)
        else:
            joined.append(part)
    return tuple(joined)
