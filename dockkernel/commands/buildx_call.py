"""What `docker buildx build` answers instead of building: `--call=check` (`--check`), `targets`, `outline`.

Text and JSON are those of BuildKit's subrequests.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from dockkernel.commands.build_hints import note_checks
from dockkernel.commands.buildx_flags import BuildxError
from dockkernel.commands.layout import table
from dockkernel.commands.session import Session
from dockkernel.dockerfile.instructions import Arg, Instruction, Run
from dockkernel.dockerfile.lint import Checked, check_text, warning_text
from dockkernel.dockerfile.source import LintWarning, SourceText, excerpt
from dockkernel.dockerfile.stages import Dockerfile, Stage, parse_for_buildkit
from dockkernel.errors import ParseError, Span


def check(session: Session, text: bytes, name: str, form: str = "") -> int:
    """`--check`: the warnings about a Dockerfile on standard output; 1 where there are any."""
    source = SourceText(text.decode("utf-8", "replace"), name)
    found = check_text(text, name)
    if form == "json":
        session.out(json.dumps(_check_json(found, source), indent=2, ensure_ascii=False) + "\n")
        return 1 if found.warnings or found.error else 0
    count = len(found.warnings)
    if count:
        words = "1 warning has been found!" if count == 1 else f"{count} warnings have been found!"
        session.out(f"Check complete, {words}\n" + "".join(warning_text(one, source) for one in found.warnings))
        note_checks(session, found.warnings, source)
    if found.error is not None:
        where = f"\n{excerpt(source, found.error.span, carets=False)}\n" if found.error.span else "\n"
        failure = BuildxError(f"{found.error.message}{where}", hint=found.error.hint)
        failure.span = found.error.span
        raise failure
    if not count:
        session.out("Check complete, no warnings found.\n")
    return 1 if count else 0


def _check_json(found: Checked, source: SourceText) -> dict[str, Any]:
    from base64 import b64encode

    data = b64encode(source.text.encode("utf-8", "replace")).decode()
    answer: dict[str, Any] = {
        "warnings": [_warning_json(one) for one in found.warnings] or None,
        "sources": [{"filename": source.name, "language": "Dockerfile", "data": data}],
    }
    if found.error is not None:
        answer["buildError"] = {"message": found.error.message, "location": _location(found.error.span)}
    return answer


def _warning_json(one: LintWarning) -> dict[str, Any]:
    return {"ruleName": one.rule, "url": one.url, "detail": one.text, "location": _location(one.span)}


def _location(span: Span | None) -> dict[str, Any]:
    if span is None:
        return {}
    return {"ranges": [{"start": {"line": span.start_line}, "end": {"line": span.end_line}}]}


def targets(session: Session, text: bytes, name: str, form: str = "") -> int:
    """`--call=targets`: the stages that can be built."""
    stages = _parsed(text, name).stages
    last = len(stages) - 1
    if form == "json":
        rows = [_target_json(stage, default=index == last) for index, stage in enumerate(stages)]
        session.out(json.dumps({"targets": rows}, indent=2, ensure_ascii=False) + "\n")
        return 0
    lines = [("TARGET", "DESCRIPTION")]
    for index, stage in enumerate(stages):
        shown = stage.name or ""
        if index == last:
            shown = f"{shown} (default)" if shown else "(default)"
        lines.append((shown, _described(stage.from_, stage.name)))
    session.out(table(lines, min_width=0, padding=1))
    return 0


def _target_json(stage: Stage, *, default: bool) -> dict[str, Any]:
    row = {
        "name": stage.name or "",
        "default": default,
        "description": _described(stage.from_, stage.name),
        "base": stage.base,
        "platform": stage.platform or "",
        "location": _location(stage.from_.span),
    }
    return {key: value for key, value in row.items() if value}


def _described(step: Instruction, name: str | None) -> str:
    """The comment before an instruction that begins with the name that it gives, without the name."""
    found = (line.removeprefix(f"{name} ") for line in step.comments if name and line.startswith(f"{name} "))
    return next(found, "")


def outline(session: Session, text: bytes, name: str, target: str = "", form: str = "") -> int:
    """`--call=outline`: what a target takes from outside: arguments, secrets, ssh."""
    dockerfile = _parsed(text, name)
    stage = _stage(dockerfile, target)
    args = list(_args(dockerfile, stage))
    secrets, keys = list(_mounts(stage, "secret")), list(_mounts(stage, "ssh"))
    if form == "json":
        answer = {
            "name": stage.name or "",
            "description": _described(stage.from_, stage.name),
            "args": [{"name": key, "description": words, "value": value} for key, value, words in args],
            "secrets": [{"name": key, "required": needed} for key, needed in secrets],
            "ssh": [{"name": key, "required": needed} for key, needed in keys],
        }
        session.out(json.dumps({key: value for key, value in answer.items() if value}, indent=2) + "\n")
        return 0
    if stage.name or _described(stage.from_, stage.name):
        described = _described(stage.from_, stage.name)
        lines = [("TARGET:", stage.name or "(default)"), *([("DESCRIPTION:", described)] if described else [])]
        session.out(table(lines, min_width=0, padding=1) + "\n")
    for head, rows in (
        (("BUILD ARG", "VALUE", "DESCRIPTION"), args),
        (("SECRET", "REQUIRED"), [(key, "true" if needed else "") for key, needed in secrets]),
        (("SSH", "REQUIRED"), [(key, "true" if needed else "") for key, needed in keys]),
    ):
        if rows:
            session.out(table([head, *rows], min_width=0, padding=3) + "\n")
    return 0


def _parsed(text: bytes, name: str) -> Dockerfile:
    try:
        return parse_for_buildkit(text, name)
    except ParseError as error:
        failure = BuildxError(f"failed to solve: {error.message}", hint=error.hint)
        failure.span = error.span
        raise failure from error


def _stage(dockerfile: Dockerfile, target: str) -> Stage:
    if not target:
        return dockerfile.stages[-1]
    for number, stage in enumerate(dockerfile.stages):
        if (stage.name or "").lower() == target.lower() or str(number) == target:
            return stage
    raise BuildxError(f"failed to solve: target stage {json.dumps(target)} could not be found")


def _args(dockerfile: Dockerfile, stage: Stage) -> Iterable[tuple[str, str, str]]:
    """Name, value and description of the arguments that the stage declares."""
    outside = {one.key: one.default for step in dockerfile.global_args for one in step.arguments}
    seen: set[str] = set()
    for step in stage.instructions:
        if not isinstance(step, Arg):
            continue
        for one in step.arguments:
            if one.key not in seen:
                seen.add(one.key)
                value = outside.get(one.key) if one.default is None else one.default
                yield one.key, value or "", one.doc


def _mounts(stage: Stage, kind: str) -> Iterable[tuple[str, bool]]:
    seen: set[str] = set()
    for step in stage.instructions:
        for mount in step.expand({}).mounts if isinstance(step, Run) else ():
            key = mount.id or ("default" if kind == "ssh" else "")
            if mount.type == kind and key and key not in seen:
                seen.add(key)
                yield key, mount.required
