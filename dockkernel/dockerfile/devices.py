"""The devices of RUN: `--device=vendor.com/class=name[,required]` (Dockerfile reference, "RUN --device")."""

from __future__ import annotations

from dataclasses import dataclass

from dockkernel.dockerfile.gotext import parse_bool, suggestion, with_suggestion
from dockkernel.dockerfile.mounts import split_fields
from dockkernel.errors import ParseError


@dataclass(frozen=True, slots=True)
class Device:
    """A device by its name; a build fails without one that is `required`."""

    name: str
    required: bool = False


def parse_device(spec: str) -> Device:
    """Give the device of a flag's value.

    Raises ParseError: in BuildKit's words.
    """
    name, required = "", False
    for field in split_fields(spec, "devices"):
        written, equals, value = field.partition("=")
        key = written.lower()
        if key == "required":
            required = _truth(value) if equals else True
        elif key == "name" and equals:
            if name:
                raise ParseError(f"device name already set to {name}")
            name = value
        elif not name:
            name = field
        elif equals:
            near = suggestion(key, ["name", "required"], fold_case=True)
            raise with_suggestion(f"unexpected key '{key}' in '{field}'", key, near)
        else:
            raise ParseError(f"invalid field '{field}' must be a key=value pair")
    return Device(name, required)


def _truth(value: str) -> bool:
    truth = parse_bool(value)
    if truth is None:
        raise ParseError(f"invalid value for required: {value}")
    return truth
