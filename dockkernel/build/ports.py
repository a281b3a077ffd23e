"""Ports as EXPOSE takes them: `80`, `80/udp`, `8000-8010/tcp`, also with a host part, which is left out."""

from __future__ import annotations

from collections.abc import Iterable

from dockkernel.errors import InvalidInput

_MAX = 65_535


def exposed(specs: Iterable[str]) -> tuple[str, ...]:
    """The ports as the image's config has them (`80/tcp`), each once, in the order given.

    `InvalidInput` in the daemon's words for what is no port.
    """
    return tuple(dict.fromkeys(port for spec in specs for port in _ports(spec)))


def _ports(spec: str) -> list[str]:
    text, _, protocol = spec.partition("/")
    protocol = protocol.lower() if "/" in spec and protocol else "tcp"
    address, host, container = _split(text)
    if address and not _is_address(address):
        raise InvalidInput(f"Invalid ip address: {address}")
    if not container:
        raise InvalidInput(f"No port specified: {spec}<empty>")
    first, last = _range(container, "containerPort")
    if host:
        low, high = _range(host, "hostPort")
        if high - low != last - first and first != last:
            raise InvalidInput(f"Invalid ranges specified for container and host Ports: {container} and {host}")
    if protocol not in ("tcp", "udp", "sctp"):
        raise InvalidInput(f"Invalid proto: {protocol}")
    return [f"{number}/{protocol}" for number in range(first, last + 1)]


def _split(text: str) -> tuple[str, str, str]:
    """Address, host port, container port; those not given are empty."""
    parts = text.split(":")
    if len(parts) == 1:
        return "", "", parts[0]
    if len(parts) == 2:
        return "", parts[0], parts[1]
    return ":".join(parts[:-2]), parts[-2], parts[-1]


def _range(text: str, what: str) -> tuple[int, int]:
    low, dash, high = text.partition("-")
    numbers = [_number(low), _number(high) if dash else _number(low)]
    if numbers[0] is None or numbers[1] is None or numbers[1] < numbers[0]:
        raise InvalidInput(f"Invalid {what}: {text}")
    return numbers[0], numbers[1]


def _number(text: str) -> int | None:
    if not (text.isascii() and text.isdigit()):
        return None
    value = int(text[:20])
    return value if value <= _MAX else None


def _is_address(text: str) -> bool:
    import ipaddress

    try:
        ipaddress.ip_address(text.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return True
