"""Completion of `%docker`, `%%docker` and `%%dockerfile` through IPython's own completer."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from IPython.core.completer import SimpleCompletion, context_matcher

from dockkernel.frontends.assist import Found, complete_command, complete_dockerfile, complete_script
from dockkernel.frontends.cells import CellRunner

_LINE_MAGIC = re.compile(r"(?:.*=)?\s*%docker(?=\s)(?:\s+--expand(?=\s))?")
_CELL_MAGIC = re.compile(r"\s*%%(docker|dockerfile)\b[^\n]*\n")


def find(text: str, cursor: int, runner: CellRunner) -> Found | None:
    """Completions for a cursor behind one of our magics; None where the text is somebody else's."""
    before = text[:cursor]
    cell = _CELL_MAGIC.match(before)
    if cell:
        body = before[cell.end() :]
        state = runner.engine.state
        found = complete_script(body, state) if cell.group(1) == "docker" else complete_dockerfile(body, state)
        return Found(cell.end() + found.start, found.matches)
    line_start = before.rfind("\n") + 1
    line = before[line_start:]
    if line.lstrip().startswith("%%docker ") and not before[:line_start].strip():
        offset = line_start + line.index("%%docker") + len("%%docker")
        return complete_command(before[offset:], runner.engine.state, offset=offset)
    if line.lstrip().startswith("%%dockerfile ") and not before[:line_start].strip():
        offset = line_start + line.index("%%dockerfile") + len("%%dockerfile")
        return complete_command(" build" + before[offset:], runner.engine.state, offset=offset - len(" build"))
    magic = _LINE_MAGIC.match(line)
    if magic:
        offset = line_start + magic.end()
        return complete_command(before[offset:], runner.engine.state, offset=offset)
    return None


def make_matcher(runner: CellRunner) -> Callable[[Any], dict[str, Any]]:
    """A matcher for `shell.Completer.custom_matchers`."""

    def docker_matcher(context: Any) -> dict[str, Any]:
        lines = context.full_text.split("\n")
        cursor = sum(len(line) + 1 for line in lines[: context.cursor_line]) + context.cursor_position
        found = find(context.full_text, cursor, runner)
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
