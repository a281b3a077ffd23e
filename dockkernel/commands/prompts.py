"""Asking before something is removed, as the Docker CLI asks."""

from __future__ import annotations

from dockkernel.commands.session import Session

_QUESTION = "Are you sure you want to continue? [y/N] "


def agreed(session: Session, warning: str) -> bool:
    """Prints the warning and the question on standard output; true when the answer on standard input is yes."""
    session.out(f"{warning}\n{_QUESTION}")
    answer = session.stdin.readline() if session.stdin else b""
    return answer.strip().lower() in (b"y", b"yes")
