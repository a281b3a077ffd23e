"""The build checks (`docker build --check`): warnings about what is allowed but not wise.

The file says with a `check` directive, and an instruction with a `check` comment before it, which rules are skipped
(Docker docs, "Build checks"). What a base image holds is not known here; `Surroundings.bases` can tell.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dockkernel.dockerfile.findings import BaseImage, CheckOptions, Findings, Surroundings
from dockkernel.dockerfile.lintfile import check_file, check_writing
from dockkernel.dockerfile.lintstage import check_stages
from dockkernel.dockerfile.parser import Directive, decode, parse
from dockkernel.dockerfile.rules import NO_EMPTY_CONTINUATION
from dockkernel.dockerfile.source import LintWarning, SourceText, Span, excerpt
from dockkernel.dockerfile.stages import Dockerfile, parse_for_buildkit
from dockkernel.dockerfile.typed import instruction
from dockkernel.errors import ParseError

__all__ = [
    "BaseImage",
    "CheckOptions",
    "Checked",
    "Surroundings",
    "check_options",
    "check_text",
    "lint",
    "short_text",
    "violation",
    "warning_text",
]


def check_options(dockerfile: Dockerfile) -> CheckOptions:
    """Give the options of the file's own `check` directive.

    Raises ParseError: `failed to parse check options: …`.
    """
    return options_of(dockerfile.directives)


def options_of(directives: Iterable[Directive]) -> CheckOptions:
    """Give the options of a `check` directive among others.

    Raises ParseError: `failed to parse check options: …`.
    """
    text = next((one.value for one in directives if one.name == "check"), "")
    try:
        return CheckOptions.parse(text)
    except ParseError as error:
        raise ParseError(f"failed to parse check options: {error.message}", span=Span(1, 1)) from None


def lint(
    dockerfile: Dockerfile, around: Surroundings | None = None, options: CheckOptions | None = None
) -> tuple[LintWarning, ...]:
    """Give the warnings about a Dockerfile in the order of its lines; `options` win over those in the file.

    An instruction whose variables cannot be read ends the checks, as it would end the build.

    Raises ParseError: when the file's `check` directive cannot be read.
    """
    findings = Findings(check_options(dockerfile) if options is None else options)
    check_file(dockerfile, findings)
    check_stages(dockerfile, around or Surroundings(), findings)
    return _sorted(findings)


@dataclass(frozen=True, slots=True)
class Checked:
    """The warnings about a text, and the error that makes it no Dockerfile, if it is none."""

    warnings: tuple[LintWarning, ...]
    error: ParseError | None = None


def check_text(text: str | bytes, name: str = "Dockerfile", around: Surroundings | None = None) -> Checked:
    """Give the warnings about a text; of a broken one those about the instructions before the error."""
    try:
        return Checked(lint(parse_for_buildkit(text, name), around))
    except ParseError as error:
        return Checked(_before_error(text), error)


def _before_error(text: str | bytes) -> tuple[LintWarning, ...]:
    findings = Findings(CheckOptions())
    try:
        parsed = parse(decode(text))
        findings.options = options_of(parsed.directives)
        for warning in parsed.warnings:
            findings.add(NO_EMPTY_CONTINUATION, warning.span)
        for node in parsed.nodes:
            check_writing(instruction(node), findings)
    except ParseError:
        pass
    return _sorted(findings)


def _sorted(findings: Findings) -> tuple[LintWarning, ...]:
    return tuple(sorted(findings.warnings, key=lambda warning: warning.span.start_line))


def violation(warnings: Iterable[LintWarning]) -> str | None:
    """Give the error that the warnings are where `check=error=true` asks for one."""
    names = sorted({warning.rule for warning in warnings})
    return f"lint violation found for rules: {', '.join(names)}" if names else None


def warning_text(warning: LintWarning, source: SourceText) -> str:
    """Give a warning as `docker build --check` prints it: a blank line, rule and address, text, the lines."""
    head = f"WARNING: {warning.rule} - {warning.url}" if warning.url else f"WARNING: {warning.rule}"
    return f"\n{head}\n{warning.text}\n{excerpt(source, warning.span, carets=False)}\n"


def short_text(warning: LintWarning) -> str:
    """Give a warning in the one line that follows a build."""
    return f"{warning.rule}: {warning.text} (line {warning.span.start_line})"
