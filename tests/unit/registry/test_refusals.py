"""What is said of hosts that cannot be asked."""

from __future__ import annotations

import pytest

from dockkernel.oci.reference import Reference
from dockkernel.registry.refusals import unreachable


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        (
            "registry.example.com/app:1",
            'Get "https://registry.example.com/v2/": dial tcp: lookup registry.example.com: no such host',
        ),
        ("hub.lan:5000/app", 'Get "https://hub.lan:5000/v2/": dial tcp: lookup hub.lan: no such host'),
        ("127.0.0.1:5000/app", 'Get "http://127.0.0.1:5000/v2/": dial tcp 127.0.0.1:5000: connect: connection refused'),
        ("localhost:5000/app", 'Get "http://localhost:5000/v2/": dial tcp 127.0.0.1:5000: connect: connection refused'),
        ("10.1.2.3/app", 'Get "https://10.1.2.3/v2/": dial tcp 10.1.2.3:443: connect: connection refused'),
        ("[::1]:5000/app", 'Get "http://[::1]:5000/v2/": dial tcp [::1]:5000: connect: connection refused'),
    ],
)
def test_the_words_are_those_of_the_daemon(reference: str, message: str) -> None:
    error = unreachable(Reference.parse(reference))
    assert error.message == message
    assert error.hint is not None
    assert "no network client" in error.hint
