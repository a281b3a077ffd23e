"""`docker build --check`: what the build checks find, in buildx's words."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from dockkernel.commands.build_outline import location_json
from dockkernel.dockerfile.lint import Checked, warning_text
from dockkernel.dockerfile.rules import BY_NAME
from dockkernel.dockerfile.source import LintWarning, SourceText, excerpt
from dockkernel.errors import ParseError
from dockkernel.oci.canonical import dumps


def check_text_of(checked: Checked, source: SourceText) -> str:
    """What standard output gets: how many warnings there are, then each with its lines."""
    count = len(checked.warnings)
    if count:
        words = "1 warning has been found!" if count == 1 else f"{count} warnings have been found!"
        text = f"Check complete, {words}\n" + "".join(warning_text(one, source) for one in checked.warnings)
        return f"{text}\n" if checked.error is not None else text
    return "" if checked.error is not None else "Check complete, no warnings found.\n"


def failure_of(error: ParseError, source: SourceText) -> str:
    """What follows `ERROR: ` where the build would fail: the message, and the lines it is about."""
    lines = f"{excerpt(source, error.span, carets=False)}\n" if error.span else ""
    return f"{error.message}\n{lines}"


def check_json(checked: Checked, text: bytes, name: str) -> str:
    """The answer to `--call=check,format=json`, with a line end: BuildKit's `frontend.lint`."""
    answer: dict[str, Any] = {
        "warnings": [_warning_json(one) for one in checked.found] or None,
        "sources": [{"filename": name, "data": b64encode(text).decode(), "language": "Dockerfile"}],
    }
    if checked.error is not None:
        answer["buildError"] = {"message": checked.error.message, "location": location_json(checked.error.span)}
    return dumps(answer, indent=2) + "\n"


def _warning_json(one: LintWarning) -> dict[str, Any]:
    row = {"description": BY_NAME[one.rule].description, "url": one.url, "detail": one.text}
    place = {"location": location_json(one.span)}
    return {"ruleName": one.rule} | {key: value for key, value in row.items() if value} | place
