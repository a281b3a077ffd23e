"""What a Dockerfile cell and `%dockerfile` ask for: the words that are ours, and those of the build."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from IPython.core.error import UsageError

from dockkernel.frontends.cellfile import DockerfileCell

USAGE = "%dockerfile --show | --export FILE | --reset, or %%dockerfile [flags of docker build] with a Dockerfile below"


@dataclass(frozen=True, slots=True)
class Asked:
    """The words of one `%%dockerfile`."""

    flags: tuple[str, ...]
    context: str | None = None
    continues: bool = False


def read_words(words: list[str]) -> Asked:
    """Takes `--continue` and `--context DIR` out of the words. `UsageError` for what has no sense in a cell."""
    flags, context, continues = list[str](), None, False
    rest = iter(words)
    for word in rest:
        if word == "--context":
            context = next(rest, None)
            if context is None:
                raise UsageError("flag needs an argument: --context")
        elif word.startswith("--context="):
            context = word.removeprefix("--context=")
        elif word == "--continue":
            continues = True
        elif word in ("-f", "--file") or word.startswith(("--file=", "-f")):
            raise UsageError("%%dockerfile: the cell is the Dockerfile, so -f/--file cannot be given")
        else:
            flags.append(word)
    return Asked(tuple(flags), context, continues)


def cell_of(shell: Any, text: str, asked: Asked) -> DockerfileCell:
    """The running cell, of which `text` is the Dockerfile's part.

    Text that is not in the cell as it was typed (a magic called by a program) stands for itself.
    """
    number, typed = _typed(shell)
    body = text.rstrip()
    at = typed.rfind(body) if body else -1
    if at < 0:
        return DockerfileCell(text, "cell", text, 0, text, asked.flags, asked.context)
    key = _cell_id(shell) or text
    return DockerfileCell(key, f"In[{number}]", typed, typed[:at].count("\n"), text, asked.flags, asked.context)


def _typed(shell: Any) -> tuple[int, str]:
    """The number and the text of the cell that was stored last. The shell's own count may be one ahead of it."""
    history = getattr(shell, "history_manager", None)
    inputs: list[str] = getattr(history, "input_hist_raw", None) or [""]
    return len(inputs) - 1, inputs[-1]


def _cell_id(shell: Any) -> str:
    """The id that a notebook's front end gives to the cell; empty where it says none."""
    parent: dict[str, Any] = getattr(shell, "get_parent", dict)() or {}
    found = parent.get("metadata", {}).get("cellId")
    return found if isinstance(found, str) else ""
