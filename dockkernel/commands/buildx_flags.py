"""Values of `docker buildx build`'s flags that are records: outputs, caches, contexts, attestations; buildx's words.

All of them are `ClientError`s, told as `ERROR: …`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dockkernel.commands.builder_choice import FALSE, TRUE
from dockkernel.commands.container_checks import platform_problem
from dockkernel.commands.errors import ClientError
from dockkernel.commands.values import csv_fields
from dockkernel.errors import ParseError
from dockkernel.oci.quoting import go_quote
from dockkernel.oci.reference import Reference

_ANNOTATION = re.compile(r"(?:(?P<type>[a-z-]+)(?:\[[A-Za-z0-9_/-]+\])?:)?(?P<key>\S+)")
_ANNOTATED = ("manifest", "manifest-descriptor", "index", "index-descriptor")
_SYSTEMS = frozenset(
    "local aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd openbsd plan9 solaris windows "
    "zos macos".split()
)
_ARCHITECTURES = frozenset(
    "386 amd64 amd64p32 arm armbe arm64 arm64be ppc64 ppc64le loong64 mips mipsle mips64 mips64le mips64p32 "
    "mips64p32le ppc riscv riscv64 s390 s390x sparc sparc64 wasm x86_64 x86-64 aarch64 armhf armel i386".split()
)
_KNOWN_EXPORTERS = ("local", "tar", "oci", "docker", "image", "cacheonly")
_OTHER_DRIVER = (
    "{what} is not supported for the docker driver.\n"
    "Switch to a different driver, or turn on the containerd image store, and try again.\n"
    "Learn more at {docs}"
)


class BuildxError(ClientError):
    """What buildx says itself: `ERROR: …`."""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(f"ERROR: {message}", hint=hint)


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


@dataclass(frozen=True, slots=True)
class CacheEntry:
    """One `--cache-from` or `--cache-to`."""

    type: str
    attrs: Mapping[str, str]


def not_supported(what: str, docs: str) -> BuildxError:
    """What the docker driver has not."""
    return BuildxError(_OTHER_DRIVER.format(what=what, docs=docs))


def fields_of(text: str) -> list[str]:
    """One CSV record."""
    try:
        fields = list(csv_fields(text))
    except ValueError as error:
        raise BuildxError(str(error)) from error
    if not fields:
        raise BuildxError("EOF")
    return fields


def _pairs(fields: Iterable[str]) -> Iterable[tuple[str, str]]:
    for one in fields:
        key, equals, value = one.partition("=")
        if not equals:
            raise BuildxError(f"invalid value {one}")
        yield key.strip().lower(), value


def parse_output(text: str) -> Output:
    """One `--output`: `DIR`, `-` for a tar on standard output, or `type=…,dest=…`."""
    fields = fields_of(text)
    if fields == [text] and not text.startswith("type="):
        return Output("tar", "-") if text == "-" else Output("local", text)
    attrs = dict(_pairs(fields))
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


def parse_caches(texts: Iterable[str]) -> list[CacheEntry]:
    """`--cache-from`, `--cache-to`: references, or `type=…`; outside GitHub, GitHub's cache is left out."""
    found: list[CacheEntry] = []
    for text in texts:
        fields = fields_of(text)
        if not any("=" in one for one in fields):
            found += [CacheEntry("registry", {"ref": one}) for one in fields]
            continue
        attrs = dict(_pairs(fields))
        kind = attrs.pop("type", "")
        if not kind:
            raise BuildxError(f"type required form> {go_quote(text)}")
        if kind != "gha" or (attrs.get("token") and attrs.get("url")):
            found.append(CacheEntry(kind, attrs))
    return found


def parse_contexts(texts: Iterable[str]) -> dict[str, str]:
    """`--build-context NAME=VALUE`; names are written as image names are."""
    found: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise BuildxError(f"invalid context value: {text}, expected key=value")
        try:
            named = Reference.parse(name)
        except ParseError as error:
            raise BuildxError(f"invalid context name {name}: {error.message}") from error
        found[named.familiar().removesuffix(":latest")] = value
    return found


def check_attestations(attests: Iterable[str], provenance: str, sbom: str) -> None:
    """Attestations: the docker driver has none, so that only those that are switched off pass."""
    texts = [*attests, *(_canonical("provenance", provenance)), *(_canonical("sbom", sbom))]
    seen: set[str] = set()
    for text in texts:
        attrs = dict(_pairs(fields_of(text)))
        kind, disabled = attrs.get("type", ""), attrs.get("disabled", "false")
        if disabled not in TRUE | FALSE:
            raise BuildxError(
                f"invalid value disabled={disabled}: strconv.ParseBool: parsing {go_quote(disabled)}: invalid syntax"
            )
        if not kind:
            raise BuildxError("attestation type not specified")
        if kind in seen:
            raise BuildxError(f"duplicate attestation field {kind}")
        seen.add(kind)
        if disabled in FALSE:
            raise not_supported("Attestation", "https://docs.docker.com/go/attestations/")


def _canonical(kind: str, text: str) -> list[str]:
    if not text:
        return []
    if text in TRUE | FALSE:
        return [f"type={kind},disabled={'true' if text in FALSE else 'false'}"]
    return [f"type={kind},{text}"]


def check_platform(text: str) -> None:
    """One of `--platform`: `os`, `architecture`, `os/architecture[/variant]` or `local`, in containerd's words."""
    problem = platform_problem(text)
    if problem is None and "/" not in text and text.lower() not in _SYSTEMS | _ARCHITECTURES:
        problem = f"{go_quote(text)}: unknown operating system or architecture: invalid argument"
    if problem:
        raise BuildxError(problem)


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


def check_entitlements(texts: Iterable[str]) -> None:
    """`--allow`."""
    for text in texts:
        if text not in ("network.host", "security.insecure"):
            raise BuildxError(f"unknown entitlement {text}")


_GATEWAY = "172.17.0.1"
"""What `host-gateway` stands for: the engine's own address in its network."""


def parse_hosts(texts: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """`--add-host NAME=ADDRESS` or `NAME:ADDRESS`; an address in IPv6 may stand in brackets."""
    from ipaddress import ip_address

    found = []
    for text in texts:
        name, _, address = text.partition("=" if "=" in text else ":")
        if address.startswith("[") and address.endswith("]"):
            address = address[1:-1]
        try:
            if not name or address != "host-gateway":
                ip_address(address if name else "")
        except ValueError as error:
            raise BuildxError(f"invalid host {text}") from error
        found.append((name, _GATEWAY if address == "host-gateway" else address))
    return tuple(found)


def pairs_to_map(texts: Iterable[str], env: Mapping[str, str] | None = None) -> dict[str, str]:
    """`NAME=VALUE` of labels and build arguments; with `env` a bare name takes its value from there, or is left out."""
    found: dict[str, str] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not key:
            raise BuildxError(f"invalid key-value pair {go_quote(text)}: empty key")
        if equals:
            found[key] = value
        elif env is None:
            found[key] = ""
        elif key in env:
            found[key] = env[key]
    return found
