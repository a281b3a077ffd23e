"""What the text after a flag means: one reader for each kind of flag, one rule for each kind of content.

Readers raise `ValueError` with the words that the Docker CLI 28 puts after `invalid argument "x" for "--y" flag: `.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from dockkernel.commands.filters import NO_FILTERS, Filters
from dockkernel.commands.human import parse_binary_size, parse_duration
from dockkernel.commands.spec import Check, Flag, Kind

_TRUE = {"1", "t", "T", "true", "TRUE", "True"}
_FALSE = {"0", "f", "F", "false", "FALSE", "False"}
_SYSCTLS = {f"kernel.{name}" for name in "msgmax msgmnb msgmni sem shmall shmmax shmmni shm_rmid_forced".split()}
_ULIMITS = "core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack".split()


def empty_value(flag: Flag) -> Any:
    """The value of a flag that is not given: its default."""
    if flag.kind == "filter":
        return NO_FILTERS
    if flag.repeats:
        return ()
    if flag.default:
        return read_value(flag, flag.default, None)
    if flag.kind == "bool":
        return False
    return "" if flag.kind in ("string", "gpu-request") else 0


def read_value(flag: Flag, text: str, current: Any) -> Any:
    """The flag's value after `text` was given; `current` is the value so far of a flag that repeats, else unused."""
    value = _READERS.get(flag.kind, _text)(text)
    if flag.check:
        for item in value if isinstance(value, tuple) else (value,):
            _CHECKS[flag.check](item)
    if flag.kind == "filter":
        return Filters((current.pairs if current else ()) + value)
    return (current or ()) + value if flag.repeats else value


def _text(text: str) -> str:
    return text


def _one(text: str) -> tuple[str, ...]:
    return (text,)


def _bool(text: str) -> bool:
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    raise ValueError(f'strconv.ParseBool: parsing "{text}": invalid syntax')


def _go_integer(text: str, function: str, low: int, high: int) -> int:
    digits = text[1:] if low < 0 and text[:1] in ("+", "-") else text
    forms = r"0[xX]_?[0-9a-fA-F](_?[0-9a-fA-F])*|0[bB]_?[01](_?[01])*|0[oO]?_?[0-7](_?[0-7])*|[1-9](_?[0-9])*|0"
    if not re.fullmatch(forms, digits, re.ASCII):
        raise ValueError(f'strconv.{function}: parsing "{text}": invalid syntax')
    octal = len(digits) > 1 and digits[0] == "0" and (digits[1].isdigit() or digits[1] == "_")
    number = int(digits[1:].lstrip("_"), 8) if octal else int(digits, 0)
    signed = -number if text.startswith("-") else number
    if not low <= signed <= high:
        raise ValueError(f'strconv.{function}: parsing "{text}": value out of range')
    return signed


def _int(text: str) -> int:
    return _go_integer(text, "ParseInt", -(1 << 63), (1 << 63) - 1)


def _uint16(text: str) -> int:
    return _go_integer(text, "ParseUint", 0, (1 << 16) - 1)


def _uint64(text: str) -> int:
    return _go_integer(text, "ParseUint", 0, (1 << 64) - 1)


def _decimal(text: str) -> int:
    match = re.fullmatch(r"([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?", text, re.ASCII)
    if not match or not (match[2] or match[3]):
        raise ValueError(f"failed to parse {text} as a rational number")
    fraction = match[3] or ""
    shift = 9 - len(fraction) + int(match[4] or 0)
    digits = int((match[2] or "0") + fraction)
    if shift < 0 and digits % 10**-shift:
        raise ValueError("value is too precise")
    nano: int = digits * 10**shift if shift >= 0 else digits // 10**-shift
    return -nano if match[1] == "-" else nano


def _memory_swap(text: str) -> int:
    return -1 if text == "-1" else parse_binary_size(text)


