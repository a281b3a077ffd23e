from __future__ import annotations

import pytest

from dockkernel.errors import ParseError
from dockkernel.fs.hostdir import read_dir
from dockkernel.fs.ignore import IgnorePatterns
from dockkernel.testing.trees import names


def kept(text, files):
    patterns = IgnorePatterns.parse(text)
    return [path for path in files if not patterns.matches(path)]


def test_byte_order_mark_line_ends_comments_and_anchors():
    text = b"\xef\xbb\xbfsecret.txt\r\n# c\r\n  /build/  \r\nnode_modules\r\n*.log\r\n!keep.log\r\n"
    files = ["secret.txt", "build/o", "sub/build/o", "node_modules/m", "sub/node_modules/m", "a.log", "sub/a.log"]
    assert kept(text, [*files, "keep.log"]) == ["sub/build/o", "sub/node_modules/m", "sub/a.log", "keep.log"]


def test_the_last_line_that_matches_holds():
    assert kept("!keep.log\n*.log\n", ["keep.log"]) == []
    assert kept("*.log\n!keep.log\n", ["keep.log", "a.log"]) == ["keep.log"]
    assert kept("docs\n!docs/README\ndocs/README\n", ["docs/README"]) == []


def test_a_star_stands_for_one_directory():
    files = ["a/b/c", "a/c", "a/b/d/c", "a/b/c/e"]
    assert kept("a/*/c", files) == ["a/c", "a/b/d/c"]


@pytest.mark.parametrize(
    ("pattern", "matched", "free"),
    [
        ("foo", ["foo", "foo/bar", "foo/bar/baz"], ["foobar", "x/foo"]),
        ("/foo/", ["foo", "foo/x"], ["x/foo"]),
        ("./foo//bar/../baz", ["foo/baz"], ["foo/bar"]),
        ("*", ["a", "a/b", ".hidden"], []),
        ("**", ["a", "a/b"], []),
        ("**/", ["a", "a/b"], []),
        ("**/foo", ["foo", "a/foo", "a/b/foo", "a/foo/x"], ["afoo", "foo2"]),
        ("**foo", ["foo", "afoo", "a/bfoo"], ["foo2"]),
        ("foo/**", ["foo/a", "foo/a/b"], ["foo", "food"]),
        ("foo**", ["foo", "foo/a", "food/x"], ["a/foo"]),
        ("a/**/z", ["a/z", "a/b/z", "a/b/c/z"], ["az", "a/bz"]),
        ("**/*.go", ["x.go", "a/x.go", "a/b/x.go"], ["x.goo"]),
        ("*.go", ["x.go"], ["a/x.go"]),
        ("*/temp*", ["a/temp", "a/temporary.txt"], ["temp", "a/b/temp"]),
        ("temp?", ["tempa", "tempb"], ["temp", "temp/x"]),
        ("[a-c]x", ["ax", "bx"], ["dx", "x"]),
        ("[^a-c]x", ["dx"], ["ax"]),
        ("[a\\]]x", ["ax", "]x"], ["bx"]),
        ("a\\*b", ["a*b"], ["axb"]),
        ("a.b", ["a.b"], ["axb"]),
        ("a+(b)|{c}$^", ["a+(b)|{c}$^"], []),
        ("é?", ["éa", "éé"], ["é"]),
        ("#real", [], ["#real"]),
        ("  #odd", ["#odd"], []),
        ("/", [], ["a"]),
        (".", [], ["a"]),
    ],
)
def test_patterns(pattern, matched, free):
    patterns = IgnorePatterns.parse(pattern)
    assert [path for path in matched if not patterns.matches(path)] == []
    assert [path for path in free if patterns.matches(path)] == []


@pytest.mark.parametrize("line", ["[", "[a", "[]", "[^]", "[a-", "[a-]", "[-a]", "a\\", "x[\\"])
def test_malformed_patterns_are_refused(line):
    with pytest.raises(ParseError, match="syntax error in pattern"):
        IgnorePatterns.parse(line)


def test_an_exception_of_nothing_is_refused():
    with pytest.raises(ParseError, match='illegal exclusion pattern: "!"'):
        IgnorePatterns.parse("a\n!\n")


def test_exceptions_are_made_plain_too():
    assert kept("docs\n! /docs/README/ \n", ["docs/README", "docs/x"]) == ["docs/README"]


def test_no_patterns_leave_nothing_out():
    assert kept("", ["a", "b/c"]) == ["a", "b/c"]


def test_files_that_are_sent_in_any_case():
    patterns = IgnorePatterns.parse("*").with_exceptions("Dockerfile", ".dockerignore")
    assert not patterns.matches("Dockerfile")
    assert not patterns.matches(".dockerignore")
    assert patterns.matches("other")
    assert IgnorePatterns().with_exceptions("a") == IgnorePatterns()


def sent(path, text):
    patterns = IgnorePatterns.parse(text)
    return names(read_dir(path, include=patterns.include, descend=patterns.descend))


def test_reading_a_directory_by_patterns(tmp_path):
    for path in ("a/keep/x", "a/drop/y", "b/z", "empty", "a/empty"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).mkdir() if path.endswith("empty") else (tmp_path / path).write_text(path)
    everything = ["a", "a/drop", "a/drop/y", "a/empty", "a/keep", "a/keep/x", "b", "b/z", "empty"]
    assert sent(tmp_path, "") == everything
    assert sent(tmp_path, "a\n!a/keep") == ["a", "a/keep", "a/keep/x", "b", "b/z", "empty"]
    assert sent(tmp_path, "a\n!a/nothing") == ["b", "b/z", "empty"]
    assert sent(tmp_path, "**/y\n**/empty") == ["a", "a/drop", "a/keep", "a/keep/x", "b", "b/z"]
    assert sent(tmp_path, "*\n!**/x") == [], "Docker looks into a left-out directory only for exceptions that name it"
    assert sent(tmp_path, "*\n!b") == ["b", "b/z"]
