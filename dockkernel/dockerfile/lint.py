"""The build checks (`docker build --check`): warnings about what is allowed but not wise.

The file says with a `check` directive, and an instruction with a `check` comment before it, which rules are skipped
(Docker docs, "Build checks"); the build argument BUILDKIT_DOCKERFILE_CHECK takes the directive's place. What is known
besides the file is said with `Surroundings`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dockkernel.dockerfile.directives import directive
from dockkernel.dockerfile.findings import BaseImage, CheckOptions, Findings, Surroundings
from dockkernel.dockerfile.lintfile import check_file, check_written
from dockkernel.dockerfile.lintstage import check_stages
from dockkernel.dockerfile.parser import decode, parse
from dockkernel.dockerfile.rules import BY_NAME, NO_EMPTY_CONTINUATION
from dockkernel.dockerfile.source import LintWarning, SourceText, excerpt
from dockkernel.dockerfile.stages import Dockerfile, parse_for_buildkit
from dockkernel.errors import ParseError

__all__ = [
    "BaseImage",
    "CheckFailed",
    "CheckOptions",
    "Checked",
    "Surroundings",
    "check_build",
    "check_options",
    "check_text",
    "lint",
    "short_text",
    "violation",
    "warning_text",
    "warnings_text",
]

OPTIONS_ARG = "BUILDKIT_DOCKERFILE_CHECK"
"""The build argument that says which rules speak, in place of the file's own directive."""


class CheckFailed(ParseError):
    """A build fails by the checks alone: their options cannot be read, or a warning is to be an error."""


def check_options(text: str | bytes, build_args: Mapping[str, str] | None = None) -> CheckOptions:
    """Give the options of a file's own `check` directive, or of the build argument in its place.

    Raises CheckFailed: `failed to parse check options: …`, `failed to parse build-arg:BUILDKIT_DOCKERFILE_CHECK: …`.
    """
    given = (build_args or {}).get(OPTIONS_ARG)
    what, value = ("check options", directive("check", text)) if given is None else (f"build-arg:{OPTIONS_ARG}", given)
    try:
        return CheckOptions.parse(value)
    except ParseError as error:
        raise CheckFailed(f"failed to parse {what}: {error.message}") from None


@dataclass(frozen=True, slots=True)
class Checked:
    """The warnings about a text in the order of its lines, and the error that a build would end with, if any.

    `found` has them in the order in which they were found, as BuildKit's JSON does.
    """

    warnings: tuple[LintWarning, ...]
    error: ParseError | None = None
    found: tuple[LintWarning, ...] = ()


def lint(
    dockerfile: Dockerfile, around: Surroundings | None = None, options: CheckOptions | None = None
) -> tuple[LintWarning, ...]:
    """Give the warnings about all stages of a Dockerfile in the order of its lines.

    `options` win over those in the file. An instruction that the build would fail at ends the checks.

    Raises CheckFailed: when the options cannot be read.
    """
    around = around or Surroundings()
    findings = Findings(check_options(dockerfile.source.text, around.build_args) if options is None else options)
    check_file(dockerfile, findings)
    check_stages(dockerfile, around, findings, every=True)
    return _in_lines(findings)


def check_text(text: str | bytes, name: str = "Dockerfile", around: Surroundings | None = None) -> Checked:
    """Give what `docker build --check` finds: about all stages, or about those that the target needs."""
    return _check(text, name, around or Surroundings(), every=True)


def check_build(text: str | bytes, name: str = "Dockerfile", around: Surroundings | None = None) -> Checked:
    """Give what a build finds, which looks at no more stages than the target needs.

    The error may be one that the build would meet anyhow; `lint violation found for rules: …` is told by nobody else.
    """
    return _check(text, name, around or Surroundings(), every=False)


def _check(text: str | bytes, name: str, around: Surroundings, *, every: bool) -> Checked:
    findings = Findings(CheckOptions())
    try:
        findings.options = check_options(text, around.build_args)
        dockerfile = parse_for_buildkit(text, name)
    except CheckFailed as error:
        return Checked((), error)
    except ParseError as error:
        _check_before_error(text, findings)
        return Checked(_in_lines(findings), error, tuple(findings.warnings))
    check_file(dockerfile, findings)
    failure = check_stages(dockerfile, around, findings, every=every)
    if failure is None and findings.options.error and (words := violation(findings.warnings)):
        failure = CheckFailed(words)
    return Checked(_in_lines(findings), failure, tuple(findings.warnings))


def _check_before_error(text: str | bytes, findings: Findings) -> None:
    """Note what the instructions before a parser's error show."""
    try:
        parsed = parse(decode(text))
    except ParseError:
        return
    for warning in parsed.warnings:
        findings.add(NO_EMPTY_CONTINUATION, warning.span)
    for node in parsed.nodes:
        if not check_written(node, findings):
            return


def _in_lines(findings: Findings) -> tuple[LintWarning, ...]:
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


def warnings_text(warnings: Iterable[LintWarning], source: SourceText, *, debug: bool = False) -> str:
    """Give what buildx says of warnings after a build, in its yellow; with `docker --debug` at length.

    Nothing when there are none. Equal ones are said once.
    """
    shown = list(dict.fromkeys(warnings))
    if not shown:
        return ""
    count = "1 warning found" if len(shown) == 1 else f"{len(shown)} warnings found"
    more = "" if debug else " (use docker --debug to expand)"
    text = f"\n \x1b[33m{count}{more}:\n\x1b[0m"
    return text + "".join(_expanded(one, source) if debug else f" - {short_text(one)}\n" for one in shown)


def _expanded(warning: LintWarning, source: SourceText) -> str:
    address = f"More info: {warning.url}\n" if warning.url else ""
    description = BY_NAME[warning.rule].description
    lines = excerpt(source, warning.span, carets=False)
    return f" - {short_text(warning)}\n{description}\n{address}{lines}\n\n"
