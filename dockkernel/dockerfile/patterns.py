"""The patterns of `${v#p}`, `${v%p}` and `${v/p/r}`: `*` any run, `?` one character, a backslash makes either plain.

Neither `*` nor `?` matches a line end. A pattern is cut at its runs into segments. The first place where a segment fits
is never worse than a later one, so nothing is tried twice and no pattern takes more than length times length steps.
"""

from __future__ import annotations

from dataclasses import dataclass

from dockkernel.errors import ParseError

_ANY_ONE = "?one"


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern as segments between its runs; a segment is a row of plain characters and of any-ones."""

    segments: tuple[tuple[str, ...], ...]

    @classmethod
    def parse(cls, text: str) -> Pattern:
        r"""Give the pattern of a text.

        Raises ParseError: `invalid pattern (…) in substitution: invalid escape '\c'`.
        """
        segments: list[list[str]] = [[]]
        position = 0
        while position < len(text):
            char = text[position]
            position += 1
            if char == "*":
                segments.append([])
            elif char == "?":
                segments[-1].append(_ANY_ONE)
            elif char == "\\":
                char = text[position : position + 1]
                position += 1
                if not char or char not in "}/*?\\":
                    shown = f"\\{char or chr(0xFFFD)}"
                    raise ParseError(f"invalid pattern ({text}) in substitution: invalid escape '{shown}'")
                segments[-1].append(char)
            else:
                segments[-1].append(char)
        return cls(tuple(map(tuple, segments)))

    def cut_start(self, value: str, *, longest: bool) -> str:
        """Give the value without the shortest (or longest) beginning that matches."""
        return value[self._end(value, 0, longest=longest) or 0 :]

    def cut_end(self, value: str, *, longest: bool) -> str:
        """Give the value without the shortest (or longest) end that matches."""
        backwards = Pattern(tuple(segment[::-1] for segment in reversed(self.segments)))
        return backwards.cut_start(value[::-1], longest=longest)[::-1]

    def replace(self, value: str, replacement: str, *, everywhere: bool) -> str:
        """Give the value with the first match, the longest at its place, replaced, or with all of them."""
        result: list[str] = []
        position = kept = 0
        while position <= len(value):
            start = _find(value, self.segments[0], position, len(value))
            if start is None:
                break
            end = self._end(value, start, longest=True)
            if end is None:
                # What follows the first segment fits nowhere in this line, so a start only helps that leads to another.
                width = len(self.segments[0])
                position = max(start, _line_end(value, start + width) - width) + 1
                continue
            if end > start or not result or kept < start:
                result += [value[kept:start], replacement]
                kept = end
                if not everywhere:
                    break
            position = end if end > start else start + 1
        return "".join([*result, value[kept:]])

    def _end(self, value: str, start: int, *, longest: bool) -> int | None:
        """Give where a match that begins at `start` ends, or None."""
        if not _fits(value, self.segments[0], start):
            return None
        position = start + len(self.segments[0])
        for count, segment in enumerate(self.segments[1:], 2):
            last = longest and count == len(self.segments)
            limit = _line_end(value, position)
            found = (_find_last if last else _find)(value, segment, position, limit)
            if found is None:
                return None
            position = found + len(segment)
        return position


def _line_end(value: str, position: int) -> int:
    end = value.find("\n", position)
    return len(value) if end < 0 else end


def _fits(value: str, segment: tuple[str, ...], start: int) -> bool:
    if start + len(segment) > len(value):
        return False
    return all(
        step == char or (step == _ANY_ONE and char != "\n")
        for step, char in zip(segment, value[start : start + len(segment)], strict=True)
    )


def _find(value: str, segment: tuple[str, ...], first: int, last: int) -> int | None:
    """Give the first place from `first` to `last` (both count) where the segment fits."""
    if _ANY_ONE not in segment:
        found = value.find("".join(segment), first, min(len(value), last + len(segment)))
        return None if found < 0 else found
    return next((place for place in range(first, last + 1) if _fits(value, segment, place)), None)


def _find_last(value: str, segment: tuple[str, ...], first: int, last: int) -> int | None:
    """Give the last place from `first` to `last` (both count) where the segment fits."""
    if _ANY_ONE not in segment:
        found = value.rfind("".join(segment), first, min(len(value), last + len(segment)))
        return None if found < 0 else found
    return next((place for place in range(last, first - 1, -1) if _fits(value, segment, place)), None)
