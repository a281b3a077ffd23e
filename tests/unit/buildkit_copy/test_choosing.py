"""Wildcards, `--exclude` and `--parents`."""

from __future__ import annotations

import pytest
from support.copies import copied, key, op, text

from dockkernel.build.buildkit.selecting import literal
from dockkernel.errors import InvalidInput
from dockkernel.testing.trees import names, tree

CONTEXT = tree(
    {
        "foo.go": "foo",
        "bar.go": "bar",
        "arr[0].txt": "odd",
        "arr0.txt": "plain",
        "sub": {"dir1": {"dir2": {"foo": "deep"}}, "note.md": "n"},
        "links": {"l0": "-> subfile", "l1": "-> second", "second": "-> baz", "baz": "baz", "subfile": "s", "lf": "lf"},
        "pictures": {"a.png": "1", "b.txt": "2", "more": {"c.png": "3", "keep.png": "4"}},
    }
)


def landed(dest: str, *sources: str, **options: object) -> list[str]:
    what = op(dest, *sources, **options)
    key(CONTEXT, what)
    return names(copied({}, CONTEXT, what))


@pytest.mark.parametrize(
    ("sources", "dest", "found"),
    [
        ("*.go", "/g/", ["g", "g/bar.go", "g/foo.go"]),
        ("f*.go", "/foo2.go", ["foo2.go"]),
        ("f?o.g[a-o]", "/foo2.go", ["foo2.go"]),
        ("sub/*", "/s/", ["s", "s/dir2", "s/dir2/foo", "s/note.md"]),
        ("sub/*/dir2/foo", "/s/", ["s", "s/foo"]),
        ("sub/*/dir2/foo", "/s/bar", ["s", "s/bar"]),
        ("arr[[]0].txt", "/s/", ["s", "s/arr[0].txt"]),
        ("arr[0].txt", "/s/", ["s", "s/arr0.txt"]),
        ("**/foo", "/s/", []),
        ("*/../foo.go", "/x", ["x"]),
        ("no*", "/s/", []),
    ],
)
def test_wildcards_are_gos(sources: str, dest: str, found: list[str]) -> None:
    """As in BuildKit's own tests. A pattern that finds nothing copies nothing and makes nothing."""
    assert landed(dest, sources) == found


def test_one_pattern_of_several_may_find_nothing() -> None:
    assert landed("/", "foo.go", "nomatch*") == ["foo.go"]


def test_a_directory_that_a_pattern_names_has_to_be_there() -> None:
    """The key does not tell; BuildKit finds out when it copies."""
    what = op("/s/", "sub/none/*.c")
    assert key(CONTEXT, what) == key(tree({}), what)
    with pytest.raises(InvalidInput, match=r"^lstat /sub/none: no such file or directory$"):
        copied({}, CONTEXT, what)
    assert landed("/s/", "foo.go/*") == []


def test_what_a_wildcard_finds_is_followed() -> None:
    found = copied({}, CONTEXT, op("/all/", "links/l*"))
    assert {path: text(found, path) for path in ("all/l0", "all/l1", "all/lf")} == {
        "all/l0": "s", "all/l1": "baz", "all/lf": "lf",
    }  # fmt: skip


def test_a_malformed_pattern_is_told() -> None:
    with pytest.raises(InvalidInput, match=r"^syntax error in pattern$"):
        key(CONTEXT, op("/x", "a[b"))
    with pytest.raises(InvalidInput, match=r"^invalid excludepatterns: \[ok \[a\]: syntax error in pattern$"):
        key(CONTEXT, op("/x", "sub", exclude=("ok", "[a")))
    with pytest.raises(InvalidInput, match=r'^invalid excludepatterns: \[!\]: illegal exclusion pattern: "!"$'):
        key(CONTEXT, op("/x", "sub", exclude=("!",)))


def test_a_name_as_a_pattern_that_means_just_it() -> None:
    for name in ("a*b", "a?b", "a[1]", "back\\slash*", "plain"):
        assert names(copied({}, tree({name: "x", "a1": "y"}), op("/d/", literal(name)))) == ["d", f"d/{name}"]


