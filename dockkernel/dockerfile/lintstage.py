"""The checks that follow a build through its stages: variables, base images, paths, ports, secrets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from dockkernel.dockerfile import instructions as to
from dockkernel.dockerfile import rules
from dockkernel.dockerfile.findings import Findings, Surroundings
from dockkernel.dockerfile.gotext import suggestion
from dockkernel.dockerfile.lintpaths import check_ignored, check_port
from dockkernel.dockerfile.source import Span
from dockkernel.dockerfile.stages import Dockerfile, Stage
from dockkernel.dockerfile.words import Expander, Expansion, process
from dockkernel.errors import ParseError
from dockkernel.oci.platform import Platform
from dockkernel.oci.quoting import go_quote
from dockkernel.oci.reference import Reference

DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_SILENT = frozenset({"BUILDKIT_SBOM_SCAN_CONTEXT", "BUILDKIT_SBOM_SCAN_STAGE"})
_SECRET = re.compile(
    r"(?:_|^)(?:apikey|auth|credential|credentials|key|password|pword|passwd|secret|token)(?:_|\Z)", re.IGNORECASE
)
_NO_SECRET = re.compile(r"(?:_|^)(?:public|file|version)(?:_|\Z)", re.IGNORECASE)
_COMPONENT = re.compile(r"[A-Za-z0-9_.-]+", re.ASCII)
_SYSTEMS = frozenset("aix android darwin dragonfly freebsd linux netbsd openbsd plan9 solaris windows".split())


@dataclass(slots=True)
class _State:
    """Where a stage stands: variables, declared arguments, whether WORKDIR and SHELL came, the last CMD and such."""

    env: dict[str, str]
    declared: list[str] = field(default_factory=list)
    workdir: bool = False
    shell: bool = False
    last: dict[str, Span] = field(default_factory=dict)


def check_stages(dockerfile: Dockerfile, around: Surroundings, findings: Findings) -> None:
    """Note what a build would meet; stop where it would fail."""
    try:
        _Walk(dockerfile, around, findings).run()
    except ParseError:
        return


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
        self.states: dict[str, _State] = {}

    def run(self) -> None:
        self._check_defaults()
        self.globals = self._global_args(self.around.build_args)
        bases = [self._check_from(stage) for stage in self.file.stages]
        for stage, base in zip(self.file.stages, bases, strict=True):
            state = self._begin(stage, base)
            for step in stage.instructions:
                self._check_step(step, state)
            if stage.name is not None:
                self.states.setdefault(stage.name, state)

    def _global_args(self, given: Mapping[str, str]) -> dict[str, str]:
        """Give the arguments that FROM sees: of the platforms, and declared ones with given or default values."""
        env = _platform_args(self.around.platform)
        env |= {key: value for key, value in given.items() if key in env}
        for arg in self.file.global_args:
            for one in arg.arguments:
                if one.key in given:
                    env[one.key] = given[one.key]
                elif one.default is not None:
                    env[one.key] = process(one.default, env, self.file.escape).text
        return env

    def _check_defaults(self) -> None:
        try:
            env = self._global_args({})
            names = [process(stage.base, env, self.file.escape).text for stage in self.file.stages]
        except ParseError:
            return
        for stage, name in zip(self.file.stages, names, strict=True):
            try:
                Reference.parse(name)
            except ParseError:
                self.findings.add(rules.INVALID_DEFAULT_ARG_IN_FROM, stage.from_.span, stage.base)

    def _check_from(self, stage: Stage) -> str:
        """Note what FROM shows and give the base with its arguments put in."""
        step = stage.from_
        base = process(step.base, self.globals, self.file.escape)
        self._report_undeclared(base, step)
        if not base.text:
            raise ParseError(f"base name ({step.base}) should not be blank")
        if step.platform is not None:
            platform = process(step.platform, self.globals, self.file.escape)
            self._report_undeclared(platform, step)
            self._check_platform(platform, step)
            if not platform.text:
                raise ParseError(f"empty platform value from expression {step.platform}")
        return base.text

    def _report_undeclared(self, result: Expansion, step: to.From) -> None:
        known = {one.key for arg in self.file.global_args for one in arg.arguments} | set(self.globals)
        for name in sorted(result.unset - known):
            near = suggestion(name, sorted(known))
            hint = f" (did you mean {near}?)" if near else ""
            self.findings.add(rules.UNDEFINED_ARG_IN_FROM, step.span, name, hint, comments=step.comments)

    def _check_platform(self, result: Expansion, step: to.From) -> None:
        if result.found == {"TARGETPLATFORM"} and not result.unset:
            if result.text == self.globals["TARGETPLATFORM"]:
                rule = rules.REDUNDANT_TARGET_PLATFORM
                self.findings.add(rule, step.span, step.platform or "", comments=step.comments)
        elif not result.found and not result.unset and (platform := _parsed_platform(result.text)):
            name = step.name or ""
            if platform.os not in name and platform.architecture not in name:
                rule = rules.FROM_PLATFORM_FLAG_CONST_DISALLOWED
                self.findings.add(rule, step.span, go_quote(result.text), comments=step.comments)

    def _begin(self, stage: Stage, base: str) -> _State:
        """Give the state a stage begins with: that of the stage it is built on, or of the image."""
        before = self.states.get(base.lower())
        if before is not None:
            return _State(dict(before.env), list(before.declared), before.workdir, before.shell)
        image = None if base == "scratch" else self.around.bases(base)
        if image is None:
            return _State({"PATH": DEFAULT_PATH})
        wanted = self.around.platform
        if image.platform is not None and (image.platform.os, image.platform.architecture) != (
            wanted.os,
            wanted.architecture,
        ):
            values = (base, go_quote(str(wanted)), go_quote(str(image.platform)))
            rule = rules.INVALID_BASE_IMAGE_PLATFORM
            self.findings.add(rule, stage.from_.span, *values, comments=stage.from_.comments)
        return _State({"PATH": DEFAULT_PATH, **image.env})

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
                result = process(one.default, state.env, self.file.escape)
                self.report_unset(result, state, step)
                value = result.text
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


def _platform_args(platform: Platform) -> dict[str, str]:
    values = {"PLATFORM": str(platform), "OS": platform.os, "OSVERSION": "", "ARCH": platform.architecture}
    values["VARIANT"] = platform.variant
    args = {f"{kind}{name}": value for kind in ("BUILD", "TARGET") for name, value in values.items()}
    return {**args, "TARGETSTAGE": "default"}


def _parsed_platform(text: str) -> Platform | None:
    """Give the platform of `os/arch[/variant]`, or of a system or a processor alone."""
    parts = text.split("/")
    if len(parts) > 3 or not all(map(_COMPONENT.fullmatch, parts)):
        return None
    if len(parts) == 1:
        return Platform(os=text) if text in _SYSTEMS else Platform(architecture=text)
    return Platform(*parts)
