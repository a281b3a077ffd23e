"""The mounts of RUN: `--mount=type=cache,target=/path,…`.

The keys are those of the Dockerfile reference ("RUN --mount"). Docker reads a mount only when its step is built, with
variables put into the values; while a file is read just the list and `from` are looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from dockkernel.dockerfile.gotext import parse_bool, parse_size, parse_uint, suggestion, with_suggestion
from dockkernel.errors import ParseError
from dockkernel.oci.quoting import go_quote

MOUNT_TYPES = ("bind", "cache", "secret", "ssh", "tmpfs")
SHARING_MODES = ("locked", "private", "shared")
_KEYS = (
    "type from source target readonly id sharing required size mode uid gid src dst destination ro rw readwrite env"
).split()
_FILE_TYPES = ("secret", "ssh", "cache")


@dataclass(frozen=True, slots=True)
class Mount:
    """One mount: sizes in bytes, `mode` as a number, `read_only` with the default of its type."""

    type: str = "bind"
    source: str = ""
    target: str = ""
    from_: str = ""
    id: str = ""
    read_only: bool = True
    required: bool = False
    sharing: str = ""
    size: int = 0
    mode: int | None = None
    uid: int | None = None
    gid: int | None = None
    env: str | None = None


def split_fields(spec: str, what: str = "mounts") -> list[str]:
    """Give the comma-separated fields; a field may stand in double quotes (RFC 4180).

    Raises ParseError: when quotes stand where none may.
    """
    if not spec:
        raise ParseError(f"failed to parse csv {what}: EOF")
    fields: list[str] = []
    position = 0
    while position <= len(spec):
        field, position = (
            _quoted(spec, position, what) if spec[position : position + 1] == '"' else _bare(spec, position, what)
        )
        fields.append(field)
    return fields


def _bare(spec: str, start: int, what: str) -> tuple[str, int]:
    end = spec.find(",", start)
    end = len(spec) if end < 0 else end
    mark = spec.find('"', start, end)
    if mark >= 0:
        raise _csv_error(what, mark + 1, 'bare " in non-quoted-field')
    return spec[start:end], end + 1


def _quoted(spec: str, start: int, what: str) -> tuple[str, int]:
    end = start + 1
    while (end := spec.find('"', end)) >= 0 and spec.startswith('""', end):
        end += 2
    if end < 0 or spec[end + 1 : end + 2] not in ("", ","):
        raise _csv_error(what, len(spec) + 1 if end < 0 else end + 1, 'extraneous or missing " in quoted-field')
    return spec[start + 1 : end].replace('""', '"'), end + 2


def _csv_error(what: str, column: int, why: str) -> ParseError:
    return ParseError(f"failed to parse csv {what}: parse error on line 1, column {column}: {why}")


def check_mount(spec: str) -> None:
    """Look at a mount as far as Docker does before variables are known.

    Raises ParseError: when the list cannot be read or `from` has a variable.
    """
    for field in split_fields(spec):
        key, equals, value = field.partition("=")
        if equals and key.lower() == "from" and "$" in value[:-1]:
            raise ParseError("'from' doesn't support variable expansion, define alias stage instead")


def parse_mount(spec: str, word: Callable[[str], str]) -> Mount:
    """Give the mount that a flag's value describes; `word` puts variables into a value.

    Raises ParseError: in BuildKit's words.
    """
    mount = Mount()
    read_only: bool | None = None
    for field in split_fields(spec):
        written, equals, value = field.partition("=")
        key = written.lower()
        if not equals:
            if key in ("readonly", "ro", "readwrite", "rw", "required"):
                value = "true"
            else:
                raise ParseError(f"invalid field '{field}' must be a key=value pair")
        else:
            value = word(value)
        if key in ("readonly", "ro"):
            read_only = _truth(key, value)
        elif key in ("readwrite", "rw"):
            read_only = not _truth(key, value)
        elif key in _SETTERS:
            mount = _SETTERS[key](mount, key, value)
        else:
            raise with_suggestion(f"unexpected key '{key}' in '{field}'", field, suggestion(key, _KEYS))
    if read_only is None:
        read_only = mount.type not in ("cache", "tmpfs")
    mount = replace(mount, read_only=read_only)
    _check(mount)
    return mount


def _check(mount: Mount) -> None:
    if mount.type not in _FILE_TYPES:
        for name in ("mode", "uid", "gid"):
            if getattr(mount, name) is not None:
                raise ParseError(f"{name} not allowed for {go_quote(mount.type)} type mounts")
    if mount.type == "secret":
        if mount.from_:
            raise ParseError("secret mount should not have a from")
        if mount.sharing:
            raise ParseError("secret mount should not define sharing")
        if not (mount.source or mount.target or mount.id):
            raise ParseError("invalid secret mount. one of source, target required")
        if mount.source and mount.id:
            raise ParseError("both source and id can't be set")
    if mount.sharing and mount.type != "cache":
        raise ParseError(f"invalid cache sharing set for {mount.type} mount")


def _truth(key: str, value: str) -> bool:
    truth = parse_bool(value)
    if truth is None:
        raise ParseError(f"invalid value for {key}: {value}")
    return truth


def _type(mount: Mount, key: str, value: str) -> Mount:
    if value.lower() not in MOUNT_TYPES:
        raise with_suggestion(f"unsupported mount type {go_quote(value)}", value, suggestion(value, list(MOUNT_TYPES)))
    return replace(mount, type=value.lower())


def _sharing(mount: Mount, key: str, value: str) -> Mount:
    if value.lower() not in SHARING_MODES:
        raise with_suggestion(
            f"unsupported sharing value {go_quote(value)}", value, suggestion(value, list(SHARING_MODES))
        )
    return replace(mount, sharing=value.lower())


def _required(mount: Mount, key: str, value: str) -> Mount:
    if mount.type not in ("secret", "ssh"):
        raise ParseError(f"unexpected key '{key}' for mount type '{mount.type}'")
    return replace(mount, required=_truth(key, value))


def _size(mount: Mount, key: str, value: str) -> Mount:
    if mount.type != "tmpfs":
        raise ParseError(f"unexpected key '{key}' for mount type '{mount.type}'")
    size = parse_size(value)
    if size is None:
        raise ParseError(f"invalid value for {key}: {value}")
    return replace(mount, size=size)


def _number(base: int) -> Callable[[Mount, str, str], Mount]:
    def set_number(mount: Mount, key: str, value: str) -> Mount:
        number = parse_uint(value, base=base)
        if number is None:
            raise ParseError(f"invalid value {value} for {key}")
        return replace(mount, mode=number) if key == "mode" else _with(mount, key, number)

    return set_number


def _with(mount: Mount, key: str, number: int) -> Mount:
    return replace(mount, uid=number) if key == "uid" else replace(mount, gid=number)


_SETTERS: Mapping[str, Callable[[Mount, str, str], Mount]] = {
    "type": _type,
    "from": lambda mount, key, value: replace(mount, from_=value),
    "source": lambda mount, key, value: replace(mount, source=value),
    "src": lambda mount, key, value: replace(mount, source=value),
    "target": lambda mount, key, value: replace(mount, target=value),
    "dst": lambda mount, key, value: replace(mount, target=value),
    "destination": lambda mount, key, value: replace(mount, target=value),
    "id": lambda mount, key, value: replace(mount, id=value),
    "env": lambda mount, key, value: replace(mount, env=value),
    "required": _required,
    "size": _size,
    "sharing": _sharing,
    "mode": _number(8),
    "uid": _number(10),
    "gid": _number(10),
}
