"""The checks that follow a build through its stages: variables, base images, paths, ports, secrets."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from dockkernel.dockerfile import instructions as to
from dockkernel.dockerfile import rules
from dockkernel.dockerfile.findings import BaseImage, Findings, Surroundings
from dockkernel.dockerfile.gotext import suggestion
from dockkernel.dockerfile.lintfrom import (
    FromCheck,
    base_stages,
    check_defaults,
    foreign_images,
    global_arguments,
    known_image,
    needed_stages,
)
from dockkernel.dockerfile.lintpaths import check_ignored, check_port
from dockkernel.dockerfile.source import Span
from dockkernel.dockerfile.stages import Dockerfile
from dockkernel.dockerfile.words import Expander, Expansion
from dockkernel.errors import ParseError
from dockkernel.oci.platform import Platform
from dockkernel.oci.quoting import go_quote

DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_SILENT = frozenset({"BUILDKIT_SBOM_SCAN_CONTEXT", "BUILDKIT_SBOM_SCAN_STAGE"})
_SECRET = re.compile(
    r"(?:_|^)(?:apikey|auth|credential|credentials|key|password|pword|passwd|secret|token)(?:_|\Z)", re.IGNORECASE
)
_NO_SECRET = re.compile(r"(?:_|^)(?:public|file|version)(?:_|\Z)", re.IGNORECASE)


@dataclass(slots=True)
class _State:
    """Where a stage stands: variables, declared arguments, whether WORKDIR and SHELL came, the last CMD and such."""

    env: dict[str, str]
    declared: list[str] = field(default_factory=list)
    workdir: bool = False
    shell: bool = False
    last: dict[str, Span] = field(default_factory=dict)


def check_stages(dockerfile: Dockerfile, around: Surroundings, findings: Findings, *, every: bool) -> ParseError | None:
    """Note what a build would meet; give the error it would fail with, where the checks end.

    With `every` all stages are looked at, else those that the target needs, as a build does.
    """
    try:
        _Walk(dockerfile, around, findings).run(every=every)
    except ParseError as error:
        return error
    return None


class _Reporting(Expander):
    """An expander that notes each unknown variable as it meets it."""

    __slots__ = ("state", "step", "walk")

    def __init__(self, walk: _Walk, state: _State, step: to.Instruction) -> None:
        super().__init__(state.env, walk.file.escape)
        self.walk, self.state, self.step = walk, state, step

    def noted(self, result: Expansion) -> Expansion:
        self.walk.report_unset(result, self.state, self.step)
        return result


class _Walk:
    def __init__(self, file: Dockerfile, around: Surroundings, findings: Findings) -> None:
        self.file = file
        self.around = around
        self.findings = findings
        self.globals: dict[str, str] = {}
        self.states: dict[int, _State] = {}

    def run(self, *, every: bool) -> None:
        check_defaults(self.file, self.around, self.findings)
        self.globals = global_arguments(self.file, self.around, self.around.build_args)
        check = FromCheck(self.file, self.globals, self.findings)
        bases = [check.base(stage) for stage in self.file.stages]
        last = len(self.file.stages) - 1
        target = self.file.target_index(self.around.target) if self.around.target else last
        on = base_stages(self.file, [name for name, _ in bases])
        every = every and not self.around.target
        needed = frozenset(range(last + 1)) if every else needed_stages(self.file, on, target)
        self._resolve(needed, on, bases)
        for index in sorted(needed):
            self._check_stage(index, on[index], *bases[index])

    def _resolve(self, needed: frozenset[int], on: list[int | None], bases: list[tuple[str, Platform | None]]) -> None:
        """Look at the images that are needed, bases and those that files are taken from."""
        for index in sorted(needed):
            stage = self.file.stages[index]
            if on[index] is None:
                self._check_image(bases[index][0], bases[index][1], stage.from_.span)
            for name, step in foreign_images(self.file, stage):
                self._check_image(name, None, step.span)

    def _check_image(self, name: str, platform: Platform | None, span: Span) -> None:
        image = known_image(self.around, name, platform, span)
        wanted = platform or self.around.platform
        if image is None or image.platform is None:
            return
        if (image.platform.os, image.platform.architecture) != (wanted.os, wanted.architecture):
            values = (name, go_quote(str(wanted)), go_quote(str(image.platform)))
            self.findings.add(rules.INVALID_BASE_IMAGE_PLATFORM, span, *values)

    def _check_stage(self, index: int, on: int | None, base: str, platform: Platform | None) -> None:
        stage = self.file.stages[index]
        before = self.states.get(-1 if on is None else on)
        image = None if before else known_image(self.around, base, platform, stage.from_.span)
        state = self.states[index] = self._begin(before, image)
        for step in stage.instructions:
            try:
                self._check_step(step, state)
            except ParseError as error:
                error.span = error.span or step.span
                raise

    def _begin(self, before: _State | None, image: BaseImage | None) -> _State:
        """Give the state a stage begins with: that of the stage it is built on, or of the image."""
        if before is not None:
            return _State(dict(before.env), list(before.declared), before.workdir, before.shell)
        if image is None:
            return _State({"PATH": DEFAULT_PATH})
        return _State({"PATH": DEFAULT_PATH, **image.env}, shell=image.shell)

    def report_unset(self, result: Expansion, state: _State, step: to.Instruction) -> None:
        """Note the variables of one word that nobody has set or declared."""
        for name in sorted(result.unset.difference(state.declared, _SILENT)):
            near = suggestion(name, sorted(state.env))
            hint = f" (did you mean ${near}?)" if near else ""
            self.findings.add(rules.UNDEFINED_VAR, step.span, name, hint, comments=step.comments)

    def _check_step(self, step: to.Instruction, state: _State) -> None:
        if isinstance(step, to.Arg):
            self._check_arg(step, state)
            return
        if isinstance(step, to.Expose):
            for port in step.expand(state.env, self.file.escape).ports:
                check_port(port, step, self.findings)
            return
        expanded = step.expand_with(_Reporting(self, state, step))
        if isinstance(expanded, to.PairInstruction):
            self._check_pairs(expanded, state)
        elif isinstance(expanded, to.Transfer):
            check_ignored(expanded, self.around.ignore, self.findings)
        elif isinstance(expanded, to.Workdir):
            if not state.workdir and not expanded.path.startswith("/"):
                rule = rules.WORKDIR_RELATIVE_PATH
                self.findings.add(rule, step.span, go_quote(expanded.path), comments=step.comments)
            state.workdir = True
        elif isinstance(expanded, to.Shell):
            state.shell = True
        elif isinstance(expanded, to.Cmd | to.Entrypoint | to.Healthcheck):
            self._check_once(expanded, state)

    def _check_arg(self, step: to.Arg, state: _State) -> None:
        for one in step.arguments:
            self._check_secret("ARG", one.key, step)
            value = self.around.build_args.get(one.key)
            if value is None and one.default is not None:
                value = _Reporting(self, state, step).word(one.default)
            elif value is None:
                value = self.globals.get(one.key)
            if value is not None and one.key not in _SILENT:
                state.env[one.key] = value
            state.declared.append(one.key)

    def _check_pairs(self, step: to.PairInstruction, state: _State) -> None:
        for pair in step.pairs:
            if pair.legacy:
                rule = rules.LEGACY_KEY_VALUE_FORMAT
                self.findings.add(rule, step.span, step.written, comments=step.comments)
            if isinstance(step, to.Env):
                self._check_secret("ENV", pair.key, step)
                state.env[pair.key] = pair.value

    def _check_secret(self, keyword: str, name: str, step: to.Instruction) -> None:
        if _SECRET.search(name) and not _NO_SECRET.search(name):
            rule = rules.SECRETS_USED_IN_ARG_OR_ENV
            self.findings.add(rule, step.span, keyword, go_quote(name), comments=step.comments)

    def _check_once(self, step: to.Cmd | to.Entrypoint | to.Healthcheck, state: _State) -> None:
        """Note the earlier one, which does nothing, under the comments of the later one; and the shell form."""
        earlier = state.last.get(step.keyword)
        if earlier is not None:
            rule = rules.MULTIPLE_INSTRUCTIONS_DISALLOWED
            self.findings.add(rule, earlier, step.written, comments=step.comments)
        state.last[step.keyword] = step.span
        if isinstance(step, to.CommandInstruction) and step.shell and not state.shell:
            self.findings.add(rules.JSON_ARGS_RECOMMENDED, step.span, step.written, comments=step.comments)
