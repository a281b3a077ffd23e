"""Completion of `%docker`, `%%docker` and `%%dockerfile` through IPython's own completer."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from IPython.core.completer import SimpleCompletion, context_matcher

from dockkernel.frontends.ipython.magics import DockerMagics

if TYPE_CHECKING:
    from dockkernel.frontends.assist import Found

_LINE_MAGIC = re.compile(r"(?:.*=)?\s*%docker(?=\s)(?:\s+--expand(?=\s))?")
_OWN_LINE = re.compile(r"\s*%dockerfile(?=\s)")
_OWN = ("--export", "--reset", "--show")
_OWN_FLAGS = ("--context", "--continue")
"""Those of `%%dockerfile` that no build has."""
_CELL_LINE = re.compile(r"\s*%%(docker|dockerfile)(?=[ \t])")
_CELL_MAGIC = re.compile(r"\s*%%(docker|dockerfile)\b[^\n]*\n")


def find(text: str, cursor: int, magics: DockerMagics) -> Found | None:
    """Completions for a cursor behind one of our magics; None where the text is somebody else's."""
    before = text[:cursor]
    line_start = before.rfind("\n") + 1
    body, first = _CELL_MAGIC.match(before), _CELL_LINE.match(before)
    line = _LINE_MAGIC.match(before, line_start)
    if own := _OWN_LINE.match(before, line_start):
        return _own(before, own.end(), _OWN)
    if not (body or first or line):
        return None
    from dockkernel.frontends.assist import Found, complete_command, complete_dockerfile, complete_script

    state = magics.runner.engine.state
    if body:
        script = before[body.end() :]
        complete = complete_script if body.group(1) == "docker" else complete_dockerfile
        found = complete(script, state)
        return Found(body.end() + found.start, found.matches)
    magic = first or line
    assert magic is not None
    if not first or first.group(1) != "dockerfile":
        return complete_command(before[magic.end() :], state, offset=magic.end())
    # BuildKit's flags are nearly all of the classic builder's, and more.
    word = " buildx build"
    found = complete_command(word + before[magic.end() :], state, offset=magic.end() - len(word))
    ours = _own(before, magic.end(), _OWN_FLAGS)
    return Found(ours.start, tuple(sorted({*found.matches, *ours.matches}))) if ours.matches else found


def _own(before: str, start: int, words: tuple[str, ...]) -> Found:
    """Those of our own words that the last word, behind `start`, may become."""
    from dockkernel.frontends.assist import Found

    wanted = re.split(r"\s", before[start:])[-1]
    matches = tuple(word for word in words if wanted.startswith("-") and word.startswith(wanted))
    return Found(len(before) - len(wanted), matches)


def make_matcher(magics: DockerMagics) -> Callable[[Any], dict[str, Any]]:
    """A matcher for `shell.Completer.custom_matchers`."""

    def docker_matcher(context: Any) -> dict[str, Any]:
        lines = context.full_text.split("\n")
        cursor = sum(len(line) + 1 for line in lines[: context.cursor_line]) + context.cursor_position
        found = find(context.full_text, cursor, magics)
        if found is None:
            return {"completions": [], "suppress": False}
        return {
            "completions": [SimpleCompletion(match, type="docker") for match in found.matches],
            "matched_fragment": context.full_text[found.start : cursor],
            "suppress": True,
            "ordered": True,
        }

    matcher: Callable[[Any], dict[str, Any]] = context_matcher(identifier="dockkernel")(docker_matcher)
    return matcher
