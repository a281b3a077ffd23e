"""Where `docker buildx build` puts its result: `--output`, `--annotation`, and what buildx says of bad ones."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dockkernel.commands.builder_choice import FALSE
from dockkernel.commands.buildx_flags import BuildxError, fields_of, pairs_of
from dockkernel.oci.quoting import go_quote

_ANNOTATION = re.compile(r"(?:(?P<type>[a-z-]+)(?:\[[A-Za-z0-9_/-]+\])?:)?(?P<key>\S+)")
_ANNOTATED = ("manifest", "manifest-descriptor", "index", "index-descriptor")
_KNOWN_EXPORTERS = ("local", "tar", "oci", "docker", "image", "cacheonly")


@dataclass(frozen=True, slots=True)
class Output:
    """One `--output`."""

    type: str
    dest: str = ""
    """Of the host, as typed; `-` for standard output, empty for the engine's own store."""
    attrs: Mapping[str, str] = field(default_factory=dict)

    @property
    def as_directory(self) -> bool:
        """Whether it is a directory and not one file."""
        return self.type == "local" or (self.type in ("oci", "docker") and self.attrs.get("tar") in FALSE)

    @property
    def is_image(self) -> bool:
        """Whether it is the engine's own image."""
        return self.type == "image" or (self.type == "docker" and not self.dest)


def parse_output(text: str) -> Output:
    """One `--output`: `DIR`, `-` for a tar on standard output, or `type=…,dest=…`."""
    fields = fields_of(text)
    if fields == [text] and not text.startswith("type="):
        return Output("tar", "-") if text == "-" else Output("local", text)
    attrs = dict(pairs_of(fields))
    kind = attrs.pop("type", "")
    if not kind:
        raise BuildxError("type is required for output")
    if kind == "registry":
        kind = "image"
        attrs.setdefault("push", "true")
    return Output(kind, attrs.pop("dest", ""), attrs)


def check_outputs(outputs: Iterable[Output], cwd: Path, *, stdout_tty: bool) -> list[Output]:
    """The outputs with their destinations checked; one that may go to standard output does."""
    checked: list[Output] = []
    for output in outputs:
        if output.type not in _KNOWN_EXPORTERS:
            raise BuildxError(f"failed to solve: exporter {go_quote(output.type)} could not be found")
        checked.append(_check_output(output, cwd, stdout_tty=stdout_tty))
    if sum(output.dest == "-" for output in checked) > 1:
        raise BuildxError("multiple outputs configured to write to stdout")
    return checked


def _check_output(output: Output, cwd: Path, *, stdout_tty: bool) -> Output:
    if output.as_directory:
        if not output.dest:
            raise BuildxError(f"dest is required for {output.type} exporter")
        if output.dest == "-":
            raise BuildxError(f"dest cannot be stdout for {output.type} exporter")
        if (cwd / output.dest).is_file():
            raise BuildxError(f"destination directory {output.dest} is a file")
        return output
    if output.type in ("tar", "oci") and not output.dest:
        output = Output(output.type, "-", output.attrs)
    if output.dest == "-" and stdout_tty:
        raise BuildxError(f"dest file is required for {output.type} exporter. refusing to write to console")
    if output.dest not in ("", "-"):
        path = cwd / output.dest
        if path.is_dir():
            raise BuildxError(f"destination file {output.dest} is a directory")
        if not path.parent.is_dir():
            raise BuildxError(f"failed to open open {output.dest}: no such file or directory")
    return output


def parse_annotations(texts: Iterable[str]) -> dict[str, str]:
    """`--annotation [TYPE:]KEY=VALUE` as attributes of an output; those that are no manifest's are left out."""
    found: dict[str, str] = {}
    for text in texts:
        left, equals, value = text.partition("=")
        if not equals:
            raise BuildxError(f"invalid annotation {go_quote(text)}, expected key=value")
        matched = _ANNOTATION.fullmatch(left)
        if matched is None:
            raise BuildxError(f"invalid annotation format, expected <type>:<key>=<value>, got {go_quote(text)}")
        kind = matched["type"] or "manifest"
        if kind not in _ANNOTATED:
            raise BuildxError(f"unknown annotation type {go_quote(kind)}")
        if kind == "manifest":
            found[f"annotation.{matched['key']}"] = value
    return found
