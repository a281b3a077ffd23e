"""`docker build --call=…`: what is asked of a Dockerfile instead of a build, with all that is known around it."""

from __future__ import annotations

from dockkernel.build.buildkit.checks import KitChecks
from dockkernel.build.buildkit.events import ChecksFound, VertexStarted
from dockkernel.build.buildkit.local_context import ClientContext
from dockkernel.build.buildkit.options import BaseImage, KitFailed, KitOptions
from dockkernel.build.buildkit.records import Records
from dockkernel.build.buildkit.telling import VertexTell
from dockkernel.commands.build_check import check_json, check_text_of, failure_of
from dockkernel.commands.build_hints import note_checks
from dockkernel.commands.build_outline import outline_json, outline_text, targets_json, targets_text
from dockkernel.commands.buildx_flags import BuildxError
from dockkernel.commands.buildx_progress import Shown
from dockkernel.commands.session import Session
from dockkernel.dockerfile.lint import Checked
from dockkernel.dockerfile.outline import outline
from dockkernel.dockerfile.source import SourceText
from dockkernel.dockerfile.stages import parse_for_buildkit
from dockkernel.engine.base_images import find_base
from dockkernel.engine.buildkit_client import send
from dockkernel.errors import DockError, ParseError
from dockkernel.oci.platform import Platform


def call_build(
    session: Session, call: str, form: str, context: ClientContext, options: KitOptions, mode: str = "none"
) -> int:
    """Answers `check`, `outline` or `targets` on standard output, as text or (`form` "json") as JSON; the exit code.

    `mode` is the progress that is shown on standard error before. `BuildxError` where the build would fail. The context
    has a Dockerfile.
    """
    return _Call(session, form, context, options, mode).run(call)


class _Call:
    def __init__(self, session: Session, form: str, context: ClientContext, options: KitOptions, mode: str) -> None:
        assert context.dockerfile is not None
        self.session = session
        self.engine = session.engine
        self.json = form == "json"
        self.context = context
        self.text, self.name = context.dockerfile, context.name
        self.source = SourceText(self.text.decode("utf-8", "surrogateescape"), self.name)
        self.options = options
        self.shown = Shown(session, mode)
        self.records = Records(session.engine.state.build_cache)
        own = session.engine.platform
        self.checks = KitChecks(self.text, self.name, options, own, self._resolve, context.ignored, context.main)

    def run(self, call: str) -> int:
        try:
            self._sent("dockerfile", f"load build definition from {self.name}", {self.name: self.text})
            if call == "check":
                return self._check()
            answer = self._targets() if call == "targets" else self._outline()
        except ParseError as error:
            raise self.shown.fail(KitFailed(error.message, hint=error.hint, span=error.span), self.source) from error
        finally:
            self.shown.close()
        self.session.out(answer)
        return 0

    def _targets(self) -> str:
        dockerfile = parse_for_buildkit(self.text, self.name)
        return targets_json(dockerfile, self.text) if self.json else targets_text(dockerfile)

    def _outline(self) -> str:
        found = outline(parse_for_buildkit(self.text, self.name), self.checks.around(strict=True))
        self._send_ignored()
        warned = self.checks.of_build()
        self.shown.tell(ChecksFound(warned.warnings, self.source))
        return outline_json(found, self.text) if self.json else outline_text(found)

    def _check(self) -> int:
        checked = self.checks.of_call()
        if checked.error is None:
            self._send_ignored()
        self.shown.close()
        self.session.out(self._checked(checked))
        note_checks(self.session, checked.warnings, self.source)
        if checked.error is not None:
            failure = BuildxError(failure_of(checked.error, self.source), hint=checked.error.hint)
            failure.span = checked.error.span
            raise failure
        return 1 if checked.warnings else 0

    def _checked(self, checked: Checked) -> str:
        return check_json(checked, self.text, self.name) if self.json else check_text_of(checked, self.source)

    def _send_ignored(self) -> None:
        files = {".dockerignore": self.context.ignored} if self.context.ignored else {}
        self._sent("dockerignore", "load .dockerignore", files)

    def _vertex(self, vertex_id: str, name: str) -> VertexTell:
        tell = VertexTell(f"internal:{vertex_id}", self.shown.tell, self.engine.clock.now_ns)
        self.shown.tell(VertexStarted(tell.id, f"[internal] {name}", tell.started_ns))
        return tell

    def _sent(self, what: str, name: str, files: dict[str, bytes]) -> None:
        tell = self._vertex(what, name)
        send(self.records, tell, what, self.context.place, files)
        tell.done()

    def _resolve(self, name: str, platform: Platform) -> BaseImage:
        tell = self._vertex(f"metadata:{name}", f"load metadata for {name}")
        try:
            image = find_base(self.engine, name, platform, pull=self.options.pull)
        except DockError as error:
            tell.done(error=error.message)
            words = f"failed to resolve source metadata for {name}: {error.message}"
            raise KitFailed(words, hint=error.hint) from error
        tell.done()
        return image
