"""`--secret id=NAME,src=FILE` and `--secret id=NAME,env=VARIABLE`: from the flag to the bytes that RUN may see.

The words for bad ones are those of buildx and of BuildKit's client. Files are read by a function that is handed in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from dockkernel.dockerfile.mounts import split_fields
from dockkernel.errors import InvalidInput, ParseError
from dockkernel.oci.quoting import go_quote

MAX_SECRET = 500 * 1024
"""Bytes that a secret may have."""

ReadFile = Callable[[str, int], bytes]
"""At most so many bytes of the file at a path as it was typed; `OSError` when it cannot be read."""


@dataclass(frozen=True, slots=True)
class SecretSource:
    """Where a secret comes from: a file, a variable, or, with neither, whichever its id names."""

    id: str
    path: str = ""
    env: str = ""


def parse_secret(text: str) -> SecretSource:
    """The secret that a flag's value describes; `InvalidInput` in buildx's words."""
    kind = ""
    source = SecretSource("")
    for field, key, value in _pairs(text):
        if key == "type":
            if value not in ("file", "env"):
                raise InvalidInput(f"unsupported secret type {go_quote(value)}")
            kind = value
        elif key == "id":
            source = replace(source, id=value)
        elif key in ("source", "src"):
            source = replace(source, path=value)
        elif key == "env":
            source = replace(source, env=value)
        else:
            raise InvalidInput(f"unexpected key '{key}' in '{field}'")
    if kind == "env" and not source.env:
        return SecretSource(source.id, "", source.path)
    return source


def _pairs(text: str) -> Iterable[tuple[str, str, str]]:
    try:
        fields = split_fields(text, "secret")
    except ParseError as error:
        raise InvalidInput(error.message) from error
    for field in fields:
        key, equals, value = field.partition("=")
        if not equals:
            raise InvalidInput(f"invalid field '{field}' must be a key=value pair")
        yield field, key.lower(), value


def read_secrets(sources: Iterable[SecretSource], env: Mapping[str, str], read: ReadFile) -> dict[str, bytes]:
    """The secrets by id; of several with one id the last one counts. `InvalidInput` in BuildKit's words."""
    found: dict[str, bytes] = {}
    for source in sources:
        if not source.id:
            raise InvalidInput("secret missing ID")
        found[source.id] = _read(source, env, read)
    return found


def _read(source: SecretSource, env: Mapping[str, str], read: ReadFile) -> bytes:
    path, name = source.path, source.env
    if not path and not name:
        name, path = (source.id, "") if source.id in env else ("", source.id)
    data = _read_file(source.id, path, read) if path else b""
    if name:
        data = env.get(name, "").encode("utf-8", "surrogateescape")
        if len(data) > MAX_SECRET:
            raise InvalidInput(f"invalid secret size {len(data)}")
    return data


def _read_file(secret_id: str, path: str, read: ReadFile) -> bytes:
    try:
        data = read(path, MAX_SECRET + 1)
    except IsADirectoryError as error:
        raise InvalidInput(f"read {path}: is a directory") from error
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InvalidInput(f"failed to stat {path}: stat {path}: {reason}") from error
    if len(data) > MAX_SECRET:
        raise InvalidInput(f"secret {secret_id} too big. max size 500KiB")
    return data
