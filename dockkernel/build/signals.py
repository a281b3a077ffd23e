"""Signal names and numbers as STOPSIGNAL takes them (Linux's, real-time ones included)."""

from __future__ import annotations

from dockkernel.errors import InvalidInput

_NAMES = (
    "HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG "
    "XCPU XFSZ VTALRM PROF WINCH IO PWR SYS"
).split()
_ALIASES = {"IOT": 6, "CLD": 17, "POLL": 29, "UNUSED": 31}
SIGNALS = (
    {name: number for number, name in enumerate(_NAMES, 1)}
    | _ALIASES
    | {"RTMIN": 34, "RTMAX": 64}
    | {f"RTMIN+{step}": 34 + step for step in range(1, 16)}
    | {f"RTMAX-{step}": 64 - step for step in range(1, 15)}
)
"""Names without `SIG` to numbers."""


def check_signal(text: str) -> int:
    """The number that a name (with or without `SIG`, in any case) or a number means.

    `InvalidInput` ("invalid signal: X") when it means none.
    """
    if text.isascii() and text.lstrip("+").isdigit():
        if int(text) == 0:
            raise InvalidInput(f"invalid signal: {text}")
        return int(text)
    number = SIGNALS.get(text.upper().removeprefix("SIG"))
    if number is None:
        raise InvalidInput(f"invalid signal: {text}")
    return number
