"""The patterns of `${v#p}`, `${v%p}` and `${v/p/r}`: `*` any run, `?` one character, a backslash makes either plain.

They are matched by following all possibilities at once, so no pattern can take more than length times length steps.
Neither `*` nor `?` matches a line end.
"""

from __future__ import annotations

from dataclasses import dataclass

from dockkernel.errors import ParseError

_ANY_RUN = "*run"
_ANY_ONE = "?one"


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern as a row of steps: plain characters, any one, any run."""

    steps: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> Pattern:
        r"""Give the pattern of a text.

        Raises ParseError: `invalid pattern (…) in substitution: invalid escape '\c'`.
        """
        steps: list[str] = []
        position = 0
        while position < len(text):
            char = text[position]
            position += 1
            if char == "\\":
                char = text[position : position + 1]
                position += 1
                if not char or char not in "}/*?\\":
                    shown = f"\\{char or chr(0xFFFD)}"
                    raise ParseError(f"invalid pattern ({text}) in substitution: invalid escape '{shown}'")
                steps.append(char)
            else:
                steps.append({"*": _ANY_RUN, "?": _ANY_ONE}.get(char, char))
        return cls(tuple(steps))

    def cut_start(self, value: str, *, longest: bool) -> str:
        """Give the value without the shortest (or longest) beginning that matches."""
        return value[self._end(value, 0, longest=longest) or 0 :]

    def cut_end(self, value: str, *, longest: bool) -> str:
        """Give the value without the shortest (or longest) end that matches."""
        backwards = Pattern(self.steps[::-1])
        return backwards.cut_start(value[::-1], longest=longest)[::-1]

    def replace(self, value: str, replacement: str, *, everywhere: bool) -> str:
        """Give the value with the first match, the longest at its place, replaced, or with all of them."""
        result: list[str] = []
        position = 0
        kept = 0
        first = self.steps[0] if self.steps and len(self.steps[0]) == 1 else ""
        while position <= len(value):
            if first:
                position = value.find(first, position)
                if position < 0:
                    break
            end = self._end(value, position, longest=True)
            if end is None or (end == position and result and kept == position):
                position += 1
                continue
            result += [value[kept:position], replacement]
            kept = end
            position = end if end > position else position + 1
            if not everywhere:
                break
        return "".join([*result, value[kept:]])

    def _end(self, value: str, start: int, *, longest: bool) -> int | None:
        """Give where a match that begins at `start` ends, or None."""
        states = self._closure({0})
        best: int | None = None
        position = start
        while True:
            if len(self.steps) in states:
                best = position
                if not longest:
                    return best
            if position >= len(value) or not states:
                return best
            states = self._advance(states, value[position])
            position += 1

    def _advance(self, states: set[int], char: str) -> set[int]:
        after: set[int] = set()
        for state in states:
            if state == len(self.steps):
                continue
            step = self.steps[state]
            if step == _ANY_RUN:
                if char != "\n":
                    after.add(state)
            elif step == char or (step == _ANY_ONE and char != "\n"):
                after.add(state + 1)
        return self._closure(after)

    def _closure(self, states: set[int]) -> set[int]:
        """Give the states with those that follow when a run is empty."""
        pending = list(states)
        while pending:
            state = pending.pop()
            if state < len(self.steps) and self.steps[state] == _ANY_RUN and state + 1 not in states:
                states.add(state + 1)
                pending.append(state + 1)
        return states
