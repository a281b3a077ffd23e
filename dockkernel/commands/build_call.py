"""`docker build --call=…`: what is asked of a Dockerfile instead of a build, with all that is known around it."""

from __future__ import annotations

from dockkernel.build.buildkit.checks import KitChecks
from dockkernel.build.buildkit.local_context import ClientContext
from dockkernel.build.buildkit.options import BaseImage, KitOptions
from dockkernel.commands.build_check import check_json, check_text_of, failure_of
from dockkernel.commands.build_hints import note_checks
from dockkernel.commands.build_outline import outline_json, outline_text, targets_json, targets_text
from dockkernel.commands.buildx_flags import BuildxError
from dockkernel.commands.session import Session
from dockkernel.dockerfile.outline import outline
from dockkernel.dockerfile.source import SourceText, excerpt
from dockkernel.dockerfile.stages import parse_for_buildkit
from dockkernel.engine.base_images import find_base
from dockkernel.errors import ParseError
from dockkernel.oci.platform import Platform


def call_build(session: Session, call: str, form: str, context: ClientContext, options: KitOptions) -> int:
    """Answers `check`, `outline` or `targets` on standard output, as text or (`form` "json") as JSON; the exit code.

    `BuildxError` where the build would fail. The context has a Dockerfile.
    """
    assert context.dockerfile is not None
    engine = session.engine

    def resolve(name: str, platform: Platform) -> BaseImage:
        return find_base(engine, name, platform, pull=options.pull)

    text, name = context.dockerfile, context.name
    checks = KitChecks(text, name, options, engine.platform, resolve, context.ignored, context.main)
    if call == "check":
        return _check(session, checks, form)
    try:
        dockerfile = parse_for_buildkit(text, name)
        if call == "targets":
            session.out(targets_json(dockerfile, text) if form == "json" else targets_text(dockerfile))
            return 0
        found = outline(dockerfile, checks.around(strict=True))
    except ParseError as error:
        if error.span is not None:
            session.err(excerpt(_source(checks), error.span, carets=False) + "\n")
        raise _failure(f"failed to solve: {error.message}", error) from error
    session.out(outline_json(found, text) if form == "json" else outline_text(found))
    return 0


def _check(session: Session, checks: KitChecks, form: str) -> int:
    source = _source(checks)
    checked = checks.of_call()
    session.out(check_json(checked, checks.text, checks.name) if form == "json" else check_text_of(checked, source))
    note_checks(session, checked.warnings, source)
    if checked.error is not None:
        raise _failure(failure_of(checked.error, source), checked.error)
    return 1 if checked.warnings else 0


def _source(checks: KitChecks) -> SourceText:
    return SourceText(checks.text.decode("utf-8", "surrogateescape"), checks.name)


def _failure(message: str, error: ParseError) -> BuildxError:
    failure = BuildxError(message, hint=error.hint)
    failure.span = error.span
    return failure
