"""Ports as `-p` and `--expose` spell them. Messages are those of the Docker CLI 28."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

_PROTOCOLS = ("tcp", "udp", "sctp")
_HIGHEST = 65535


@dataclass(frozen=True, slots=True)
class Binding:
    """A container port (`80/tcp`) and where it is published: an address or none, a port, a range or none."""

    port: str
    host_ip: str
    host_port: str


def parse_publish(text: str) -> list[Binding]:
    """What `-p TEXT` publishes: `[[IP:]HOST:]PORT[/PROTO]` with ranges, or `published=80,target=8080`.

    ValueError with Docker's words.
    """
    spec = _short_form(text) if "=" in text else text
    address, host, rest = _split(spec)
    port, _, protocol = rest.partition("/")
    protocol = protocol.partition("/")[0].lower() or "tcp"
    if address and not _is_address(address):
        raise ValueError(f"invalid IP address: {address}")
    if not port:
        raise ValueError(f"no port specified: {spec}<empty>")
    ports = _range(port)
    if ports is None:
        raise ValueError(f"invalid containerPort: {port}")
    hosts = _range(host) if host else None
    if host and hosts is None:
        raise ValueError(f"invalid hostPort: {host}")
    if hosts and len(hosts) != len(ports) and len(ports) > 1:
        raise ValueError(f"invalid ranges specified for container and host Ports: {port} and {host}")
    if protocol not in _PROTOCOLS:
        raise ValueError(f"invalid proto: {protocol}")
    if hosts and len(hosts) > len(ports):
        return [Binding(f"{port}/{protocol}", address, host)]
    return [
        Binding(f"{number}/{protocol}", address, str(hosts[index]) if hosts else "")
        for index, number in enumerate(ports)
    ]


def parse_expose(text: str) -> list[str]:
    """The container ports that `--expose TEXT` names: `80`, `80-82/udp`. ValueError with Docker's words."""
    if ":" in text:
        raise ValueError(f"invalid port format for --expose: {text}")
    port, _, protocol = text.partition("/")
    first, dash, last = port.partition("-")
    problem = "" if port else "empty string specified for ports"
    for number in (first, last) if dash else (first,):
        if problem:
            break
        if not re.fullmatch(r"\d+", number, re.ASCII):
            problem = f'strconv.ParseUint: parsing "{number}": invalid syntax'
        elif int(number) > _HIGHEST:
            problem = f'strconv.ParseUint: parsing "{number}": value out of range'
    if not problem and dash and int(last) < int(first):
        problem = f"invalid range specified for port: {port}"
    if problem:
        raise ValueError(f"invalid range format for --expose: {text}, error: {problem}")
    return [f"{number}/{protocol or 'tcp'}" for number in range(int(first), int(last or first) + 1)]


def _short_form(text: str) -> str:
    """`published=80,target=8080,protocol=udp` as `80:8080/udp`."""
    fields = dict(part.partition("=")[::2] for part in text.split(","))
    return f"{fields.get('published', '')}:{fields.get('target', '')}/{fields.get('protocol', 'tcp')}"


def _split(text: str) -> tuple[str, str, str]:
    """Address, host port and container port; an address may hold colons of its own."""
    before, colon, port = text.rpartition(":")
    if not colon:
        return "", "", port
    address, _, host = before.rpartition(":")
    return address.removeprefix("[").removesuffix("]"), host, port


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _range(text: str) -> range | None:
    match = re.fullmatch(r"(\d+)(?:-(\d+))?", text, re.ASCII)
    if not match:
        return None
    first, last = int(match[1]), int(match[2] or match[1])
    return range(first, last + 1) if first <= last <= _HIGHEST else None
