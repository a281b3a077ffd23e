"""Variables and quotes in the words of an instruction.

The rules are those of the Dockerfile reference ("Environment replacement") as BuildKit applies them: `$v`, `${v}`,
`${v:-w}` `${v-w}` `${v:+w}` `${v+w}` `${v:?w}` `${v?w}`, `${v#p}` `${v##p}` `${v%p}` `${v%%p}`, `${v/p/r}` `${v//p/r}`;
single quotes keep everything, double quotes keep all but `$` and escapes; the escape character makes the next character
plain. A variable that is not set gives nothing and is noted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dockkernel.dockerfile.gotext import BLANKS
from dockkernel.dockerfile.patterns import Pattern
from dockkernel.errors import ParseError
from dockkernel.oci.quoting import go_quote

_SPECIAL_PARAMETERS = frozenset("@*#?-$!0")
_HEREDOC_BLANKS = "\t\r "
_END = "\ufffd"
"""How the end of the text shows in a message about a character that should have been there."""


@dataclass(frozen=True, slots=True)
class Modes:
    """What the lexer leaves as it stands: quotes, escapes, variables not set; or that quotes are plain characters."""

    keep_quotes: bool = False
    keep_escapes: bool = False
    keep_unset: bool = False
    plain_quotes: bool = False


@dataclass(frozen=True, slots=True)
class Expansion:
    """The result of a word: as one text, split at blanks, and which variables were found or not."""

    text: str
    words: tuple[str, ...]
    found: frozenset[str]
    unset: frozenset[str]


class ExpansionError(ParseError):
    """A word that cannot be expanded; `met` has the variables that were met before."""

    def __init__(self, message: str, met: Expansion, *, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.met = met


_NORMAL = Modes()
_RAW = Modes(plain_quotes=True)


def process(word: str, env: Mapping[str, str], escape: str = "\\", modes: Modes = _NORMAL) -> Expansion:
    """Give everything there is to know about a word after quotes and variables are done.

    Raises ExpansionError: `failed to process "WORD": …` in BuildKit's words.
    """
    lexer = _Lexer(word, env, escape, modes)
    try:
        text, words = lexer.run("", modes.keep_escapes)
    except ParseError as error:
        met = Expansion("", (), frozenset(lexer.found), frozenset(lexer.unset))
        raise ExpansionError(f"failed to process {go_quote(word)}: {error.message}", met, hint=error.hint) from None
    return Expansion(text, tuple(words), frozenset(lexer.found), frozenset(lexer.unset))


def expand(word: str, env: Mapping[str, str], escape: str = "\\") -> str:
    """Give the word with its variables put in and its quotes and escapes taken away; blanks stay.

    Raises ParseError: as `process` does.
    """
    return process(word, env, escape).text


def expand_words(word: str, env: Mapping[str, str], escape: str = "\\") -> list[str]:
    """Give the words that a word becomes: it is split at unquoted blanks after its variables are put in.

    Raises ParseError: as `process` does.
    """
    return list(process(word, env, escape).words)


@dataclass(slots=True)
class Expander:
    """Expands words over one environment and remembers which variables it met."""

    env: Mapping[str, str]
    escape: str = "\\"
    found: set[str] = field(default_factory=set)
    unset: set[str] = field(default_factory=set)

    def is_plain(self, text: str) -> bool:
        """Tell whether a text has nothing in it that expansion would change."""
        return "$" not in text and "'" not in text and '"' not in text and self.escape not in text

    def word(self, text: str) -> str:
        """Give the text expanded as one word."""
        if self.is_plain(text):
            return text
        return self._process(text, self.escape, _NORMAL).text

    def words(self, text: str) -> tuple[str, ...]:
        """Give the words the text becomes."""
        return self._process(text, self.escape, _NORMAL).words

    def raw(self, text: str) -> str:
        """Give a here-document's body expanded: quotes are plain there and the escape is always a backslash."""
        return self._process(text, "\\", _RAW).text

    def _process(self, text: str, escape: str, modes: Modes) -> Expansion:
        try:
            return self.noted(process(text, self.env, escape, modes))
        except ExpansionError as error:
            self.noted(error.met)
            raise

    def noted(self, result: Expansion) -> Expansion:
        """Remember the variables of one word and give the word on."""
        self.found |= result.found
        self.unset |= result.unset
        return result


