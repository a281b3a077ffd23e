"""seq, yes: lines without an end in sight, by the piece."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from itertools import count, islice, takewhile

from dockkernel.exec.virtual.call import Call, Failure, Misuse, Tools, parse

_LINES = 4096
"""Lines that are written at once."""
_PIECE = 1 << 16
_DIRECTIVE = re.compile(r"%([-+ 0#]*)(\d*)(?:\.(\d*))?([efgEFG])")


async def yes(call: Call) -> int:
    """`yes [WORD]...`: the words again and again, until nobody reads them."""
    line = (" ".join(call.argv) or "y").encode("utf-8", "surrogateescape") + b"\n"
    piece = line * max(1, _PIECE // len(line))
    while True:
        call.machine.check()
        await call.stdout.write(piece)


async def seq(call: Call) -> int:
    """`seq [-w] [-s TEXT] [-f FORMAT] [FIRST [STEP]] LAST`."""
    options = parse(call, "ws:f:", ("equal-width|w", "separator=|s=", "format=|f="), permute=False)
    words = options.rest
    if not 1 <= len(words) <= 3:
        raise Misuse(f"extra operand '{words[3]}'" if words else "missing operand")
    numbers = [_number(call, word) for word in words]
    first = numbers[0] if len(numbers) > 1 else Decimal(1)
    step = numbers[1] if len(numbers) > 2 else Decimal(1)
    if not step:
        raise Misuse(f"invalid Zero increment value: '{words[1]}'")
    digits = max(map(_digits, numbers[:-1]), default=0)
    texts = _texts(first, step, numbers[-1], digits, options.get("f"))
    if "w" in options:
        texts = _even(first, step, numbers[-1], digits)
    separator = options.flags.get("s", "\n")
    begun = False
    while piece := list(islice(texts, _LINES)):
        call.machine.check()
        call.out((separator if begun else "") + separator.join(piece))
        await call.flush()
        begun = True
    if begun:
        call.out("\n")
    return 0


def _number(call: Call, word: str) -> Decimal:
    try:
        number = Decimal(word)
    except InvalidOperation:
        number = Decimal("nan")
    if not number.is_finite():
        if call.speech.busybox:
            raise Failure(f"invalid number '{word}'")
        raise Misuse(f"invalid floating point argument: '{word}'")
    return number


def _digits(number: Decimal) -> int:
    """Digits after the point, as typed."""
    exponent = number.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _values(first: Decimal, step: Decimal, last: Decimal) -> Iterator[Decimal]:
    values = (first + step * index for index in count())
    return takewhile(lambda value: value <= last if step > 0 else value >= last, values)


def _texts(first: Decimal, step: Decimal, last: Decimal, digits: int, form: str | None) -> Iterator[str]:
    if form is not None:
        return _formatted(_values(first, step, last), form)
    if not digits and first == int(first) and step == int(step):
        low, by = int(first), int(step)
        end = int(last.to_integral_value("ROUND_FLOOR" if by > 0 else "ROUND_CEILING")) + (1 if by > 0 else -1)
        return map(str, range(low, end, by))
    return (f"{value:.{digits}f}" for value in _values(first, step, last))


def _formatted(values: Iterator[Decimal], form: str) -> Iterator[str]:
    found = _DIRECTIVE.search(form)
    if found is None or _DIRECTIVE.search(form, found.end()):
        raise Failure(
            f"format '{form}' has no % directive" if found is None else f"format '{form}' has too many % directives"
        )
    return (form[: found.start()] + found[0] % float(value) + form[found.end() :] for value in values)


def _even(first: Decimal, step: Decimal, last: Decimal, digits: int) -> Iterator[str]:
    """All of one width, with zeros before."""
    width = max(len(f"{one:.{digits}f}") for one in (first, last))
    return (f"{value:0{width}.{digits}f}" for value in _values(first, step, last))


COMMANDS: Tools = {"seq": seq, "yes": yes}