def test_excludes_are_matched_below_each_directory() -> None:
    assert landed("/p", "pictures", exclude=("*.png",)) == ["p", "p/b.txt", "p/more", "p/more/c.png", "p/more/keep.png"]
    assert landed("/p", "pictures", exclude=("**/*.png",)) == ["p", "p/b.txt", "p/more"]
    assert landed("/p", "pictures", exclude=("more",)) == ["p", "p/a.png", "p/b.txt"]
    assert landed("/p", "pict*", exclude=("*",)) == ["p"]
    assert landed("/p", ".", exclude=("*/*.png", "*.*", "links", "sub")) == [
        "p", "p/pictures", "p/pictures/b.txt", "p/pictures/more", "p/pictures/more/c.png", "p/pictures/more/keep.png",
    ]  # fmt: skip


def test_an_exception_brings_back_what_is_in_an_excluded_directory() -> None:
    assert landed("/p", "pictures", exclude=("more", "!more/keep.png")) == [
        "p", "p/a.png", "p/b.txt", "p/more", "p/more/keep.png",
    ]  # fmt: skip
    assert landed("/p", "pictures", exclude=("more", "!other")) == ["p", "p/a.png", "p/b.txt"]


def test_a_file_that_a_source_names_is_never_excluded() -> None:
    """BuildKit matches relative to each source; a file has nothing below it."""
    assert landed("/p/", "*.go", exclude=("foo.go", "*.go")) == ["p", "p/bar.go", "p/foo.go"]


STAGE = tree(
    {
        "test/a/b/c/d": {"foo": "1", "e": {"bay": "2"}},
        "test/a/b2/c/d/e/bar": "3",
        "test/a/b/c2/d": {"e": {"baz": "4"}, "e2": {"baz": "5"}},
    }
)


@pytest.mark.parametrize(
    ("sources", "there", "missing"),
    [
        (["/test/a/b/./c/d"], ["out/c/d/e", "out/c/d/foo"], ["out/a", "out/e"]),
        (["/test/a/b/c/d/."], ["out/test/a/b/c/d/e", "out/test/a/b/c/d/foo"], []),
        (["./test/a/b/c/d"], ["out/test/a/b/c/d/e", "out/test/a/b/c/d/foo"], []),
        (["/test/a/./b/./c"], ["out/b/c/d/e", "out/b/c/d/foo"], []),
        (["/test/a/./*/c"], ["out/b/c/d/e", "out/b2/c/d/e/bar"], ["out/b/c2"]),
        (["/test/a/b*/./c/**/e"], ["out/c/d/e/bay", "out/c/d/e/bar"], ["out/c/d/foo"]),
        (
            ["/test/a/b/c*/./d/**/baz", "/test/a/b*/./c/**/bar"],
            ["out/d/e/baz", "out/d/e2/baz", "out/c/d/e/bar"],
            ["out/d/e/bay"],
        ),
        (["/test/a/b2*/nothing"], ["out"], ["out/test"]),
        (["/test/a/b/./none*"], ["out"], ["out/a"]),
    ],
)
def test_parents_are_kept_from_the_pivot_on(sources: list[str], there: list[str], missing: list[str]) -> None:
    """As in BuildKit's own tests."""
    what = op("/out/", *sources, parents=True)
    key(STAGE, what)
    found = names(copied({}, STAGE, what))
    assert set(there) <= set(found)
    assert not set(missing) & set(found)


def test_a_plain_path_of_parents_has_to_be_there() -> None:
    with pytest.raises(InvalidInput, match=r'^"/test/nonexistent": not found$'):
        key(STAGE, op("/out/", "/test/nonexistent", parents=True))
    with pytest.raises(InvalidInput, match=r'^"/no/x": not found$'):
        key(STAGE, op("/out/", "no/./x", parents=True))


def test_parents_with_excludes() -> None:
    what = op("/out/", "test/a/b", parents=True, exclude=("**/e", "**/c2"))
    assert names(copied({}, STAGE, what))[-2:] == ["out/test/a/b/c/d", "out/test/a/b/c/d/foo"]
