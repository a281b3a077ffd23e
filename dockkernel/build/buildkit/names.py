"""How vertices are called in the progress: `[builder 2/3] RUN make`, as BuildKit's Dockerfile frontend names them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from dockkernel.build.buildkit.scope import Scope
from dockkernel.dockerfile.gotext import readable
from dockkernel.dockerfile.instructions import Instruction, Run
from dockkernel.dockerfile.words import Modes, process
from dockkernel.errors import ParseError

_COMMAND = Modes(keep_quotes=True, keep_unset=True)


@dataclass(slots=True)
class StepCounter:
    """Numbers the steps of one stage."""

    total: int
    stage: str = ""
    """The stage's name; empty where there is only one."""
    index: int = 0

    def name(self, text: str, *, trigger: bool = False) -> str:
        """The next step's name. What belongs to no stage of the file (an image that COPY takes from) has no number."""
        if not self.total:
            return text
        self.index += 1
        width = int(1 + math.log10(self.total))
        stage = f"{self.stage} " if self.stage else ""
        return f"[{stage}{self.index:{width}d}/{self.total}] {'ONBUILD ' if trigger else ''}{text}"


def step_text(instruction: Instruction, scope: Scope, escape: str) -> str:
    """An instruction as the progress shows it: the keyword in capitals, variables put in."""
    text = readable(instruction.original)
    hidden: set[str] = set()
    modes = Modes()
    if isinstance(instruction, Run):
        modes = _COMMAND
        hidden = {mount.env for mount in instruction.mounts if mount.env}
        text += _heredoc_summary(instruction)
    if any(char in text for char in f"$'\"{escape}"):
        variables = {**scope.env, **dict.fromkeys(hidden, "****")}
        text = _expanded(text, variables, escape, modes)
    keyword, blank, rest = text.partition(" ")
    return f"{keyword.upper()}{blank}{rest}"


def _expanded(text: str, variables: Mapping[str, str], escape: str, modes: Modes) -> str:
    try:
        return process(text, variables, escape, modes).text
    except ParseError:
        return text


def _heredoc_summary(instruction: Run) -> str:
    """The first line of a script that stands in the file."""
    if not is_script(instruction):
        return ""
    lines = instruction.heredocs[0].body.strip().replace("\r\n", "\n").split("\n")
    return f" ({lines[0]}{'...' if len(lines) > 1 else ''})"


def is_script(instruction: Run) -> bool:
    """Whether the command is one here-document and nothing else, so that its body is what runs."""
    if not instruction.heredocs or len(instruction.args) != 1:
        return False
    command = instruction.args[0].strip()
    return command.startswith("<<") and not any(char in command for char in " \t\n;|&")
