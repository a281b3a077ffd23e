"""What the sources of a COPY or ADD mean in a tree: one file or directory each, or whatever a wildcard finds.

Links are followed inside the tree; nothing outside it can be named (Dockerfile reference, "COPY").
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from dockkernel.build.checksum import ContentDigests, NodeDigest, joined_digest, node_digests, source_text
from dockkernel.errors import InvalidInput, ParseError
from dockkernel.fs.lookup import resolve
from dockkernel.fs.node import Dir, Node, size_of
from dockkernel.fs.tree import Tree
from dockkernel.oci.match import path_match

_LARGE = 1 << 20
"""Bytes of an average file from which on a second thread pays."""
_WILDCARD = re.compile(r"(?:\\.|[^\\*?\[])*[*?\[]", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Source:
    """One thing to copy."""

    name: str
    """What it is called in a directory that it is copied into."""
    path: str
    """Where it is in its tree, links followed."""
    node: Node
    remote: bool = False
    """Whether it came from the web: then it is never unpacked, and the history gives its digest without a kind."""


Elsewhere = Callable[[str], Source | None]
"""The source that a word names which is no path in the tree, else None."""


def find_sources(tree: Tree, words: Sequence[str], elsewhere: Elsewhere = lambda _: None) -> tuple[Source, ...]:
    """Everything the words name, in their order. `InvalidInput` in the builder's words when one is not there."""
    found: list[Source] = []
    for word in words:
        outside = elsewhere(word)
        found += [outside] if outside else _find(tree, word)
    if not found:
        raise InvalidInput("no source files were specified")
    return tuple(found)


def _find(tree: Tree, pattern: str) -> Iterator[Source]:
    pattern = pattern.removeprefix("/").removeprefix("./")
    if not _WILDCARD.match(pattern):
        yield _one(tree, pattern)
        return
    for path, _ in tree.walk():
        if _matches(pattern, path):
            yield _one(tree, path)


def _matches(pattern: str, path: str) -> bool:
    """A malformed pattern matches nothing, as in the builder."""
    try:
        return path_match(pattern, path)
    except ParseError:
        return False


def _one(tree: Tree, path: str) -> Source:
    clean = posixpath.normpath(path) if path else "."
    if clean == ".." or clean.startswith("../"):
        raise InvalidInput(f"forbidden path outside the build context: {path} ()")
    shown = "" if clean == "." else clean.lstrip("/")
    try:
        real = resolve(tree, shown)
        node = tree.get(real)
    except OSError as error:
        raise InvalidInput(f"forbidden path outside the build context: {path} ()") from error
    if node is None:
        raise InvalidInput(
            f"file not found in build context or excluded by .dockerignore: stat {shown}: file does not exist"
        )
    name = posixpath.basename(shown)
    if not name and not isinstance(node, Dir):
        raise InvalidInput("no source files were specified")
    return Source(name, real, node)


def are_large(sources: Iterable[Source]) -> bool:
    """Whether most of the work is reading bytes and not opening files: then a second thread helps."""
    sizes = [size_of(node) for source in sources for node in _nodes(source.node)]
    return sum(sizes) >= _LARGE * len(sizes)


def _nodes(node: Node) -> Iterator[Node]:
    yield node
    if isinstance(node, Dir):
        yield from (below for _, below in Tree(node).walk())


class SourcesDigest(NamedTuple):
    """What all sources of an instruction are, and each node of them."""

    text: str
    """What stands for them in the history: `file:…`, `dir:…`, or `multi:…` for several."""
    nodes: tuple[NodeDigest, ...]


def sources_digest(sources: Iterable[Source], contents: ContentDigests) -> str:
    """The text of `digest_sources`."""
    return digest_sources(sources, contents).text


def digest_sources(sources: Iterable[Source], contents: ContentDigests) -> SourcesDigest:
    """The digests of all sources; reads every file that is not known yet."""
    parts, nodes = list[str](), list[NodeDigest]()
    for source in sources:
        found = node_digests(source.path, source.node, contents)
        parts.append(found[0].digest if source.remote else source_text(source.node, found))
        nodes += found
    return SourcesDigest(joined_digest(parts), tuple(nodes))