class _Words:
    """Collects the words of a text: plain blanks end a word, quoted and escaped ones do not."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.parts: list[str] = []

    def plain(self, text: str) -> None:
        for char in text:
            if char not in BLANKS:
                self.parts.append(char)
            elif self.parts:
                self._end()

    def quoted(self, text: str) -> None:
        if text:
            self.parts.append(text)

    def finish(self) -> list[str]:
        self._end()
        return self.done

    def _end(self) -> None:
        if self.parts:
            self.done.append("".join(self.parts))
            self.parts = []


class _Lexer:
    """Walks over one word; positions only move forward, so its work is bounded by the word and the values put in."""

    def __init__(self, text: str, env: Mapping[str, str], escape: str, modes: Modes) -> None:
        self.source = text
        self.position = 0
        self.env = env
        self.escape = escape
        self.modes = modes
        self.keep_escapes = modes.keep_escapes
        self.depth = 0
        self.found: set[str] = set()
        self.unset: set[str] = set()

    def peek(self) -> str:
        return self.source[self.position : self.position + 1]

    def next(self) -> str:
        char = self.source[self.position : self.position + 1]
        self.position += 1 if char else 0
        return char

    def run(self, stop: str, keep_escapes: bool) -> tuple[str, list[str]]:
        """Give the text up to `stop` ("" for the end) and its words."""
        self.depth += 1
        if self.depth > 100:
            raise ParseError("syntax error: substitutions are nested too deeply")
        outer, self.keep_escapes = self.keep_escapes, keep_escapes
        try:
            return self._run(stop)
        finally:
            self.keep_escapes = outer
            self.depth -= 1

    def _run(self, stop: str) -> tuple[str, list[str]]:
        result: list[str] = []
        words = _Words()
        while char := self.peek():
            if char == stop:
                self.next()
                return "".join(result), words.finish()
            if char == "$":
                value = self._dollar()
                words.plain(value)
            elif char in "'\"" and not self.modes.plain_quotes:
                value = self._single() if char == "'" else self._double()
                words.quoted(value)
            elif char == "<":
                value = self._heredoc_mark()
                words.quoted(value)
            elif self.next() == self.escape:
                value = (char if self.keep_escapes else "") + self.next()
                words.quoted(value)
            else:
                value = char
                words.plain(char)
            result.append(value)
        if stop:
            raise ParseError(f"unexpected end of statement while looking for matching {stop}")
        return "".join(result), words.finish()

    def _heredoc_mark(self) -> str:
        """Give `<`, or `<<` with the blanks after it: a here-document's name may stand apart from its mark."""
        start = self.position
        self.next()
        if self.peek() == "<":
            self.next()
            while (char := self.peek()) and char in _HEREDOC_BLANKS:
                self.next()
        return self.source[start : self.position]

    def _single(self) -> str:
        start = self.position
        end = self.source.find("'", start + 1)
        if end < 0:
            self.position = len(self.source)
            raise ParseError("unexpected end of statement while looking for matching single-quote")
        self.position = end + 1
        return self.source[start : end + 1] if self.modes.keep_quotes else self.source[start + 1 : end]

    def _double(self) -> str:
        opening = self.next()
        mark = opening if self.modes.keep_quotes else ""
        result = [mark]
        while char := self.peek():
            if char == "$":
                result.append(self._dollar())
                continue
            self.next()
            if char == '"':
                return "".join([*result, mark])
            if char == self.escape:
                if self.keep_escapes:
                    result.append(char)
                following = self.peek()
                if not following:
                    continue
                if following in ('"', "$", self.escape):
                    char = self.next()
            result.append(char)
        raise ParseError("unexpected end of statement while looking for matching double-quote")

    def _dollar(self) -> str:
        self.next()
        if self.peek() != "{":
            name = self._name()
            if not name:
                return "$"
            value = self._value(name)
            return f"${name}" if value is None and self.modes.keep_unset else value or ""
        self.next()
        if not self.peek():
            raise ParseError("syntax error: missing '}'")
        if self.peek() in "{}:":
            raise ParseError("syntax error: bad substitution")
        return self._braced(self._name())

    def _braced(self, name: str) -> str:
        modifier = self.next()
        if modifier == "}":
            value = self._value(name)
            return f"${{{name}}}" if value is None and self.modes.keep_unset else value or ""
        if modifier == "/":
            return self._replace(name)
        if modifier == ":":
            kind = self.next()
            if kind and kind in "#%":
                raise ParseError(f"unsupported modifier (:{kind}) in substitution")
            return self._modified(name, modifier + (kind or _END), kind, empty_is_unset=True)
        if modifier and modifier in "+-?#%":
            return self._modified(name, modifier, modifier, empty_is_unset=False)
        raise ParseError(f"unsupported modifier ({modifier or _END}) in substitution")

    def _modified(self, name: str, shown: str, kind: str, *, empty_is_unset: bool) -> str:
        word = self._up_to("}", kind in ("#", "%"), "syntax error: missing '}'")
        value = self._value(name)
        if value is None and self.modes.keep_unset:
            return f"${{{name}{shown}{word}}}"
        missing = value is None or (empty_is_unset and not value)
        if kind == "-":
            return word if missing else value or ""
        if kind == "+":
            return "" if missing else word
        if kind == "?":
            if missing:
                why = word or f"is not allowed to be {'unset' if value is None else 'empty'}"
                raise ParseError(f"{name}: {why}")
            return value or ""
        if kind in ("#", "%"):
            longest = word.startswith(kind)
            pattern = Pattern.parse(word[1:] if longest else word)
            return (pattern.cut_start if kind == "#" else pattern.cut_end)(value or "", longest=longest)
        raise ParseError(f"unsupported modifier ({shown}) in substitution")

    def _replace(self, name: str) -> str:
        everywhere = self.peek() == "/"
        if everywhere:
            self.next()
        pattern = self._up_to("/", True, "syntax error: missing '/' in ${}")
        replacement = self._up_to("}", True, "syntax error: missing '}'")
        value = self._value(name)
        if value is None and self.modes.keep_unset:
            return f"${{{name}/{pattern}/{replacement}}}"
        return Pattern.parse(pattern).replace(value or "", replacement, everywhere=everywhere)

    def _up_to(self, stop: str, keep_escapes: bool, at_end: str) -> str:
        try:
            return self.run(stop, keep_escapes)[0]
        except ParseError:
            if not self.peek():
                raise ParseError(at_end) from None
            raise

    def _name(self) -> str:
        start = self.position
        first = self.peek()
        if first.isdigit():
            while self.peek().isdigit():
                self.position += 1
        elif first and first in _SPECIAL_PARAMETERS:
            self.position += 1
        else:
            while (char := self.peek()) and (char.isalpha() or char.isdigit() or char == "_"):
                self.position += 1
        return self.source[start : self.position]

    def _value(self, name: str) -> str | None:
        value = self.env.get(name)
        (self.unset if value is None else self.found).add(name)
        return value
