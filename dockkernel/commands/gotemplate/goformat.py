"""Values as Go's `fmt` prints them: `%v` and the verbs of `printf` (https://pkg.go.dev/fmt#hdr-Printing)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from dockkernel.commands.gotemplate.govalues import MISSING, NIL, Duration, Row, Struct, Time, type_name
from dockkernel.commands.human import format_duration
from dockkernel.oci.quoting import go_quote

_WIDEST = 1_000_000
"""The widest field and the most digits that Go's `fmt` takes."""
_PLAIN_DIGITS = 6
"""Decimal places before the point up to which `%v` writes no exponent."""
_VERB = re.compile(r"%([-+# 0]*)(\*|\d+)?(?:\.(\*|\d+)?)?(.?)", re.DOTALL)


def show(value: Any, *, plus: bool = False) -> str:
    """`%v` (with `plus`: `%+v`, field names in structs)."""
    if isinstance(value, str):
        return _go_time(value) if isinstance(value, Time) else value
    if isinstance(value, Duration):
        return format_duration(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None or value is MISSING or value is NIL:
        return "<nil>"
    if isinstance(value, float):
        return go_float(value)
    if isinstance(value, list | tuple):
        return "[" + " ".join(show(item, plus=plus) for item in value) + "]"
    if isinstance(value, Mapping):
        return "map[" + " ".join(f"{key}:{show(item, plus=plus)}" for key, item in sorted(value.items())) + "]"
    if isinstance(value, Struct):
        parts = (f"{member.name}:" * plus + show(member.value, plus=plus) for member in value.members)
        return "{" + " ".join(parts) + "}"
    if isinstance(value, Row):
        return "{" + " ".join(show(item, plus=plus) for item in value.columns.values()) + "}"
    return str(value)


def go_float(value: float, verb: str = "g", precision: int | None = None) -> str:
    """A float in Go's `%v` form (shortest digits, an exponent from 1e+06 on and below 1e-4), or by another verb."""
    if value != value or value in (float("inf"), float("-inf")):
        return "NaN" if value != value else "+Inf" if value > 0 else "-Inf"
    if precision is not None or verb not in "gG":
        return f"{value:.{6 if precision is None else precision}{verb}}"
    digits = repr(value)
    exponent = int(f"{value:e}".partition("e")[2])
    count = len(digits.partition("e")[0].strip("-0").replace(".", "").strip("0"))
    if value == 0 or -4 <= exponent < _PLAIN_DIGITS:
        return digits.removesuffix(".0") if "e" not in digits else f"{Decimal(digits):f}"
    return f"{value:.{max(count - 1, 0)}e}"


def _go_time(text: str) -> str:
    if text.endswith("Z"):
        return f"{text[:10]} {text[11:-1]} +0000 UTC"
    zone = text[-6:].replace(":", "")
    return f"{text[:10]} {text[11:-6]} {zone} {zone}"


def go_print(*values: Any) -> str:
    """Go's `fmt.Sprint`: a blank between two values of which neither is a string."""
    out = ""
    for index, value in enumerate(values):
        if index and not isinstance(value, str) and not isinstance(values[index - 1], str):
            out += " "
        out += show(value)
    return out


def sprintf(form: str, *values: Any) -> str:
    """Go's `fmt.Sprintf`, its complaints included: `%!d(string=x)`, `%!v(MISSING)`, `%!(EXTRA int=1)`."""
    rest = list(values)

    def one(match: re.Match[str]) -> str:
        flags, width, precision, verb = match[1], match[2], match[3], match[4]
        has_precision = "." in match[0][: match.end(4) - match.start()][len(flags) + len(width or "") + 1 :]
        if verb == "%":
            return "%"
        if not verb or any(size.isdecimal() and int(size) > _WIDEST for size in (width or "", precision or "")):
            return "%!(NOVERB)"
        if width == "*":
            size = rest.pop(0) if rest else None
            if not isinstance(size, int) or abs(size) > _WIDEST:
                return "%!(BADWIDTH)"
            flags, width = (flags + "-", str(-size)) if size < 0 else (flags, str(size))
        if precision == "*":
            size = rest.pop(0) if rest else None
            if not isinstance(size, int) or not 0 <= size <= _WIDEST:
                return "%!(BADPREC)"
            precision = str(size)
        if not rest:
            return f"%!{verb}(MISSING)"
        text = _verb(verb, flags, int(precision or 0) if has_precision else None, rest.pop(0), int(width or 0))
        return _padded(text, int(width or 0), flags)

    out = _VERB.sub(one, form)
    if rest:
        extra = ", ".join(f"{type_name(value)}={show(value)}" if value is not None else "<nil>" for value in rest)
        out += f"%!(EXTRA {extra})"
    return out


def _padded(text: str, width: int, flags: str) -> str:
    if "-" in flags:
        return text.ljust(width)
    if "0" in flags and text[:1] in ("-", "+") and text[1:2].isdigit():
        return text[0] + text[1:].rjust(width - 1, "0")
    return text.rjust(width, "0" if "0" in flags else " ")


def _verb(verb: str, flags: str, precision: int | None, value: Any, width: int) -> str:
    bad = f"%!{verb}({type_name(value)}={show(value)})" if value is not None else f"%!{verb}(<nil>)"
    if verb == "T":
        return type_name(value)
    if isinstance(value, list | tuple) and verb not in "vp":
        return "[" + " ".join(_verb(verb, flags, precision, item, width) for item in value) + "]"
    if isinstance(value, Mapping) and verb != "v":
        items = (
            f"{_verb(verb, flags, precision, k, width)}:{_verb(verb, flags, precision, v, width)}"
            for k, v in sorted(value.items())
        )
        return f"map[{' '.join(items)}]"
    if verb == "v" and "#" not in flags:
        if isinstance(value, str):
            return value if precision is None else value[:precision]
        if isinstance(value, int | float) and not isinstance(value, bool):
            return _number("d" if isinstance(value, int) else "g", flags, precision, value) or show(value)
        return show(value, plus="+" in flags)
    if isinstance(value, bool):
        return show(value) if verb in "tv" else bad
    if isinstance(value, str):
        return _string(verb, flags, precision, value) or (bad if value or verb not in "sxX" else "")
    if isinstance(value, int | float):
        return _number(verb, flags, precision, value) or bad
    return bad


def _string(verb: str, flags: str, precision: int | None, value: str) -> str:
    text = value if precision is None else value[:precision]
    if verb == "s":
        return text
    if verb in "qv":
        return f"`{text}`" if verb == "q" and "#" in flags and "`" not in text else go_quote(text)
    if verb in "xX":
        digits = text.encode("utf-8", "surrogateescape").hex(*" " * (" " in flags))
        return digits.upper() if verb == "X" else digits
    return ""


def _number(verb: str, flags: str, precision: int | None, value: int | float) -> str:
    sign = "+" if "+" in flags and value >= 0 else " " if " " in flags and value >= 0 else ""
    if isinstance(value, float):
        if verb not in "eEfFgGv":
            return ""
        verb = "g" if verb == "v" else verb
        text = go_float(value, verb, precision)
        return sign + text.upper() if verb in "EG" else sign + text
    if verb in "dv":
        digits = str(abs(value)).rjust(precision or 0, "0")
        return ("-" if value < 0 else sign) + digits
    if verb in "xXob":
        prefix = {"x": "0x", "X": "0X", "o": "0", "b": "0b"}[verb] if "#" in flags else ""
        return ("-" if value < 0 else sign) + prefix + f"{abs(value):{verb}}"
    if verb == "c":
        return chr(value)
    if verb == "q":
        return f"'{chr(value)}'"
    return f"U+{value:04X}" if verb == "U" else ""
