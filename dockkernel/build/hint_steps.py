"""Hints about steps: RUN steps in a row that could be one, a COPY that makes a RUN run again."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from dockkernel.build.explain import StepReason, Why
from dockkernel.build.hint_files import LEAST_HIDDEN
from dockkernel.build.hints import BuiltLayer, Hint, HintKind
from dockkernel.build.trace import StepTrace
from dockkernel.fs.change import ChangeKind
from dockkernel.fs.node import File, size_of

_DATABASES = (
    "var/lib/dpkg/status", "lib/apk/db/installed", "usr/lib/apk/db/installed", "var/lib/rpm", "usr/lib/sysimage/rpm",
)  # fmt: skip
"""What installing a package changes."""
_LEAST = 1_000
"""Bytes stored again; less is not worth a word."""


def about_neighbours(layers: Sequence[BuiltLayer], known: Sequence[Hint]) -> list[Hint]:
    """RUN steps that follow each other and write the same files, or all install packages.

    Where a hint about hidden bytes says the same of two steps already, nothing is added.
    """
    told = {(hint.other, hint.step) for hint in known if hint.kind is HintKind.HIDDEN}
    found: list[Hint] = []
    group: list[BuiltLayer] = []
    for layer in layers:
        if group and _belong(group[-1], layer):
            group.append(layer)
            continue
        found += _hint(group, told)
        group = [layer]
    return found + _hint(group, told)


def _belong(before: BuiltLayer, after: BuiltLayer) -> bool:
    if (
        before.keyword != "RUN"
        or after.keyword != "RUN"
        or (after.stage, after.place) != (before.stage, before.place + 1)
    ):
        return False
    return (_installs(before) and _installs(after)) or _again(before, after) >= _LEAST


def _installs(layer: BuiltLayer) -> bool:
    return any(change.path.startswith(_DATABASES) for change in layer.changes)


def _again(before: BuiltLayer, after: BuiltLayer) -> int:
    """Bytes of the earlier layer that the later one rewrites or removes."""
    mine = {change.path: change.node.content.size for change in before.changes if isinstance(change.node, File)}
    total = 0
    for change in after.changes:
        total += mine.pop(change.path, 0)
        if change.kind in (ChangeKind.DELETED, ChangeKind.OPAQUE):
            below = [path for path in mine if path.startswith(f"{change.path}/")]
            total += sum(mine.pop(path) for path in below)
    return total


def _hint(group: Sequence[BuiltLayer], told: set[tuple[str, str]]) -> list[Hint]:
    if len(group) < 2 or (len(group) == 2 and (group[0].text, group[1].text) in told):
        return []
    again = sum(_again(before, after) for before, after in pairwise(group))
    spans = tuple(layer.span for layer in group if layer.span is not None)
    first, last = group[0], group[-1]
    return [Hint(HintKind.ONE_STEP, last.text, last.span, first.text, again, len(group), spans=spans)]


def about_cache(layers: Sequence[BuiltLayer], steps: Sequence[StepTrace], reasons: Sequence[StepReason]) -> list[Hint]:
    """The RUN that ran again for no other reason than that the COPY right before it brought a file that has changed.

    Only one that writes much is worth a word. A COPY of one file is meant; one of many may hold files that the RUN does
    not need.
    """
    by_place = {reason.at: reason for reason in reasons}
    for reason in reasons:
        cause = by_place.get(reason.cause) if reason.cause is not None else None
        if reason.why is not Why.STEP or cause is None or cause.why is not Why.FILE or cause.at >= len(steps):
            continue
        layer = next((one for one in layers if one.keyword == "RUN" and one.text == reason.text), None)
        files = sum(
            file.size if file.kind == "files" else file.kind != "directory" for _, file in steps[cause.at].files
        )
        if layer is not None and files > 1 and (size := _written(layer)) >= LEAST_HIDDEN:
            spans = (layer.span,) if layer.span else ()
            return [Hint(HintKind.CACHE, layer.text, layer.span, cause.text, size, files, (cause.what,), spans=spans)]
    return []


def _written(layer: BuiltLayer) -> int:
    """Bytes of files that were not there before."""
    new = (change for change in layer.changes if isinstance(change.node, File))
    return sum(size_of(change.node) for change in new if change.node and layer.below.get(change.path) is None)
