"""What `-v`, `--mount` and `--tmpfs` ask for (docs.docker.com, "Volumes", "Bind mounts")."""

from __future__ import annotations

import posixpath
import re

from dockkernel.commands.errors import SetupError
from dockkernel.commands.request_container import ContainerCreate
from dockkernel.commands.session import Session
from dockkernel.commands.values import csv_fields
from dockkernel.engine.volumes import MountSpec
from dockkernel.errors import InvalidInput

_MODES = frozenset("ro rw z Z nocopy shared rshared slave rslave private rprivate consistent cached delegated".split())


def mount_specs(session: Session, request: ContainerCreate) -> tuple[MountSpec, ...]:
    """All mounts in the order of Docker's client; `InvalidInput` in the daemon's words for one that cannot be."""
    specs = [_volume(session, text) for text in request.volume]
    specs += [_mount(session, text) for text in request.mount]
    specs += [_checked(MountSpec("tmpfs", text.partition(":")[0]), text) for text in request.tmpfs]
    return tuple(specs)


def _volume(session: Session, text: str) -> MountSpec:
    """`[SOURCE:]TARGET[:MODE,…]`; a source with a slash in front, or a dot, is a path of this machine."""
    parts = _parts(text)
    if len(parts) > 3 or "" in parts:
        raise InvalidInput(f"invalid volume specification: '{text}'")
    if len(parts) == 1:
        return _checked(MountSpec("volume", parts[0]), text)
    source, target, mode = parts[0], parts[1], parts[2] if len(parts) == 3 else ""
    flags = mode.split(",") if mode else []
    if any(flag not in _MODES for flag in flags):
        raise InvalidInput(f"invalid mode: {mode}")
    read_only, no_copy = "ro" in flags, "nocopy" in flags
    if source.startswith((".", "/", "~")) or _is_drive(source):
        path = (session.cwd / source).resolve()
        if not path.exists():
            # As the daemon does for -v, and not for --mount.
            path.mkdir(parents=True)
        return _checked(MountSpec("bind", target, str(path), read_only, mode), text)
    return _checked(MountSpec("volume", target, source, read_only, mode or "z", no_copy), text)


def _parts(text: str) -> list[str]:
    """The parts between colons; the one after a drive letter does not count."""
    if _is_drive(text):
        first, *rest = text[2:].split(":")
        return [text[:2] + first, *rest]
    return text.split(":")


def _is_drive(text: str) -> bool:
    return re.match(r"[A-Za-z]:[\\/]", text) is not None


def _mount(session: Session, text: str) -> MountSpec:
    """`type=volume,source=name,target=/path,readonly`."""
    fields: dict[str, str] = {}
    labels: dict[str, str] = {}
    for part in csv_fields(text):
        key, _, value = part.partition("=")
        if key.lower() == "volume-label":
            name, _, label = value.partition("=")
            labels[name] = label
        fields[key.lower()] = value
    kind = fields.get("type", "volume").lower()
    target = fields.get("target") or fields.get("dst") or fields.get("destination") or ""
    source = fields.get("source") or fields.get("src") or ""
    read_only = any(_flag(fields, key) for key in ("readonly", "ro"))
    if kind == "volume":
        return _checked(MountSpec("volume", target, source, read_only, "z", _flag(fields, "volume-nocopy"), labels))
    if kind == "tmpfs":
        if source:
            raise InvalidInput('invalid mount config for type "tmpfs": source must not be specified')
        return _checked(MountSpec("tmpfs", target, "", read_only))
    if kind != "bind":
        raise InvalidInput(f'mount type unknown: "{kind}"')
    if not source:
        raise InvalidInput('invalid mount config for type "bind": field Source must not be empty')
    path = (session.cwd / source).resolve()
    if not path.exists():
        raise InvalidInput(f'invalid mount config for type "bind": bind source path does not exist: {path}')
    return _checked(MountSpec("bind", target, str(path), read_only))


def _flag(fields: dict[str, str], name: str) -> bool:
    """A word alone means true."""
    if name not in fields:
        return False
    value = fields[name].lower()
    if value in ("", "1", "t", "true"):
        return True
    if value in ("0", "f", "false"):
        return False
    raise SetupError(f"invalid value for {name}: {fields[name]}")


def _checked(spec: MountSpec, text: str = "") -> MountSpec:
    """The spec with a clean target; `InvalidInput` for one that is no place to mount at."""
    before = f"invalid volume specification: '{text}': " if text else ""
    reason = ""
    if not spec.target.startswith("/"):
        reason = f"invalid mount path: '{spec.target}' mount path must be absolute"
    elif posixpath.normpath(spec.target) in ("/", "//"):
        reason = "invalid specification: destination can't be '/'"
    if reason:
        raise InvalidInput(f'{before}invalid mount config for type "{spec.kind}": {reason}')
    target = "/" + posixpath.normpath(spec.target).lstrip("/")
    return MountSpec(spec.kind, target, spec.source, spec.read_only, spec.mode, spec.no_copy, spec.labels)
