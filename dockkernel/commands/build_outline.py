"""`docker build --call=outline` and `--call=targets`: what a target takes, and which targets there are.

Text and JSON are those of BuildKit's subrequests `frontend.outline` and `frontend.targets`.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from typing import Any

from dockkernel.commands.layout import table
from dockkernel.dockerfile.outline import Outline, OutlineMount, stage_doc
from dockkernel.dockerfile.source import Span
from dockkernel.dockerfile.stages import Dockerfile, Stage
from dockkernel.oci.canonical import dumps


def location_json(span: Span | None) -> dict[str, Any]:
    """Lines as BuildKit's JSON has them; of no place nothing."""
    if span is None:
        return {}
    return {"ranges": [{"start": {"line": span.start_line}, "end": {"line": span.end_line}}]}


def _present(row: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if value}


def outline_json(outline: Outline, text: bytes) -> str:
    """The answer to `--call=outline,format=json`, with a line end."""
    arguments = [
        {"name": one.name} | _present({"description": one.doc, "value": one.value, "location": location_json(one.span)})
        for one in outline.arguments
    ]
    answer = {
        "name": outline.name,
        "description": outline.doc,
        "args": arguments,
        "secrets": [_mount_json(one) for one in outline.secrets],
        "ssh": [_mount_json(one) for one in outline.agents],
        "sources": [b64encode(text).decode()],
    }
    return dumps(_present(answer), indent=2) + "\n"


def _mount_json(one: OutlineMount) -> dict[str, Any]:
    return {"name": one.name} | _present({"required": one.required, "location": location_json(one.span)})


def outline_text(outline: Outline) -> str:
    """The answer to `--call=outline`."""
    text = ""
    if outline.name or outline.doc:
        head = [("TARGET:", outline.name or "(default)")]
        head += [("DESCRIPTION:", outline.doc)] if outline.doc else []
        text += table(head, min_width=0, padding=1) + "\n"
    for heads, rows in (
        (("BUILD ARG", "VALUE", "DESCRIPTION"), [(one.name, one.value, one.doc) for one in outline.arguments]),
        (("SECRET", "REQUIRED"), _mount_rows(outline.secrets)),
        (("SSH", "REQUIRED"), _mount_rows(outline.agents)),
    ):
        if rows:
            text += table([heads, *rows], min_width=0) + "\n"
    return text


def _mount_rows(mounts: Sequence[OutlineMount]) -> list[tuple[str, ...]]:
    return [(one.name, "true" if one.required else "") for one in mounts]


def targets_json(dockerfile: Dockerfile, text: bytes) -> str:
    """The answer to `--call=targets,format=json`, with a line end."""
    last = len(dockerfile.stages) - 1
    rows = [_target_json(stage, default=index == last) for index, stage in enumerate(dockerfile.stages)]
    return dumps({"targets": rows, "sources": [b64encode(text).decode()]}, indent=2) + "\n"


def _target_json(stage: Stage, *, default: bool) -> dict[str, Any]:
    row = {
        "name": stage.name,
        "default": default,
        "description": stage_doc(stage.from_),
        "base": stage.base,
        "platform": stage.platform,
        "location": location_json(stage.from_.span),
    }
    return _present(row)


def targets_text(dockerfile: Dockerfile) -> str:
    """The answer to `--call=targets`: a line a stage."""
    last = len(dockerfile.stages) - 1
    rows = [("TARGET", "DESCRIPTION")]
    for index, stage in enumerate(dockerfile.stages):
        name = stage.name or ""
        if index == last:
            name = f"{name} (default)" if name else "(default)"
        rows.append((name, stage_doc(stage.from_)))
    return table(rows, min_width=0, padding=1)
