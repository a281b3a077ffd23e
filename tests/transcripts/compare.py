"""When a replayed step agrees with the recording: same streams and exit code, after masking what must differ.

Masked: ids and digests (paired one to one over a whole transcript), ages, times, generated names, the context's size,
the hash of copied sources, the builder's deprecation notice; and the order of lines where Docker's own order is random.
Of BuildKit's progress the lines count, without numbers, times and sizes: it differs from run to run in its order. Of
`inspect` the facts of one machine's storage driver do not count.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field

_AGE = (
    r"(?:Less than a second|1 second|\d+ seconds|About a minute|\d+ minutes|About an hour|\d+ hours|\d+ days|\d+ weeks"
    r"|\d+ months|\d+ years)"
)
_MASKS = (
    (re.compile(r"DEPRECATED: The legacy builder is deprecated.*?\n\n", re.S), ""),
    (re.compile(r"\x1b\[[0-9;]*m"), ""),
    (re.compile(r"(Sending build context to Docker daemon\s+)[\d.]+\w*B"), r"\1<SIZE>"),
    (re.compile(r"\d{4}-\d\d-\d\d[T ][\d:.]+(?:Z| [+-]\d{4} UTC)"), "<TIME>"),
    (re.compile(rf"(?:About an? |Up )?{_AGE}(?: ago)?"), "<AGE>"),
    (re.compile(r"\b(?:file|dir|multi):[0-9a-f]{10,64}(?:…|\b)"), "<SOURCE>"),
    (re.compile(r"\b[a-z]+_[a-z]+\d?\b(?=\s*$)", re.M), "<NAME>"),
    (re.compile(r"[ \t]+$", re.M), ""),
    (re.compile(r" {2,}"), "  "),
)
_ID = re.compile(r"\b(?:[0-9a-f]{64}|[0-9a-f]{12})\b")
_UNORDERED = re.compile(r"docker (image (ls|prune|pull|list)|images|pull|system (prune|df)|ps|container (ls|prune))\b")


def masked(text: str) -> str:
    """The text with ids still in it and everything else masked that differs from run to run."""
    for pattern, replacement in _MASKS:
        text = pattern.sub(replacement, text)
    return text


def _shape(line: str) -> str:
    return _ID.sub(lambda match: f"<ID{len(match[0])}>", line)


@dataclass
class Pairs:
    """Which recorded id stands for which of ours: one to one, for a whole transcript."""

    ours: dict[str, str] = field(default_factory=dict)
    recorded: dict[str, str] = field(default_factory=dict)

    def unify(self, recorded: str, ours: str) -> bool:
        """Pairs the ids of two texts in order; false when an id is already another's."""
        for old, new in zip(_ID.findall(recorded), _ID.findall(ours), strict=True):
            if self.ours.setdefault(old[:12], new[:12]) != new[:12]:
                return False
            if self.recorded.setdefault(new[:12], old[:12]) != old[:12]:
                return False
        return True

    def same(self, recorded: str, ours: str, *, ordered: bool) -> bool:
        """True when our text agrees with the recorded one."""
        want, got = masked(recorded), masked(ours)
        if ordered:
            return _shape(want) == _shape(got) and self.unify(want, got)
        want_lines, got_lines = _by_shape(want), _by_shape(got)
        if Counter({k: len(v) for k, v in want_lines.items()}) != Counter({k: len(v) for k, v in got_lines.items()}):
            return False
        return all(self.unify(lines[0], got_lines[shape][0]) for shape, lines in want_lines.items() if len(lines) == 1)


def _by_shape(text: str) -> dict[str, list[str]]:
    lines: dict[str, list[str]] = defaultdict(list)
    for line in text.splitlines():
        if not line.endswith("Verifying Checksum"):
            lines[_shape(line)].append(line)
    return lines


_PROGRESS = (
    (re.compile(r"(?m)^#0 .*\n"), ""),
    (re.compile(r"(?m)^#\d+ "), "# "),
    (re.compile(r"(?m)^(# .*?)\b\d+\.\d+s?(?=\s|$)"), r"\1<SECONDS>"),
    (re.compile(r"transferring (context|dockerfile):.*"), r"transferring \1"),
    (re.compile(r"of ref \S+::\S+"), "of ref <REF>"),
    (re.compile(r"(?m)^\d+\.\d+ "), "<SECONDS> "),
    (_ID, "<ID>"),
)


def is_progress(text: str) -> bool:
    """Whether it is BuildKit's progress in lines."""
    return re.search(r"(?m)^#\d+ ", text) is not None


def progress(text: str) -> set[str]:
    """The lines of BuildKit's progress without what differs from run to run."""
    text = masked(text)
    for pattern, replacement in _PROGRESS:
        text = pattern.sub(replacement, text)
    return {line for line in text.splitlines() if line}


_MACHINE = {"GraphDriver", "DockerVersion"}


def without_machine(text: str) -> str:
    """What `inspect` prints without the storage driver's facts; any other text as it is."""
    try:
        found = json.loads(text)
    except ValueError:
        return text
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        return text
    return json.dumps([{key: value for key, value in one.items() if key not in _MACHINE} for one in found], indent=1)


def is_ordered(command: str) -> bool:
    """False for commands whose lines Docker gives in random order."""
    return not (_UNORDERED.search(command) or "$(docker image ls" in command)
