"""A template's text as tokens. Positions are offsets in the text's UTF-8 bytes, as Go counts them in its messages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

KEYWORDS = frozenset(("block", "break", "continue", "define", "else", "end", "if", "nil", "range", "template", "with"))
_BLANK = " \t\r\n"
_ESCAPED = re.compile(r'"(?:[^"\\\n]|\\[^\n])*"')
_CHARACTER = re.compile(r"'(?:[^'\\\n]|\\[^\n])*'")
_NUMBER = re.compile(
    r"[+-]?(?:0[xX][0-9a-fA-F_]*|0[oO][0-7_]*|0[bB][01_]*|[0-9_]+)?(?:\.[0-9a-fA-F_]*)?(?:[eEpP][+-]?[0-9_]*)?i?"
)
_WORD = re.compile(r"\w*")


@dataclass(frozen=True, slots=True)
class Token:
    """One lexical piece. `kind` is a keyword itself, or text, field, variable, identifier, string, number and so on."""

    kind: str
    text: str
    position: int
    line: int

    def __str__(self) -> str:
        if self.kind == "eof":
            return "EOF"
        if self.kind == "error":
            return self.text
        if self.kind in KEYWORDS or self.kind == ".":
            return f"<{self.text}>"
        from dockkernel.oci.quoting import go_quote

        return f"{go_quote(self.text[:10])}..." if len(self.text) > 10 else go_quote(self.text)


def tokens(source: str) -> Iterator[Token]:
    """All tokens; the last one is of kind `eof` or `error` (its text is the message)."""
    return _Lexer(source).run()


class _Lexer:
    def __init__(self, source: str) -> None:
        self._source = source
        self._at = 0
        self._ascii = source.isascii()

    def _token(self, kind: str, start: int, end: int) -> Token:
        position = start if self._ascii else len(self._source[:start].encode("utf-8", "surrogateescape"))
        self._at = end
        return Token(kind, self._source[start:end], position, self._source.count("\n", 0, start) + 1)

    def _error(self, message: str, at: int) -> Token:
        return Token("error", message, at, self._source.count("\n", 0, at) + 1)

    def run(self) -> Iterator[Token]:
        """Texts and actions in turn."""
        source = self._source
        trim = False
        while True:
            opening = source.find("{{", self._at)
            end = len(source) if opening < 0 else opening
            start, stop = self._at, end
            if trim:
                start = end - len(source[start:end].lstrip(_BLANK))
            left_trim = opening >= 0 and source[opening + 2 : opening + 3] == "-" and _blank(source, opening + 3)
            if left_trim:
                stop = start + len(source[start:stop].rstrip(_BLANK))
            if stop > start:
                yield self._token("text", start, stop)
            if opening < 0:
                yield self._token("eof", end, end)
                return
            self._at = opening + (4 if left_trim else 2)
            if source.startswith("/*", self._at):
                problem, trim = self._comment()
                if problem:
                    yield problem
                    return
                continue
            yield self._left(opening)
            trim = False
            for token in self._inside():
                yield token
                if token.kind == "error":
                    return
                if token.kind == "right":
                    trim = len(token.text) > len("}}")
                    break

    def _left(self, opening: int) -> Token:
        at = self._at
        token = self._token("left", opening, opening + 2)
        self._at = at
        return token

    def _comment(self) -> tuple[Token | None, bool]:
        close = self._source.find("*/", self._at)
        if close < 0:
            return self._error("unclosed comment", self._at), False
        after = close + 2
        trim = _blank(self._source, after) and self._source.startswith("-}}", after + 1)
        if not trim and not self._source.startswith("}}", after):
            return self._error("comment ends before closing delimiter", after), False
        self._at = after + (4 if trim else 2)
        return None, trim

    def _inside(self) -> Iterator[Token]:
        depth = 0
        source = self._source
        while True:
            at = self._at
            if source.startswith("}}", at) or (_blank(source, at) and source.startswith("-}}", at + 1)):
                if depth:
                    yield self._error("unclosed left paren", at)
                    return
                yield self._token("right", at, at + (2 if source[at] == "}" else 4))
                return
            token = self._piece(at)
            depth += {"(": 1, ")": -1}.get(token.kind, 0)
            if depth < 0:
                token = self._error("unexpected right paren", at)
            yield token
            if token.kind == "error":
                return

    def _piece(self, at: int) -> Token:
        source = self._source
        char = source[at : at + 1]
        if not char:
            return self._error("unclosed action", at)
        if char in _BLANK:
            end = at
            while _blank(source, end):
                end += 1
            return self._token("space", at, end - 1 if source.startswith("-}}", end) else end)
        if source.startswith(":=", at):
            return self._token(":=", at, at + 2)
        if char in "=|,()":
            return self._token(char, at, at + 1)
        if char == ":":
            return self._error("expected :=", at)
        if char == '"':
            match = _ESCAPED.match(source, at)
            return self._token("string", at, match.end()) if match else self._error("unterminated quoted string", at)
        if char == "`":
            end = source.find("`", at + 1)
            if end < 0:
                return self._error("unterminated raw quoted string", at)
            return self._token("rawstring", at, end + 1)
        if char == "'":
            match = _CHARACTER.match(source, at)
            if not match:
                return self._error("unterminated character constant", at)
            return self._token("character", at, match.end())
        if char == "$":
            return self._named("variable", at)
        if char == "." and not source[at + 1 : at + 2].isdecimal():
            return self._named("field", at)
        if char in "+-." or char.isdecimal():
            return self._number(at)
        if char == "_" or char.isalnum():
            return self._identifier(at)
        if char.isprintable() and char.isascii():
            return self._token("char", at, at + 1)
        return self._error(f"unrecognized character in action: {_code_point(char)}", at)

    def _word_end(self, at: int) -> int:
        match = _WORD.match(self._source, at)
        return match.end() if match else at

    def _ends_word(self, at: int) -> bool:
        char = self._source[at : at + 1]
        return not char or char in _BLANK or char in ".,|:()" or self._source.startswith("}}", at)

    def _named(self, kind: str, at: int) -> Token:
        end = self._word_end(at + 1)
        if kind == "field" and end == at + 1 and self._ends_word(end):
            return self._token(".", at, end)
        if not self._ends_word(end):
            return self._error(f"bad character {_code_point(self._source[end])}", end)
        return self._token(kind, at, end)

    def _identifier(self, at: int) -> Token:
        end = self._word_end(at)
        if not self._ends_word(end):
            return self._error(f"bad character {_code_point(self._source[end])}", end)
        word = self._source[at:end]
        kind = word if word in KEYWORDS else "bool" if word in ("true", "false") else "identifier"
        return self._token(kind, at, end)

    def _number(self, at: int) -> Token:
        match = _NUMBER.match(self._source, at)
        end = match.end() if match else at
        if end == at or self._word_end(end) > end:
            bad = self._source[at : end + 1]
            return self._error(f'bad number syntax: "{bad}"', at)
        return self._token("number", at, end)


def _blank(source: str, at: int) -> bool:
    return source[at : at + 1] in tuple(_BLANK)


def _code_point(char: str) -> str:
    return f"U+{ord(char):04X}" + (f" '{char}'" if char.isprintable() else "")
