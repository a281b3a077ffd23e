"""The checks that need only the file as it is written: spelling, stage names, comments, blank lines."""

from __future__ import annotations

from dockkernel.dockerfile import rules
from dockkernel.dockerfile.findings import Findings
from dockkernel.dockerfile.instructions import Arg, From, Instruction, Maintainer
from dockkernel.dockerfile.parser import Node
from dockkernel.dockerfile.stages import Dockerfile
from dockkernel.dockerfile.typed import instruction
from dockkernel.errors import ParseError, Span
from dockkernel.oci.quoting import go_quote

_RESERVED = frozenset({"context", "scratch"})


def check_file(dockerfile: Dockerfile, findings: Findings) -> None:
    """Note what the text alone shows."""
    for warning in dockerfile.warnings:
        findings.add(rules.NO_EMPTY_CONTINUATION, warning.span)
    for step in dockerfile.steps:
        check_writing(step, findings)
    _check_stage_names(dockerfile, findings)
    _check_casing(dockerfile, findings)


def check_writing(step: Instruction, findings: Findings) -> None:
    """Note what one instruction shows by itself."""
    if isinstance(step, Maintainer):
        findings.add(rules.MAINTAINER_DEPRECATED, step.span, comments=step.comments)
    elif isinstance(step, Arg):
        _check_description(step, tuple(argument.key for argument in step.arguments), findings)
    elif isinstance(step, From) and step.name is not None:
        _check_as(step.written, step.written_as or "", step.written_name or "", step.span, step.comments, findings)
        _check_description(step, (step.name,), findings)


def check_written(node: Node, findings: Findings) -> bool:
    """Note what an instruction shows by itself that may be none; tell whether it is one."""
    try:
        step = instruction(node)
    except ParseError:
        words, keyword = node.arguments.words, node.keyword.lower()
        if keyword == "maintainer":
            findings.add(rules.MAINTAINER_DEPRECATED, node.span, comments=node.comments)
        elif keyword == "from" and len(words) == 3:
            _check_as(node.keyword, words[1], words[2], node.span, node.comments, findings)
        return False
    check_writing(step, findings)
    return True


def _check_as(keyword: str, between: str, name: str, span: Span, comments: tuple[str, ...], findings: Findings) -> None:
    """Compare the case of a stage's name and of the word before it."""
    if name != name.lower():
        findings.add(rules.STAGE_NAME_CASING, span, name, comments=comments)
    if not _same_case(keyword, between):
        findings.add(rules.FROM_AS_CASING, span, keyword, between, comments=comments)


def _same_case(keyword: str, other: str) -> bool:
    """Tell whether the second word has the case of the first; a first word of mixed case has none."""
    if keyword == keyword.lower():
        return other == other.lower()
    return keyword != keyword.upper() or other == other.upper()


def _check_description(step: Instruction, names: tuple[str, ...], findings: Findings) -> None:
    if not step.comments or step.comments[-1].split(" ")[0] in names:
        return
    shown = names[0] if len(names) == 1 else "<arg_key>"
    rule = rules.INVALID_DEFINITION_DESCRIPTION
    findings.add(rule, step.span, step.keyword, shown, comments=step.comments)


def _check_stage_names(dockerfile: Dockerfile, findings: Findings) -> None:
    seen: set[str] = set()
    for stage in dockerfile.stages:
        if stage.name is None:
            continue
        if stage.name in _RESERVED:
            findings.add(rules.RESERVED_STAGE_NAME, stage.from_.span, go_quote(stage.name))
        if stage.name in seen:
            findings.add(rules.DUPLICATE_STAGE_NAME, stage.from_.span, go_quote(stage.name))
        seen.add(stage.name)


def _check_casing(dockerfile: Dockerfile, findings: Findings) -> None:
    """Compare each keyword with the case of the most; those of mixed case do not count, a tie means capitals."""
    steps = [step for stage in dockerfile.stages for step in (stage.from_, *stage.instructions)]
    lower = sum(step.written == step.written.lower() for step in steps)
    upper = sum(step.written == step.written.upper() for step in steps)
    wanted, name = (str.lower, "lowercase") if lower > upper else (str.upper, "uppercase")
    for step in steps:
        if step.written != wanted(step.written):
            findings.add(rules.CONSISTENT_INSTRUCTION_CASING, step.span, step.written, name)
