"""The router: turns a docker cell or a Dockerfile cell into a call before IPython reads a line of it.

It is the first of the shell's input transformers, so that all that IPython knows about cells (history, numbering,
`%%time`, `%%capture`, user expressions) holds for docker cells too, while their text is never read as Python. What
reads cells is imported at the first one: a kernel's start is not the time for it.
"""

from __future__ import annotations


def route(lines: list[str]) -> list[str]:
    """The lines of a cell as IPython shall see them: a Python cell as it stands, ours as one call of a magic."""
    from dockkernel.commands.cell import CellKind, read_cell

    text = "".join(lines)
    kind = read_cell(text).kind
    if kind is CellKind.PYTHON:
        return lines
    return [f"get_ipython().run_cell_magic({kind.value!r}, '', {text!r})\n"]
