"""`docker buildx build`, and `docker build` where BuildKit builds: the client's part of a graph build."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from io import BytesIO
from typing import Any

from dockkernel.build.buildkit.events import KitEvent
from dockkernel.build.buildkit.local_context import ClientContext, from_directory, from_elsewhere, from_stdin
from dockkernel.build.buildkit.ops import LocalSource
from dockkernel.build.buildkit.options import KitFailed
from dockkernel.build.buildkit.records import new_record_id
from dockkernel.build.context import ContextError, ContextRefused, write_iid
from dockkernel.build.remote import is_url
from dockkernel.commands import pictures
from dockkernel.commands.build_hints import look_inside
from dockkernel.commands.build_watch import BuildWatch
from dockkernel.commands.build_why import Explained
from dockkernel.commands.buildx_export import leave
from dockkernel.commands.buildx_flags import BuildxError
from dockkernel.commands.buildx_progress import Shown, mode_of
from dockkernel.commands.buildx_request import Asked, kit_request, read_flags
from dockkernel.commands.request_buildx import BuildxBuild
from dockkernel.commands.session import Session
from dockkernel.dockerfile.source import SourceText
from dockkernel.engine import buildkit, observe
from dockkernel.engine.building import spooler
from dockkernel.engine.buildkit_remote import read_definition, read_dockerfile
from dockkernel.engine.buildkit_request import KitBuilt
from dockkernel.errors import DockError

_WARNED = {
    "isolation": "isolation flag is deprecated with BuildKit.",
    "security-opt": 'security-opt flag is deprecated. "RUN --security=insecure" should be used with BuildKit.',
    "squash": "experimental flag squash is removed with BuildKit. You should squash inside build using a multi-stage "
    "Dockerfile for efficiency.",
}
"""Flags of the classic builder that buildx takes and warns about."""


def buildx_build(session: Session, request: BuildxBuild) -> int:
    """`docker buildx build`."""
    for name in sorted(request.given & _WARNED.keys()):
        session.err(f"WARNING: {_WARNED[name]}\n")
    asked = read_flags(session, request)
    mode = mode_of(session, request)
    context = _context(session, request)
    if asked.call != "build":
        return _call(session, asked, context, mode)
    return _build(session, request, asked, context, mode)


def _context(session: Session, request: BuildxBuild) -> ClientContext:
    if not request.path:
        raise BuildxError('please specify build context (e.g. "." for the current directory)')
    try:
        if request.path == "-":
            engine = session.engine
            return from_stdin(session.stdin, request.file, spooler(engine), engine.clock.now_ns)
        file, stdin = request.file, session.stdin
        if is_url(file):
            file, stdin = "-", BytesIO(read_dockerfile(session.engine, file))
        elsewhere = from_elsewhere(request.path, file, session.cwd, stdin)
        return elsewhere or from_directory(request.path, file, session.cwd, stdin)
    except KitFailed as error:
        raise BuildxError(f"failed to solve: {error.message}", hint=error.hint) from error
    except (ContextError, ContextRefused) as error:
        raise BuildxError(error.message, hint=error.hint) from error


def _call(session: Session, asked: Asked, context: ClientContext, mode: str) -> int:
    """Answers what is asked for instead of a build."""
    from dockkernel.commands.build_call import call_build

    if context.dockerfile is None and not isinstance(context.main, LocalSource):
        text, name = read_definition(session.engine, context.main, context.name)
        context = replace(context, dockerfile=text, name=name)
    if context.dockerfile is None:
        words = f"failed to read dockerfile: open {context.name}: no such file or directory"
        raise BuildxError(f"failed to solve: {words}")
    session.source = _source(context)
    code = call_build(session, asked.call, asked.call_format, context, asked.options, mode)
    return 0 if asked.ignore_status else code


def _build(session: Session, request: BuildxBuild, asked: Asked, context: ClientContext, mode: str) -> int:
    if request.iidfile:
        _write_iid(session, request.iidfile, "")
    session.source = _source(context)
    shown = Shown(session, mode)
    explained = Explained(wanted=request.explain)
    watch = BuildWatch(session, "buildkit")

    def tell(event: KitEvent) -> None:
        watch.tell(event)
        shown.tell(event)

    def defined(text: bytes, name: str) -> None:
        session.source = SourceText(text.decode("utf-8", "surrogateescape"), name)

    wanted = replace(kit_request(asked, context, explained), defined=defined)
    try:
        with watch:
            built = buildkit.build(session.engine, wanted, tell)
            facts = leave(session, asked, built, tell)
    except DockError as error:
        failure = shown.fail(error, session.source)
        failure.hint = failure.hint or look_inside(session, error)
        raise failure from error
    finally:
        shown.close()
        explained.show(session)
    _results(session, request, asked, built, facts)
    if wanted.keep_image:
        explained.teach(session, built.image_id, request.target)
        pictures.draw(session, pictures.picture(session, lambda: observe.stack(session.engine, [built.image_id])))
    return 0


def _source(context: ClientContext) -> SourceText | None:
    if context.dockerfile is None:
        return None
    return SourceText(context.dockerfile.decode("utf-8", "surrogateescape"), context.name)


def _write_iid(session: Session, file: str, text: str) -> None:
    try:
        write_iid(session.cwd / file, text)
    except ContextError as error:
        raise BuildxError(f"{'writing' if text else 'removing'} image ID file: {error.message}") from error


def _results(session: Session, request: BuildxBuild, asked: Asked, built: KitBuilt, facts: Mapping[str, Any]) -> None:
    """What the client says and writes of a build that went well."""
    answer: dict[str, Any] = dict(facts)
    if any(output.is_image for output in asked.outputs):
        answer |= {"containerimage.config.digest": built.image_id, "containerimage.digest": built.image_id}
    if asked.tags and "containerimage.digest" in answer:
        answer["image.name"] = ",".join(dict.fromkeys(tag.canonical() for tag in asked.tags))
    image_id = answer.get("containerimage.config.digest", "")
    if request.quiet or request.progress == "quiet":
        session.out(f"{image_id}\n")
    if request.iidfile:
        _write_iid(session, request.iidfile, image_id)
    if request.metadata_file:
        answer["buildx.build.ref"] = f"default/default/{new_record_id()}"
        text = json.dumps(answer, indent=2, sort_keys=True, ensure_ascii=False)
        try:
            (session.cwd / request.metadata_file).write_bytes(text.encode())
        except OSError as error:
            words = (error.strerror or str(error)).lower()
            raise BuildxError(f"open {request.metadata_file}: {words}") from error
