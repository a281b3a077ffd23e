"""`--chmod` of COPY and ADD: octal, or symbolic as chmod(1) of the BSDs has it (`u=rwX,go=rX`), with no umask.

A symbolic mode is a list of clauses, each over the mode that the one before it left; only `X` looks at the mode that
the file had in the beginning.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from dockkernel.errors import InvalidInput

_OCTAL = re.compile("[0-7]+")
_SYMBOLIC = re.compile("[augo]*(?:[-+=][rwxXstugo]*)+(?:,[augo]*(?:[-+=][rwxXstugo]*)+)*")
_ACTION = re.compile("([-+=])([rwxXstugo]*)")
_WHO = {"u": 0o4700, "g": 0o2070, "o": 0o0007, "a": 0o6777}
_PERMISSIONS = {"r": 0o444, "w": 0o222, "x": 0o111}
_SHIFT = {"u": 6, "g": 3, "o": 0}
_SET_ID = 0o6000
_STICKY = 0o1000
_EXECUTE = 0o111
_ALL = 0o6777
"""What `=` without a class takes away: everything but the sticky bit."""


@dataclass(frozen=True, slots=True)
class _Add:
    bits: int
    if_executable: bool = False
    """Only for directories, and for files that somebody could execute before."""


@dataclass(frozen=True, slots=True)
class _Remove:
    bits: int


@dataclass(frozen=True, slots=True)
class _CopyClass:
    """`g=u`: the permissions of one class given to others, added to theirs, or taken from theirs."""

    source: str
    targets: str
    sign: str


_Step = _Add | _Remove | _CopyClass


@dataclass(frozen=True, slots=True)
class ModeChange:
    """What `--chmod` does to a mode."""

    octal: int | None
    """The mode itself, when it was given as a number."""
    steps: tuple[_Step, ...] = ()

    def apply(self, mode: int, *, is_dir: bool) -> int:
        """The permission bits (07777) after the change."""
        if self.octal is not None:
            return self.octal
        found = mode
        for step in self.steps:
            if isinstance(step, _Add):
                if not step.if_executable or is_dir or mode & _EXECUTE:
                    found |= step.bits
            elif isinstance(step, _Remove):
                found &= ~step.bits
            else:
                found = _copied(found, step)
        return found


def parse_mode(text: str) -> ModeChange:
    """The change that a `--chmod` asks for; `InvalidInput` in BuildKit's words when it is none."""
    if _OCTAL.fullmatch(text) and int(text, 8) <= 0o7777:
        return ModeChange(int(text, 8))
    if not _SYMBOLIC.fullmatch(text):
        raise InvalidInput(f"invalid chmod parameter: '{text}'. it should be octal string and between 0 and 07777")
    steps: list[_Step] = []
    for clause in text.split(","):
        who = clause[: len(clause) - len(clause.lstrip("augo"))]
        for sign, permissions in _ACTION.findall(clause[len(who) :]):
            steps += _action(who, sign, permissions)
    return ModeChange(None, tuple(steps))


def _action(who: str, sign: str, permissions: str) -> list[_Step]:
    """The steps of one sign and what follows it. A class as permission (`g=u`) leaves the set-id bits alone."""
    targets = "".join(letter for letter in "ugo" if not who or letter in who or "a" in who)
    steps: list[_Step] = []
    for run in re.findall("[ugo]|[rwxXst]+", permissions) or [""]:
        if run in _SHIFT:
            steps.append(_CopyClass(run, targets, sign))
            continue
        reach, bits = _bits(who, run)
        if sign == "-":
            steps.append(_Remove(bits | (_EXECUTE & reach if "X" in run else 0)))
            continue
        if sign == "=":
            steps.append(_Remove(reach))
        steps.append(_Add(bits))
        if "X" in run:
            steps.append(_Add(_EXECUTE & reach, if_executable=True))
    return steps


def _bits(who: str, letters: str) -> tuple[int, int]:
    """The bits that the classes reach, and those of them that the letters name.

    The sticky bit belongs to no class: `t` brings it along, and where no class is named then reaches nothing else.
    """
    reach = 0
    for letter in who:
        reach |= _WHO[letter]
    only_others = bool(who) and not reach & ~0o007
    bits = sum({_PERMISSIONS[letter] for letter in letters if letter in _PERMISSIONS})
    if not only_others:
        bits |= _SET_ID if "s" in letters else 0
        bits |= _STICKY if "t" in letters else 0
        reach |= _STICKY if "t" in letters else 0
    reach = reach or _ALL
    return reach, bits & reach


def _copied(mode: int, step: _CopyClass) -> int:
    value = mode >> _SHIFT[step.source] & 0o7
    for target in step.targets:
        shift = _SHIFT[target]
        if step.sign == "=":
            mode &= ~(0o7 << shift)
        mode = mode & ~(value << shift) if step.sign == "-" else mode | value << shift
    return mode