def csv_fields(text: str) -> tuple[str, ...]:
    """One CSV record as Go's `encoding/csv` reads it."""
    fields: list[str] = []
    position = 0
    while text:
        if text.startswith('"', position):
            match = re.compile(r'"((?:[^"]|"")*)"(?=,|$)').match(text, position)
            if match is None:
                closed = re.compile(r'"(?:[^"]|"")*').match(text, position)
                column = (closed.end() if closed else position) + 1
                raise ValueError(f'parse error on line 1, column {column}: extraneous or missing " in quoted-field')
            fields.append(match[1].replace('""', '"'))
            position = match.end()
        else:
            end = text.find(",", position)
            end = len(text) if end < 0 else end
            if '"' in text[position:end]:
                column = text.index('"', position) + 1
                raise ValueError(f'parse error on line 1, column {column}: bare " in non-quoted-field')
            fields.append(text[position:end])
            position = end
        if position >= len(text):
            break
        position += 1
    return tuple(fields)


def _pair(text: str) -> tuple[tuple[str, str], ...]:
    key, _, value = text.partition("=")
    return ((key, value),)


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    parts = csv_fields(text) if text.count("=") > 1 else (text,)
    for part in parts:
        if "=" not in part:
            raise ValueError(f"{part} must be formatted as key=value")
    return tuple((key, value) for key, _, value in (part.partition("=") for part in parts))


def _filter(text: str) -> tuple[tuple[str, str], ...]:
    if not text:
        return ()
    key, equals, value = text.partition("=")
    if not equals:
        raise ValueError("bad format of filter (expected name=value)")
    return ((key.strip().lower(), value.strip()),)


def _ulimit(text: str) -> tuple[str, ...]:
    name, equals, value = text.partition("=")
    if not equals:
        raise ValueError(f"invalid ulimit argument: {text}")
    if name not in _ULIMITS:
        raise ValueError(f"invalid ulimit type: {name}")
    limits = value.split(":")
    if len(limits) > 2:
        raise ValueError(f"too many limit value arguments - {value}, can only have up to two, `soft[:hard]`")
    numbers = [_int(limit) for limit in limits]
    soft, hard = numbers[0], numbers[-1]
    if hard != -1 and (soft == -1 or soft > hard):
        raise ValueError(f"ulimit soft limit must be less than or equal to hard limit: {soft} > {hard}")
    return (text,)


def _mount(text: str) -> tuple[str, ...]:
    if not text:
        raise ValueError("EOF")
    keys: dict[str, str] = {}
    for part in csv_fields(text):
        key, equals, value = part.partition("=")
        keys[key.strip().lower()] = value
        if not equals and key.strip().lower() not in ("readonly", "ro", "volume-nocopy", "bind-nonrecursive"):
            raise ValueError(f"invalid field '{part}' must be a key=value pair")
    if not {"target", "dst", "destination"} & keys.keys():
        raise ValueError("target is required")
    return (text,)


def _network(text: str) -> tuple[str, ...]:
    if "=" in text:
        for part in csv_fields(text):
            key, equals, _ = part.partition("=")
            if not equals:
                raise ValueError(f"invalid field {part}")
            if key not in ("name", "alias", "ip", "ip6", "mac-address", "link-local-ip", "driver-opt", "gw-priority"):
                raise ValueError(f"invalid field key {key}")
    return (text,)


_READERS: Mapping[Kind, Callable[[str], Any]] = {
    "bool": _bool,
    "int": _int,
    "int64": _int,
    "uint16": _uint16,
    "uint64": _uint64,
    "decimal": _decimal,
    "duration": parse_duration,
    "bytes": parse_binary_size,
    "swap-bytes": _memory_swap,
    "list": _one,
    "stringArray": _one,
    "stringSlice": csv_fields,
    "map": _pair,
    "stringToString": _pairs,
    "filter": _filter,
    "ulimit": _ulimit,
    "mount": _mount,
    "network": _network,
}


def _check_tag(text: str) -> None:
    from dockkernel.errors import ParseError
    from dockkernel.oci.reference import Reference

    try:
        Reference.parse(text)
    except ParseError as error:
        raise ValueError(error.message) from error


