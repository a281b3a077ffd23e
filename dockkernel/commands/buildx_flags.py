"""Values of `docker buildx build`'s flags that are records: caches, contexts, attestations and others; buildx's words.

All of them are `ClientError`s, told as `ERROR: …`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dockkernel.commands.builder_choice import FALSE, TRUE
from dockkernel.commands.container_checks import platform_problem
from dockkernel.commands.errors import ClientError
from dockkernel.commands.values import csv_fields
from dockkernel.errors import ParseError
from dockkernel.oci.quoting import go_quote
from dockkernel.oci.reference import Reference

_SYSTEMS = frozenset(
    "local aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd openbsd plan9 solaris windows "
    "zos macos".split()
)
_ARCHITECTURES = frozenset(
    "386 amd64 amd64p32 arm armbe arm64 arm64be ppc64 ppc64le loong64 mips mipsle mips64 mips64le mips64p32 "
    "mips64p32le ppc riscv riscv64 s390 s390x sparc sparc64 wasm x86_64 x86-64 aarch64 armhf armel i386".split()
)
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


def pairs_of(fields: Iterable[str]) -> Iterable[tuple[str, str]]:
    """The fields as keys, in lower case, and values."""
    for one in fields:
        key, equals, value = one.partition("=")
        if not equals:
            raise BuildxError(f"invalid value {one}")
        yield key.strip().lower(), value


def parse_caches(texts: Iterable[str]) -> list[CacheEntry]:
    """`--cache-from`, `--cache-to`: references, or `type=…`; outside GitHub, GitHub's cache is left out."""
    found: list[CacheEntry] = []
    for text in texts:
        fields = fields_of(text)
        if not any("=" in one for one in fields):
            found += [CacheEntry("registry", {"ref": one}) for one in fields]
            continue
        attrs = dict(pairs_of(fields))
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
        attrs = dict(pairs_of(fields_of(text)))
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
