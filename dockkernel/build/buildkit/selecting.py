"""What COPY and ADD take of a source tree: paths, wildcards, `--parents`, `--exclude`.

A source path is absolute in its tree, `..` stops at the root, links are followed inside it. Wildcards are Go's
`filepath.Match`; a pattern that finds nothing takes nothing. `--exclude` and the patterns of `--parents` are matched
below each directory that is copied, with the matcher of `.dockerignore`; what a source names itself is never excluded.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from dockkernel.build.buildkit.ops import CopyOp
from dockkernel.errors import InvalidInput, ParseError
from dockkernel.fs.ignore import IgnorePatterns
from dockkernel.fs.lookup import resolve
from dockkernel.fs.node import Dir, Node
from dockkernel.fs.tree import Tree, sorted_names, split
from dockkernel.oci.match import path_match

_WILDCARD = re.compile(r"(?:\\.|[^\\*?\[])*[*?\[]", re.DOTALL)


def literal(name: str) -> str:
    """The pattern that means exactly this name."""
    return re.sub(r"[*?\[\\]", lambda found: "[\\\\]" if found[0] == "\\" else f"[{found[0]}]", name)


@dataclass(frozen=True, slots=True)
class Filter:
    """Which paths below a directory are taken."""

    include: IgnorePatterns | None
    exclude: IgnorePatterns | None

    @property
    def reaches_excluded(self) -> bool:
        """Whether something may be taken in a directory that is excluded."""
        return self.exclude is not None and any(pattern.exception for pattern in self.exclude.patterns)


@dataclass(frozen=True, slots=True)
class Request:
    """One source of an instruction."""

    path: str
    """Absolute and clean; the part before the patterns of `--parents`."""
    filter: Filter | None = None
    required: str = ""
    """The path that has to be there, where the filter alone would not tell."""

    @property
    def has_wildcards(self) -> bool:
        """Whether the path is a pattern."""
        return bool(_WILDCARD.match(self.path))


def requests(op: CopyOp) -> tuple[Request, ...]:
    """The sources of an operation; `InvalidInput` for a pattern that is not well formed."""
    exclude = _patterns(op.exclude, "excludepatterns") if op.exclude else None
    return tuple(_request(op, source, exclude) for source in op.sources)


def _request(op: CopyOp, source: str, exclude: IgnorePatterns | None) -> Request:
    if not op.parents:
        return Request(_absolute(source), Filter(None, exclude) if exclude is not None else None)
    pivot, mark, pattern = source.partition("/./")
    if not mark:
        pivot, pattern = "/", source
    include = _absolute(pattern)
    plain = not _WILDCARD.match(pivot) and not _WILDCARD.match(include)
    required = _absolute(f"{pivot}/{include}") if plain and op.required_paths else ""
    return Request(_absolute(pivot), Filter(_patterns((include[1:],), "includepatterns"), exclude), required)


def _absolute(path: str) -> str:
    return "/" + posixpath.normpath("/" + path).lstrip("/")


def _patterns(texts: tuple[str, ...], what: str) -> IgnorePatterns:
    try:
        return IgnorePatterns.of(posixpath.normpath(text.strip()) for text in texts if text.strip())
    except ParseError as error:
        raise InvalidInput(f"invalid {what}: [{' '.join(texts)}]: {error.message}") from error


def follow(tree: Tree, path: str) -> str:
    """The path with all links followed inside the tree, without a leading slash; `InvalidInput` for a loop."""
    try:
        return resolve(tree, path)
    except OSError as error:
        raise InvalidInput("too many links") from error


def matches(tree: Tree, pattern: str) -> tuple[str, list[str]]:
    """What a pattern with wildcards finds: the real path up to its first wildcard, and paths below that.

    Paths have no leading slash and come in the order of `Tree.walk`. Links are followed up to the first wildcard and
    not below it. `InvalidInput` for a pattern that is not well formed.
    """
    names = split(pattern)
    fixed = next(at for at, name in enumerate(names) if _WILDCARD.match(name))
    base = follow(tree, "/".join(names[:fixed]))
    top = tree.get(base)
    try:
        return base, _below(top, names[fixed:])
    except ParseError as error:
        raise InvalidInput(error.message) from error


def _below(top: Node | None, names: list[str]) -> list[str]:
    """Paths whose names match one by one: no wildcard matches a slash."""
    found: list[tuple[str, Node]] = [("", top)] if top is not None else []
    for name in names:
        found = [
            (f"{path}/{child}" if path else child, node.children[child])
            for path, node in found
            if isinstance(node, Dir)
            for child in sorted_names(node.children)
            if path_match(name, child)
        ]
    return [path for path, _ in found]


@dataclass(frozen=True, slots=True)
class Selection:
    """A directory with only what is taken of it."""

    root: Dir
    delayed: frozenset[int] = frozenset()
    """Ids of directories in it that are there only for what is taken below them."""


def select(top: Dir, chosen: Filter | None) -> Selection:
    """What the filter takes of a directory. Without recursion, since paths may be deep."""
    if chosen is None:
        return Selection(top)
    delayed: set[int] = set()
    reach = chosen.reaches_excluded
    stack = [_Level("", "", top, True, [], [])]
    while True:
        at = stack[-1]
        name, child = next(at.todo, ("", None))
        if child is None:
            stack.pop()
            made = Dir(at.node.meta, at.children, at.node.made)
            if not stack:
                return Selection(made, frozenset(delayed))
            if at.taken or at.children:
                stack[-1].children[at.name] = made
                if not at.taken:
                    delayed.add(id(made))
            continue
        path = f"{at.path}/{name}" if at.path else name
        taken, included = _match(chosen.include, path, at.included)
        excluded, excluding = _match(chosen.exclude, path, at.excluding)
        if chosen.include is None:
            taken = True
        if isinstance(child, Dir):
            if not excluded or reach:
                stack.append(_Level(name, path, child, taken and not excluded, included, excluding))
        elif taken and not excluded:
            at.children[name] = child


@dataclass(slots=True)
class _Level:
    """One directory on the way; which patterns match it, since they match all that is below it too."""

    name: str
    path: str
    node: Dir
    taken: bool
    included: list[bool]
    excluding: list[bool]
    children: dict[str, Node] = field(default_factory=dict)
    todo: Iterator[tuple[str, Node]] = field(init=False)

    def __post_init__(self) -> None:
        self.todo = iter(self.node.children.items())


def _match(patterns: IgnorePatterns | None, path: str, above: list[bool]) -> tuple[bool, list[bool]]:
    """Whether the last pattern that matches takes the path, and which patterns match it, as far as that was asked."""
    if patterns is None:
        return False, []
    matched = False
    found: list[bool] = []
    for index, pattern in enumerate(patterns.patterns):
        hit = bool(above) and above[index]
        if not hit and pattern.exception == matched:
            hit = pattern.matches(path)
        found.append(hit)
        if hit:
            matched = not pattern.exception
    return matched, found
