"""`--expand`: Python values in the words of a command, by `{expression}`; Go templates `{{…}}` stay as they are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

_FIELD = re.compile(r"\{\{.*?\}\}+|\{([^{}]+)\}", re.DOTALL)


def expand(words: Sequence[str], names: Mapping[str, Any]) -> list[str]:
    """The words with each `{expression}` replaced by its value; a word that is one list becomes several words.

    >>> expand(["image", "rm", "{ids}", "--format={{.ID}}", "{n}:1"], {"ids": ["a", "b"], "n": "web"})
    ['image', 'rm', 'a', 'b', '--format={{.ID}}', 'web:1']

    `ValueError` with one line for an expression that cannot be evaluated.
    """
    found: list[str] = []
    for word in words:
        whole = _FIELD.fullmatch(word)
        if whole is not None and whole.group(1) is not None:
            value = _evaluate(whole.group(1), names)
            found += [str(item) for item in value] if _is_list(value) else [str(value)]
        else:
            found.append(_FIELD.sub(lambda match: _replace(match, names), word))
    return found


def _replace(match: re.Match[str], names: Mapping[str, Any]) -> str:
    expression = match.group(1)
    return match.group() if expression is None else str(_evaluate(expression, names))


def _evaluate(expression: str, names: Mapping[str, Any]) -> Any:
    try:
        return eval(expression.strip(), dict(names))
    except Exception as error:
        raise ValueError(f"--expand: {{{expression}}}: {type(error).__name__}: {error}") from None


def _is_list(value: Any) -> bool:
    return isinstance(value, Iterable) and not isinstance(value, str | bytes | Mapping)