def _check_env(text: str) -> None:
    if not text or text.startswith("="):
        raise ValueError(f"invalid environment variable: {text}")


def _check_label(text: str) -> None:
    if not text.partition("=")[0]:
        raise ValueError(f"invalid label '{text}': empty name")


def _check_host(text: str) -> None:
    separator = "=" if "=" in text else ":"
    name, found, address = text.partition(separator)
    if not found or not name:
        raise ValueError(f'bad format for add-host: "{text}"')
    address = address.removeprefix("[").removesuffix("]") if address.startswith("[") else address
    if address != "host-gateway" and not _is_address(address):
        raise ValueError(f'invalid IP address in add-host: "{address}"')


def _check_address(text: str) -> None:
    if not _is_address(text):
        raise ValueError(f"IP address is not correctly formatted: {text}")


def _is_address(text: str) -> bool:
    import ipaddress

    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _check_domain(text: str) -> None:
    if text.strip(" ") != "." and not re.fullmatch(r"[a-zA-Z0-9_]([-a-zA-Z0-9_.]*[a-zA-Z0-9_])?\.?", text, re.ASCII):
        raise ValueError(f"{text} is not a valid domain")


def _check_link(text: str) -> None:
    if not text:
        raise ValueError("empty string specified for links")
    if text.count(":") > 1:
        raise ValueError(f"bad format for links: {text}")


def _check_stream(text: str) -> None:
    if text.lower() not in ("stdin", "stdout", "stderr"):
        raise ValueError("valid streams are STDIN, STDOUT and STDERR")


def _check_device_weight(text: str) -> None:
    path, colon, value = text.partition(":")
    if not colon:
        raise ValueError(f"bad format: {text}")
    if not path.startswith("/dev/"):
        raise ValueError(f"bad format for device path: {text}")
    if not value.isdigit() or not (value == "0" or 10 <= int(value) <= 1000):
        raise ValueError(f"invalid weight for device: {text}")


def _check_device_rate(text: str) -> None:
    path, colon, value = text.partition(":")
    if not colon:
        raise ValueError(f"bad format: {text}")
    if not path.startswith("/dev/"):
        raise ValueError(f"bad format for device path: {text}")
    try:
        parse_binary_size(value)
    except ValueError as error:
        number = "<number>[<unit>]. Number must be a positive integer. Unit is optional and can be kb, mb, or gb"
        raise ValueError(f"invalid rate for device: {text}. The correct format is <device-path>:{number}") from error


def _check_sysctl(text: tuple[str, str]) -> None:
    key, value = text
    if key not in _SYSCTLS and not key.startswith(("net.", "fs.mqueue.")):
        raise ValueError(f"sysctl '{key}={value}' is not allowed" if value else f"sysctl '{key}' is not allowed")


def _check_cgroup_rule(text: str) -> None:
    if not re.fullmatch(r"[acb] ([0-9]+|\*):([0-9]+|\*) [rwm]{1,3}", text):
        raise ValueError(f"invalid device cgroup format '{text}'")


def _check_gpus(text: str) -> None:
    for part in csv_fields(text):
        key, equals, value = part.partition("=")
        count = value if equals else key
        if not equals or key == "count":
            if count != "all" and not re.fullmatch(r"[+-]?\d+", count):
                raise ValueError(f'invalid count ({count}): value must be either "all" or an integer: invalid syntax')
        elif key not in ("driver", "device", "capabilities", "options"):
            raise ValueError(f"unexpected key '{key}' in '{part}'")


_CHECKS: Mapping[Check, Callable[[Any], None]] = {
    "tag": _check_tag,
    "env": _check_env,
    "label": _check_label,
    "host": _check_host,
    "address": _check_address,
    "domain": _check_domain,
    "link": _check_link,
    "stream": _check_stream,
    "device-weight": _check_device_weight,
    "device-rate": _check_device_rate,
    "sysctl": _check_sysctl,
    "cgroup-rule": _check_cgroup_rule,
    "gpus": _check_gpus,
}
