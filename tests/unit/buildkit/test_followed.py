"""Only what a build takes of the context is sent."""

from __future__ import annotations

import pytest
from support.kits import Kit

from dockkernel.build.buildkit.followed import restrict
from dockkernel.fs.tree import Tree
from dockkernel.testing.trees import tree

FILES = tree(
    {
        "a.txt": "a",
        "b.txt": "b",
        "d": {"one": "1", "sub": {"two": "2"}, "loop": "-> loop"},
        "link": "-> d/sub",
        "far": "-> /link",
        "up": "-> ../../b.txt",
    }
)


def kept(*paths: str) -> list[str]:
    return [path for path, _ in restrict(FILES, paths).walk()]


@pytest.mark.parametrize(
    ("paths", "found"),
    [
        ((), []),
        (("/missing",), []),
        (("/a.txt",), ["a.txt"]),
        (("/d/sub",), ["d", "d/sub", "d/sub/two"]),
        (("/d",), ["d", "d/loop", "d/one", "d/sub", "d/sub/two"]),
        (("/*.txt",), ["a.txt", "b.txt"]),
        (("/d/s*/two",), ["d", "d/sub", "d/sub/two"]),
        (("/link/two",), ["d", "d/sub", "d/sub/two", "link"]),
        (("/far",), ["d", "d/sub", "d/sub/two", "far", "link"]),
        (("/up",), ["b.txt", "up"]),
        (("/d/loop",), ["d", "d/loop"]),
        (("/d", "/d/sub/two", "/a.txt"), ["a.txt", "d", "d/loop", "d/one", "d/sub", "d/sub/two"]),
    ],
)
def test_paths_come_with_the_links_that_lead_to_them(paths: tuple[str, ...], found: list[str]) -> None:
    assert kept(*paths) == found


def test_the_whole_tree_is_the_same_tree() -> None:
    assert restrict(FILES, ["/a.txt", "/"]) is FILES
    assert restrict(Tree.empty(), ["/x"]).root.children == {}


def test_the_cache_counts_what_was_sent(kit: Kit) -> None:
    kit.docker.write("taken", "12345")
    kit.docker.write("left", "1234567890")
    kit("FROM busybox\nCOPY taken /\n")
    sizes = {record.description: record.size for record in kit.records("source.local")}
    assert sizes["local source for context"] == 5
    kit("FROM busybox\nRUN --mount=target=/m cat /m/left\n")
    sizes = {record.description: record.size for record in kit.records("source.local")}
    assert sizes["local source for context"] == 15
