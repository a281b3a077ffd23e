"""`.dockerignore`: which files of a directory belong to a build context (Docker docs, "Build context", .dockerignore).

A line is a pattern over paths from the context's root; the last line that matches a path, or a directory above it, says
whether it is left out. `!` takes paths back in. The matching is that of Docker's own matcher, odd corners included.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from dockkernel.errors import ParseError

_BOM = "\ufeff"


@dataclass(frozen=True, slots=True)
class _Pattern:
    text: str
    exception: bool
    matches: Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class IgnorePatterns:
    """The patterns of one file, in order."""

    patterns: tuple[_Pattern, ...] = ()

    @staticmethod
    def parse(text: str | bytes) -> IgnorePatterns:
        """The patterns of a `.dockerignore`.

        A byte order mark, empty lines and lines that start with `#` are passed over; white space around a pattern, a
        leading slash and trailing slashes go. `ParseError` for `!` alone and for a pattern that is not well formed.
        """
        if isinstance(text, bytes):
            text = text.decode("utf-8", "surrogateescape")
        lines = text.removeprefix(_BOM).split("\n")
        return IgnorePatterns.of(_cleaned(line.strip()) for line in lines if line.strip() and not line.startswith("#"))

    @staticmethod
    def of(lines: Iterable[str]) -> IgnorePatterns:
        """Patterns that were read already."""
        return IgnorePatterns(tuple(_pattern(line) for line in lines))

    def with_exceptions(self, *paths: str) -> IgnorePatterns:
        """These patterns and then an exception for each of the paths that they leave out.

        Docker sends the Dockerfile and `.dockerignore` in any case.
        """
        more = tuple(_Pattern(path, True, path.__eq__) for path in paths if self.matches(path))
        return IgnorePatterns(self.patterns + more)

    def matches(self, path: str) -> bool:
        """Whether the path is left out: by a pattern for itself or for a directory above it."""
        path = path.strip("/")
        names = path.split("/")
        paths = [path, *("/".join(names[:count]) for count in range(1, len(names)))]
        left_out = False
        for pattern in self.patterns:
            if pattern.exception == left_out and any(pattern.matches(one) for one in paths):
                left_out = not pattern.exception
        return left_out

    def include(self, path: str, is_dir: bool) -> bool:
        """Whether the path is sent; in the form that `hostdir.read_dir` asks for."""
        return not self.matches(path)

    def descend(self, path: str) -> bool:
        """Whether an exception may be found in a directory that is left out.

        Docker compares the exception's text: `!**/keep` does not reach into a directory that another line leaves out.
        """
        return any(pattern.exception and f"{pattern.text}/".startswith(f"{path}/") for pattern in self.patterns)


def _cleaned(line: str) -> str:
    """The pattern as Docker's reader gives it on: normal form, relative to the context."""
    mark, pattern = ("!", line[1:].strip()) if line.startswith("!") else ("", line)
    if pattern:
        pattern = _clean(pattern)
        if len(pattern) > 1:
            pattern = pattern.removeprefix("/")
    return mark + pattern


def _clean(path: str) -> str:
    """Go's `path.Clean`: as `normpath`, but for two leading slashes."""
    return posixpath.normpath(re.sub("^/+", "/", path))


def _pattern(line: str) -> _Pattern:
    exception = line.startswith("!")
    text = line[1:] if exception else line
    if exception and not text:
        raise ParseError('illegal exclusion pattern: "!"')
    return _Pattern(text, exception, _matcher(text))


def _matcher(text: str) -> Callable[[str], bool]:
    """What tells whether a path fits the pattern."""
    plain = not re.search(r"[*?\[\]\\]", text)
    if plain:
        return text.__eq__
    tail, head = text[2:], text[:-2]
    if text.startswith("**") and not re.search(r"[*?\[\]\\]", tail):
        # `**/x` is any path that ends in /x, or x itself; `**x` any that ends in x.
        return lambda path: path.endswith(tail) or (tail[:1] == "/" and path == tail[1:])
    if text.endswith("**") and not re.search(r"[*?\[\]\\]", head):
        return lambda path: path.startswith(head)
    found = re.compile(_expression(text), re.DOTALL)
    return lambda path: found.fullmatch(path) is not None


def _expression(text: str) -> str:
    """The pattern as a regular expression."""
    out = []
    at = 0
    while at < len(text):
        char = text[at]
        if text.startswith("**", at):
            at += 3 if text.startswith("/", at + 2) else 2
            # Any number of directories, none included; at the end anything at all.
            out.append("(?:.*/)?" if at < len(text) else ".*")
            continue
        if char == "[":
            at, part = _char_class(text, at)
            out.append(part)
            continue
        if char == "\\":
            at += 1
            if at == len(text):
                raise _bad()
            char = text[at]
            out.append(re.escape(char))
        else:
            out.append({"*": "[^/]*", "?": "[^/]"}.get(char) or re.escape(char))
        at += 1
    return "".join(out)


def _char_class(text: str, at: int) -> tuple[int, str]:
    """The class that starts at `[`, as Go's `filepath.Match` reads it; the place after it and its expression."""
    at += 1
    negated = text.startswith("^", at)
    at += negated
    parts: list[str] = []
    while not (text.startswith("]", at) and parts):
        at, low = _class_char(text, at)
        high = low
        if text.startswith("-", at):
            at, high = _class_char(text, at + 1)
        if low <= high:
            parts.append(f"{re.escape(low)}-{re.escape(high)}")
        else:
            parts.append("")
    found = "".join(parts)
    if not found:
        return at + 1, "." if negated else "(?!)"
    return at + 1, f"[{'^' if negated else ''}{found}]"


def _class_char(text: str, at: int) -> tuple[int, str]:
    if at >= len(text) or text[at] in "-]":
        raise _bad()
    if text[at] == "\\":
        at += 1
    if at + 1 >= len(text):
        raise _bad()
    return at + 1, text[at]


def _bad() -> ParseError:
    return ParseError("syntax error in pattern")
