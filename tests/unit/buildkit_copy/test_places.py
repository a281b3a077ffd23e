"""Where COPY of the graph builder puts things, and what may be in the way."""

from __future__ import annotations

import pytest
from support.copies import copied, key, op, text

from dockkernel.build.buildkit.ops import CopyOp
from dockkernel.dockerfile.instructions import InlineFile
from dockkernel.errors import InvalidInput
from dockkernel.fs.node import Symlink
from dockkernel.testing.trees import Spec, names, tree

CONTEXT = tree(
    {
        "a.txt": "alpha",
        "b.txt": "beta",
        "d": {"x": "in d", "sub": {"y": "deep"}, "up": "-> ../a.txt"},
        "link": "-> d/x",
        "dirlink": "-> d",
        "out": "-> ../../a.txt",
        "loop": "-> loop",
        "gone": "-> nowhere",
        "odd[1].txt": "odd",
    }
)


def landed(base: dict[str, Spec], dest: str, *sources: str, **options: object) -> list[str]:
    what = op(dest, *sources, **options)
    key(CONTEXT, what)
    return names(copied(base, CONTEXT, what))


def refused(base: dict[str, Spec], what: CopyOp) -> str:
    with pytest.raises(InvalidInput) as failure:
        copied(base, CONTEXT, what)
    return failure.value.message


def test_a_file_lands_where_it_is_told() -> None:
    assert landed({}, "/x", "a.txt") == ["x"]
    assert landed({}, "/new/deep/", "a.txt") == ["new", "new/deep", "new/deep/a.txt"]
    assert landed({}, "/new/x", "a.txt") == ["new", "new/x"]
    assert landed({}, "/", "a.txt") == ["a.txt"]


def test_a_file_goes_into_a_directory_that_is_there_also_without_a_slash() -> None:
    """Case B05."""
    assert landed({"docker-entrypoint.d": {}}, "/docker-entrypoint.d", "a.txt") == [
        "docker-entrypoint.d",
        "docker-entrypoint.d/a.txt",
    ]


def test_a_directory_gives_what_is_in_it() -> None:
    assert landed({}, "/new", "d") == ["new", "new/sub", "new/sub/y", "new/up", "new/x"]
    assert landed({}, "/new/", "d/") == landed({}, "/new", "d/.") == landed({}, "/new", "d")
    assert landed({"there": {"kept": "k"}}, "/there", "d/sub") == ["there", "there/kept", "there/y"]


def test_several_sources_go_one_after_the_other_to_one_place() -> None:
    """Case A26: BuildKit does not ask for a directory; the last one stays."""
    assert landed({}, "/t/", "a.txt", "b.txt") == ["t", "t/a.txt", "t/b.txt"]
    found = copied({}, CONTEXT, op("/t2", "a.txt", "b.txt"))
    assert (names(found), text(found, "t2")) == (["t2"], "beta")
    assert landed({}, "/t3", "a*") == ["t3"]


def test_the_source_that_is_named_is_followed_and_links_below_it_stay() -> None:
    """Case A24."""
    found = copied({}, CONTEXT, op("/a/", "d"))
    assert isinstance(found.get("a/up"), Symlink)
    found = copied(found, CONTEXT, op("/b", "d/up"))
    assert text(found, "b") == "alpha"
    assert landed({}, "/n/", "link") == ["n", "n/link"]
    assert landed({}, "/n", "dirlink/sub") == ["n", "n/y"]
    assert landed({}, "/n", "dirlink") == landed({}, "/n", "d")


def test_nothing_outside_the_source_is_named() -> None:
    assert landed({}, "/x", "../../a.txt") == ["x"]
    assert text(copied({}, CONTEXT, op("/x", "out")), "x") == "alpha"


def test_sources_are_named_from_the_root_and_not_from_the_working_directory() -> None:
    """Case A27."""
    stage = tree({"src": {"out": "S"}})
    assert text(copied({}, stage, op("/o", "src/out")), "o") == "S"
    with pytest.raises(InvalidInput, match=r'^"/out": not found$'):
        key(stage, op("/o2", "out"))


