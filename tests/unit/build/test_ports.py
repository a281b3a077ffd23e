from __future__ import annotations

import pytest

from dockkernel.build.ports import exposed
from dockkernel.build.signals import check_signal
from dockkernel.errors import InvalidInput


@pytest.mark.parametrize(
    ("specs", "ports"),
    [
        (["80"], ["80/tcp"]),
        (["80", "80/tcp", "53/UDP"], ["80/tcp", "53/udp"]),
        (["8000-8002"], ["8000/tcp", "8001/tcp", "8002/tcp"]),
        (["8080:80"], ["80/tcp"]),
        (["127.0.0.1:8080:80/sctp"], ["80/sctp"]),
        (["[::1]:8080:80"], ["80/tcp"]),
    ],
)
def test_ports(specs: list[str], ports: list[str]) -> None:
    assert list(exposed(specs)) == ports


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("http", "Invalid containerPort: http"),
        ("80/x", "Invalid proto: x"),
        ("70000", "Invalid containerPort: 70000"),
        ("9-8", "Invalid containerPort: 9-8"),
        ("x:80", "Invalid hostPort: x"),
        ("nohost:1:80", "Invalid ip address: nohost"),
    ],
)
def test_what_is_no_port(spec: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=f"^{message}$"):
        exposed([spec])


@pytest.mark.parametrize(("text", "number"), [("SIGTERM", 15), ("term", 15), ("9", 9), ("SIGRTMIN+3", 37)])
def test_signals(text: str, number: int) -> None:
    assert check_signal(text) == number


@pytest.mark.parametrize("text", ["SIGNOPE", "0", "", "-1"])
def test_what_is_no_signal(text: str) -> None:
    with pytest.raises(InvalidInput, match=f"^invalid signal: {text}$"):
        check_signal(text)
