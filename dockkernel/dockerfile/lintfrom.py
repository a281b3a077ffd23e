"""The checks about FROM, and what a check must know before it follows a stage: arguments, bases, which are needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dockkernel.dockerfile import instructions as to
from dockkernel.dockerfile import rules
from dockkernel.dockerfile.findings import BaseImage, Findings, Surroundings
from dockkernel.dockerfile.gotext import suggestion
from dockkernel.dockerfile.mounts import split_fields
from dockkernel.dockerfile.specifier import read_specifier
from dockkernel.dockerfile.stages import Dockerfile, Stage
from dockkernel.dockerfile.words import Expansion, ExpansionError, process
from dockkernel.errors import ParseError, Span
from dockkernel.oci.platform import Platform
from dockkernel.oci.quoting import go_quote
from dockkernel.oci.reference import Reference


def global_arguments(file: Dockerfile, around: Surroundings, given: Mapping[str, str]) -> dict[str, str]:
    """Give the arguments that FROM sees: those that BuildKit sets, and declared ones with given or default values.

    Raises ParseError: when a default cannot be expanded.
    """
    env = {"TARGETSTAGE": around.target or (file.stages[-1].name if file.stages else None) or "default"}
    env |= _platform_arguments("BUILD", around.own or around.platform) | _platform_arguments("TARGET", around.platform)
    env |= {key: value for key, value in around.build_args.items() if key in env}
    for arg in file.global_args:
        for one in arg.arguments:
            if one.key in given:
                env[one.key] = given[one.key]
            elif one.default is not None:
                try:
                    env[one.key] = process(one.default, env, file.escape).text
                except ParseError as error:
                    error.span = arg.span
                    raise
    return env


def _platform_arguments(kind: str, platform: Platform) -> dict[str, str]:
    values = {"PLATFORM": str(platform), "OS": platform.os, "OSVERSION": "", "ARCH": platform.architecture}
    values["VARIANT"] = platform.variant
    return {f"{kind}{name}": value for name, value in values.items()}


def check_defaults(file: Dockerfile, around: Surroundings, findings: Findings) -> None:
    """Note base images that are none as long as no `--build-arg` is given."""
    try:
        env = global_arguments(file, around, {})
    except ParseError:
        return
    for stage in file.stages:
        try:
            name = process(stage.base, env, file.escape).text
        except ParseError:
            return
        try:
            Reference.parse(name)
        except ParseError:
            findings.add(rules.INVALID_DEFAULT_ARG_IN_FROM, stage.from_.span, stage.base)


class FromCheck:
    """Reads each FROM with the global arguments and notes what it shows."""

    def __init__(self, file: Dockerfile, env: Mapping[str, str], findings: Findings) -> None:
        self.file = file
        self.env = env
        self.findings = findings
        self.known = {one.key for arg in file.global_args for one in arg.arguments} | set(env)
        self.used: list[frozenset[str]] = []
        """Which arguments each FROM that was read uses."""

    def base(self, stage: Stage) -> tuple[str, Platform | None]:
        """Give the base and the platform with arguments put in.

        Raises ParseError: in BuildKit's words, for what the build would fail at.
        """
        step = stage.from_
        base = self._expanded(step.base, step)
        if not base.text:
            raise ParseError(f"base name ({step.base}) should not be blank", span=step.span)
        self.used.append(base.found)
        return base.text, None if step.platform is None else self._platform(step.platform, step)

    def _platform(self, text: str, step: to.From) -> Platform:
        result = self._expanded(text, step, "failed to process arguments for platform : ")
        self._check_platform(result, step)
        self.used[-1] |= result.found
        if not result.text:
            raise ParseError(f"empty platform value from expression {text}{self._near(result)}", span=step.span)
        try:
            return read_specifier(result.text)
        except ParseError as error:
            message = f"failed to parse platform {text}: {error.message}{self._near(result)}"
            raise ParseError(message, span=step.span) from None

    def _expanded(self, text: str, step: to.From, before: str = "") -> Expansion:
        """Give a text with arguments put in; those that nobody has declared are noted, also of one that is broken."""
        try:
            result = process(text, self.env, self.file.escape)
        except ExpansionError as error:
            self._report(error.met, step)
            raise ParseError(f"{before}{error.message}", hint=error.hint, span=step.span) from None
        self._report(result, step)
        return result

    def _near(self, result: Expansion) -> str:
        for name in sorted(result.unset):
            near = suggestion(name, sorted(self.env))
            if near:
                return f" (did you mean {near}?)"
        return ""

    def _report(self, result: Expansion, step: to.From) -> None:
        for name in sorted(result.unset - self.known):
            near = suggestion(name, sorted(self.known))
            hint = f" (did you mean {near}?)" if near else ""
            self.findings.add(rules.UNDEFINED_ARG_IN_FROM, step.span, name, hint, comments=step.comments)

    def _check_platform(self, result: Expansion, step: to.From) -> None:
        if result.found == {"TARGETPLATFORM"} and not result.unset:
            if result.text == self.env["TARGETPLATFORM"]:
                rule = rules.REDUNDANT_TARGET_PLATFORM
                self.findings.add(rule, step.span, step.platform or "", comments=step.comments)
        elif not result.found and not result.unset:
            try:
                platform = read_specifier(result.text)
            except ParseError:
                return
            name = step.name or ""
            if platform.os not in name and platform.architecture not in name:
                rule = rules.FROM_PLATFORM_FLAG_CONST_DISALLOWED
                self.findings.add(rule, step.span, go_quote(result.text), comments=step.comments)


def known_image(around: Surroundings, name: str, platform: Platform | None, span: Span) -> BaseImage | None:
    """Give what is known of an image that the file names at a place, perhaps for a platform of its own.

    Raises ParseError: where the build would end for want of it.
    """
    if name == "scratch":
        return None
    try:
        return around.bases(name) if around.images is None else around.images(name, platform or around.platform)
    except ParseError as error:
        error.span = error.span or span
        raise


def base_stages(file: Dockerfile, bases: Sequence[str]) -> list[int | None]:
    """Give for each stage the earlier stage that it is built on, or None; of two with one name it is the later one."""
    names: dict[str, int] = {}
    found: list[int | None] = []
    for index, stage in enumerate(file.stages):
        found.append(names.get(bases[index]))
        if stage.name is not None:
            names[stage.name] = index
    return found


def foreign_images(file: Dockerfile, stage: Stage) -> tuple[tuple[str, to.Instruction], ...]:
    """Give what a stage takes files from that is no stage."""
    return tuple((name, step) for name, step in _sources(stage) if _stage_named(file, name) is None)


def needed_stages(file: Dockerfile, on: Sequence[int | None], target: int) -> frozenset[int]:
    """Give the target and all that it stands on or takes files from."""
    found: set[int] = set()
    todo = [target]
    while todo:
        index = todo.pop()
        if index in found:
            continue
        found.add(index)
        below = on[index]
        todo += [below] if below is not None else []
        todo += source_stages(file, file.stages[index])
    return frozenset(found)


def source_stages(file: Dockerfile, stage: Stage) -> list[int]:
    """Give the stages that a stage takes files from."""
    sources = (_stage_named(file, name) for name, _ in _sources(stage))
    return [source for source in sources if source is not None]


def _sources(stage: Stage) -> list[tuple[str, to.Instruction]]:
    found: list[tuple[str, to.Instruction]] = []
    for step in stage.instructions:
        if isinstance(step, to.Copy) and step.from_:
            found.append((step.from_, step))
        elif isinstance(step, to.Run):
            found += [(name, step) for spec in step.mount_specs if (name := _mount_source(spec))]
    return found


def _mount_source(spec: str) -> str:
    fields = (text.partition("=") for text in split_fields(spec))
    return next((value for key, _, value in fields if key.lower() == "from"), "")


def _stage_named(file: Dockerfile, name: str) -> int | None:
    if name.isascii() and name.isdigit():
        return int(name) if int(name[:9]) < len(file.stages) and len(name) < 10 else None
    wanted = name.lower()
    named = [index for index, stage in enumerate(file.stages) if stage.name == wanted]
    return named[-1] if named else None