def test_the_destination_is_followed() -> None:
    base: dict[str, Spec] = {"real": {}, "to_dir": "-> real", "to_file": "-> /real/f", "to_new": "-> made/there"}
    assert landed(base, "/to_dir", "a.txt")[:2] == ["real", "real/a.txt"]
    assert landed(base, "/to_dir/x", "a.txt")[:2] == ["real", "real/x"]
    assert landed(base, "/to_file", "a.txt")[:2] == ["real", "real/f"]
    assert landed(base, "/to_new", "a.txt")[:2] == ["made", "made/there"]
    assert landed({"up": "-> ../../../etc"}, "/up/", "a.txt") == ["etc", "etc/a.txt", "up"]


def test_a_link_inside_the_destination_is_replaced_and_not_followed() -> None:
    found = copied({"t": {"a.txt": "-> /kept"}, "kept": "k"}, CONTEXT, op("/t/", "a.txt"))
    assert (text(found, "t/a.txt"), text(found, "kept")) == ("alpha", "k")


def test_what_is_in_the_way() -> None:
    base: dict[str, Spec] = {"f": "file", "t": {"a.txt": {}, "x": {}, "sub": "file"}}
    assert refused(base, op("/f/", "a.txt")) == "mkdir /f: not a directory"
    assert refused(base, op("/f/x", "a.txt")) == "mkdir /f: not a directory"
    assert refused(base, op("/f/x/y", "a.txt")) == "lstat /f/x: not a directory"
    assert refused(base, op("/f", "d")) == "cannot copy to non-directory: /f"
    assert refused(base, op("/t/", "a.txt")) == "cannot replace to directory /t/a.txt with file"
    assert refused({"t": {"sub": "file"}}, op("/t", "d")) == "cannot copy to non-directory: /t/sub"
    assert refused({"t": {"x": {}}}, op("/t", "d")) == "cannot replace to directory /t/x with file"
    assert refused({"l": "-> l"}, op("/l", "a.txt")) == "too many links"


def test_what_is_not_there() -> None:
    for source, shown in (("missing.txt", "/missing.txt"), ("./d/../no", "/no"), ("gone", "/gone"), ("", "/")):
        if source:
            with pytest.raises(InvalidInput, match=rf'^"{shown}": not found$'):
                key(CONTEXT, op("/x", source))
    with pytest.raises(InvalidInput, match=r"^too many links$"):
        key(CONTEXT, op("/x", "loop"))
    assert refused({}, op("/x", "missing.txt")) == "lstat /missing.txt: no such file or directory"
    assert refused({}, op("/x", "missing.txt", exclude=("y",))) == "lstat /missing.txt: no such file or directory"


def test_here_documents_are_files_of_root() -> None:
    """Case A46."""
    two = op("/dir/", files=(InlineFile("one", "1\n"), InlineFile("two", "2\n")))
    found = copied({}, None, two)
    assert (text(found, "dir/one"), text(found, "dir/two")) == ("1\n", "2\n")
    found = copied({}, None, op("/u", files=(InlineFile("EOF", "x"),), chmod="755", chown="1:2"))
    assert [(node.meta.mode, node.meta.uid, node.meta.gid) for _, node in found.walk()] == [(0o755, 1, 2)]
    node = copied({}, None, op("/u", files=(InlineFile("EOF", "x"),))).get("u")
    assert node is not None
    assert (node.meta.mode, node.meta.uid, node.meta.gid) == (0o644, 0, 0)


def test_copying_over_what_was_copied_gives_a_new_layer() -> None:
    once = copied({}, CONTEXT, op("/t", "d"))
    twice = copied(once, CONTEXT, op("/t", "d"))
    assert twice.get("t/x") is not once.get("t/x")
    assert names(twice) == names(once)
