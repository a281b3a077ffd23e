"""Platform specifiers of `FROM --platform`, with the words for what is none.

The rules are those of containerd's documentation of platform specifiers: `os/architecture[/variant]`, a known system
alone, or a known processor alone; other spellings of a processor's name become the usual one.
"""

from __future__ import annotations

import re

from dockkernel.errors import ParseError
from dockkernel.oci.platform import Platform
from dockkernel.oci.quoting import go_quote

_FIRST = r"^([A-Za-z0-9_-]+)(?:\(([A-Za-z0-9_.%-]*)((?:\+[A-Za-z0-9_.%-]+)*)\))?$"
_OTHER = "^[A-Za-z0-9_.-]+$"
_SYSTEMS = frozenset(
    "aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd openbsd plan9 solaris windows "
    "zos".split()
)
_PROCESSORS = frozenset(
    "386 amd64 amd64p32 arm armbe arm64 arm64be ppc64 ppc64le loong64 mips mipsle mips64 mips64le mips64p32 "
    "mips64p32le ppc riscv riscv64 s390 s390x sparc sparc64 wasm".split()
)
_SPELLINGS = {
    "i386": ("386", ""),
    "x86_64": ("amd64", ""),
    "x86-64": ("amd64", ""),
    "aarch64": ("arm64", ""),
    "armhf": ("arm", "v7"),
    "armel": ("arm", "v6"),
}
_USUAL = {("amd64", "v1"), ("arm64", "8"), ("arm64", "v8")}


def read_specifier(text: str) -> Platform:
    """Give the platform that a specifier spells.

    Raises ParseError: in containerd's words.
    """
    if "*" in text:
        raise _invalid(f"{go_quote(text)}: wildcards not yet supported")
    parts = text.split("/", 3)
    first = re.match(_FIRST, parts[0])
    if first is None or "\n" in parts[0]:
        what = f"{go_quote(parts[0])} is an invalid OS component of {go_quote(text)}"
        raise _invalid(f"{what}: OSAndVersion specifier component must match {go_quote(_FIRST)}")
    for part in parts[1:]:
        if not re.fullmatch(_OTHER, part):
            what = f"{go_quote(part)} is an invalid component of {go_quote(text)}"
            raise _invalid(f"{what}: platform specifier component must match {go_quote(_OTHER)}")
    system = {"macos": "darwin"}.get(first[1].lower(), first[1].lower())
    if len(parts) == 1:
        return _alone(text, system)
    if len(parts) == 4:
        raise _invalid(f"{go_quote(text)}: cannot parse platform specifier")
    architecture, variant = _processor(*parts[1:])
    return Platform(
        system, architecture, "" if len(parts) == 2 and (architecture, variant) == ("arm", "v7") else variant
    )


def _alone(text: str, system: str) -> Platform:
    if system in _SYSTEMS:
        return Platform(system)
    architecture, variant = _processor(text)
    if architecture not in _PROCESSORS:
        raise _invalid(f"{go_quote(text)}: unknown operating system or architecture")
    return Platform(architecture=architecture, variant="" if (architecture, variant) == ("arm", "v7") else variant)


def _processor(name: str, variant: str = "") -> tuple[str, str]:
    """Give the usual name and variant: variants that every such processor has are none."""
    name, variant = name.lower(), variant.lower()
    name, given = _SPELLINGS.get(name, (name, variant))
    variant = given or variant
    if (name, variant) in _USUAL:
        variant = ""
    elif name == "arm":
        variant = "v7" if variant in ("", "7") else f"v{variant}" if variant in ("5", "6", "8") else variant
    return name, variant


def _invalid(what: str) -> ParseError:
    return ParseError(f"{what}: invalid argument")
