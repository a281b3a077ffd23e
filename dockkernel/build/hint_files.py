"""Hints about files in layers: hidden bytes, copies by chown and chmod, what package managers leave behind."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from dockkernel.build.hints import BuiltLayer, Hint, HintKind
from dockkernel.fs.change import Change, ChangeKind, apply
from dockkernel.fs.node import Dir, File, Node
from dockkernel.fs.tree import Tree

LEAST_HIDDEN = 100_000
"""Bytes; less is not worth a word: every package that is installed rewrites a database."""
LEAST_LEFT = 10_000
_COMPARED = 1 << 24
"""Bytes that are read to see whether a file's content is the same; beyond them equal size and time are enough."""
_OPENED = 500
_SHOWN = 3

LEFTOVERS = {
    "apt": ("var/lib/apt/lists", "var/cache/apt"),
    "apk": ("var/cache/apk", "etc/apk/cache"),
    "dnf": ("var/cache/dnf", "var/cache/yum", "var/cache/libdnf5"),
    "pip": ("root/.cache/pip",),
    "npm": ("root/.npm",),
    "yarn": ("usr/local/share/.cache/yarn", "root/.cache/yarn"),
    "conda": ("opt/conda/pkgs",),
}
"""Where package managers keep what only they use again. Homes other than root's are found by their last two names."""
_IN_HOMES = {".cache/pip": "pip", ".npm": "npm", ".cache/yarn": "yarn"}
_PLACES = ("home/", *(folder for folders in LEFTOVERS.values() for folder in folders))


@dataclass(slots=True)
class _Sum:
    """Files that count for one hint."""

    bytes: int = 0
    count: int = 0
    biggest: list[tuple[int, str]] = field(default_factory=list)

    def add(self, path: str, size: int) -> None:
        self.bytes += size
        self.count += 1
        self.biggest = sorted([*self.biggest, (-size, path)])[:_SHOWN]

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(f"/{path}" for _, path in self.biggest)


def about_files(layers: Sequence[BuiltLayer]) -> list[Hint]:
    """The hints about single layers and pairs of them."""
    hidden: defaultdict[tuple[int, int], _Sum] = defaultdict(_Sum)
    copied: defaultdict[int, _Sum] = defaultdict(_Sum)
    origin: dict[str, int] = {}
    budget = _Budget(_COMPARED)
    for index, layer in enumerate(layers):
        for change in layer.changes:
            lower = layer.below.get(change.path)
            if lower is not None and budget.same_but_meta(lower, change.node):
                assert isinstance(lower, File)
                copied[index].add(change.path, lower.content.size)
                continue
            for path, size in _covered(change, lower):
                hidden[origin.get(path, -1), index].add(path, size)
        origin |= {change.path: index for change in layer.changes if isinstance(change.node, File)}
    return [*_hidden_hints(layers, hidden), *_copied_hints(layers, copied), *_leftovers(layers)]


def _covered(change: Change, lower: Node | None) -> Iterator[tuple[str, int]]:
    """The files below that cannot be seen any more, with their sizes."""
    if isinstance(lower, File):
        yield change.path, lower.content.size
    elif isinstance(lower, Dir) and (change.kind is ChangeKind.OPAQUE or not isinstance(change.node, Dir)):
        for name, node in Tree(lower).walk():
            if isinstance(node, File):
                yield f"{change.path}/{name}", node.content.size


class _Budget:
    """Compares contents as long as that costs little."""

    def __init__(self, spare: int) -> None:
        self.spare = spare
        self.files = _OPENED

    def same_but_meta(self, old: Node, new: Node | None) -> bool:
        """Whether a file was copied up for its owner or mode alone: chown and chmod leave the time as it is."""
        if not (isinstance(old, File) and isinstance(new, File)):
            return False
        before, after = old.meta, new.meta
        if (before.mode, before.uid, before.gid) == (after.mode, after.uid, after.gid):
            return False
        if before.mtime_ns != after.mtime_ns or old.content.size != new.content.size:
            return False
        if old.content is new.content or old.content.size > self.spare or not self.files:
            return True
        self.spare -= old.content.size
        self.files -= 1
        with old.content.open() as left, new.content.open() as right:
            return left.read() == right.read()


def _hidden_hints(layers: Sequence[BuiltLayer], hidden: dict[tuple[int, int], _Sum]) -> list[Hint]:
    found = []
    for (source, index), files in sorted(hidden.items(), key=lambda item: -item[1].bytes):
        if files.bytes < LEAST_HIDDEN:
            continue
        layer = layers[index]
        before = layers[source] if source >= 0 else None
        spans = tuple(one.span for one in (before, layer) if one is not None and one.span is not None)
        other = before.text if before else ""
        found.append(
            Hint(HintKind.HIDDEN, layer.text, layer.span, other, files.bytes, files.count, files.paths, spans=spans)
        )
    return found


def _copied_hints(layers: Sequence[BuiltLayer], copied: dict[int, _Sum]) -> list[Hint]:
    found = []
    for index, files in sorted(copied.items(), key=lambda item: -item[1].bytes):
        layer = layers[index]
        if files.bytes >= LEAST_HIDDEN:
            spans = (layer.span,) if layer.span else ()
            found.append(
                Hint(HintKind.COPIED, layer.text, layer.span, "", files.bytes, files.count, files.paths, spans=spans)
            )
    return found


def _leftovers(layers: Sequence[BuiltLayer]) -> list[Hint]:
    """What is still there at the end, by the layer that brought it."""
    candidates: dict[str, tuple[int, str]] = {}
    for index, layer in enumerate(layers):
        for change in layer.changes:
            if isinstance(change.node, File) and (manager := _manager(change.path)):
                candidates[change.path] = (index, manager)
    if not candidates:
        return []
    final = apply(layers[-1].below, layers[-1].changes)
    sums: defaultdict[tuple[int, str], _Sum] = defaultdict(_Sum)
    for path, key in candidates.items():
        node = final.get(path)
        if isinstance(node, File):
            sums[key].add(path, node.content.size)
    found = []
    for (index, manager), files in sorted(sums.items(), key=lambda item: -item[1].bytes):
        layer = layers[index]
        if files.bytes >= LEAST_LEFT:
            spans = (layer.span,) if layer.span else ()
            found.append(
                Hint(
                    HintKind.LEFTOVER, layer.text, layer.span, "", files.bytes, files.count, files.paths, manager, spans
                )
            )
    return found


def _manager(path: str) -> str | None:
    if not path.startswith(_PLACES):
        return None
    for manager, folders in LEFTOVERS.items():
        if any(path.startswith(f"{folder}/") for folder in folders):
            return manager
    if path.startswith("home/"):
        rest = path.split("/", 2)[-1]
        return next((name for folder, name in _IN_HOMES.items() if rest.startswith(f"{folder}/")), None)
    return None
