"""Variables and quotes in words. The values were also run through a POSIX shell where it has the form."""

from __future__ import annotations

import pytest

from dockkernel.dockerfile.words import Expander, expand, expand_words, process
from dockkernel.errors import ParseError

ENV = {
    "v": "v1.2.3",
    "e": "",
    "HOME": "/root",
    "p": "/usr/local/lib/x.tar.gz",
    "sp": " a  b ",
    "q": 'say "hi"',
    "ä": "u",
}

VALUES = [
    # plain, quotes, escapes
    ("hello", "hello"),
    ("he'll'o", "hello"),
    ("he\\'llo", "he'llo"),
    ("'a\\b'", "a\\b"),
    ("'$v'", "$v"),
    ('"$v"', "v1.2.3"),
    ('"\\$v"', "$v"),
    ('"a\\b"', "a\\b"),
    ('"a\\"b"', 'a"b'),
    ('"a\\\\b"', "a\\b"),
    ("a\\b", "ab"),
    ("a\\\\b", "a\\b"),
    ("a\\", "a"),
    ('""', ""),
    ("a b  c", "a b  c"),
    ("'it'\"'\"'s'", "it's"),
    ("${q}", 'say "hi"'),
    # names
    ("$v", "v1.2.3"),
    ("${v}", "v1.2.3"),
    ("$v.x", "v1.2.3.x"),
    ("$v_x", ""),
    ("${v}_x", "v1.2.3_x"),
    ("a${HOME}b", "a/rootb"),
    ("$ä", "u"),
    ("$", "$"),
    ("$.", "$."),
    ("a$", "a$"),
    ("$ b", "$ b"),
    ("$1x", "x"),
    ("$12x", "x"),
    ("$@", ""),
    ("$$", ""),
    ("$#x", "x"),
    ("\\$v", "$v"),
    ("\\${v}", "${v}"),
    ("${nope}", ""),
    # defaults
    ("${x:-d}", "d"),
    ("${x-d}", "d"),
    ("${e:-d}", "d"),
    ("${e-d}", ""),
    ("${v:-d}", "v1.2.3"),
    ("${v-d}", "v1.2.3"),
    ("${x:-}", ""),
    ("${x:-${y:-z}}", "z"),
    ("${x:-$v}", "v1.2.3"),
    ("${x:-'a}b'}", "a}b"),
    ('${x:-"$v"}', "v1.2.3"),
    ("${x:-a\\}b}", "a}b"),
    ("${x:-a b}", "a b"),
    ("${v:+y}", "y"),
    ("${v+y}", "y"),
    ("${e+y}", "y"),
    ("${e:+y}", ""),
    ("${x+y}", ""),
    ("${x:+y}", ""),
    ("${v:+-${v}}", "-v1.2.3"),
    ("${v:?need}", "v1.2.3"),
    ("${v?need}", "v1.2.3"),
    ("${e?need}", ""),
    # patterns
    ("${v#v}", "1.2.3"),
    ("${v%.*}", "v1.2"),
    ("${v%%.*}", "v1"),
    ("${v##*.}", "3"),
    ("${v#*.}", "2.3"),
    ("${v#x}", "v1.2.3"),
    ("${v%3}", "v1.2."),
    ("${v#?}", "1.2.3"),
    ("${v##*}", ""),
    ("${v#*}", "v1.2.3"),
    ("${v%*}", "v1.2.3"),
    ("${v%%*}", ""),
    ("${v#}", "v1.2.3"),
    ("${x#v}", ""),
    ("${p##*/}", "x.tar.gz"),
    ("${p%/*}", "/usr/local/lib"),
    ("${p%%.*}", "/usr/local/lib/x"),
    ("${p#/*/}", "local/lib/x.tar.gz"),
    ("${p##/*/}", "x.tar.gz"),
    ("${p%.??}", "/usr/local/lib/x.tar"),
    ("${v#$HOME}", "v1.2.3"),
    ("${p#${p%%/lib*}}", "/lib/x.tar.gz"),
    # replacement
    ("${v/./-}", "v1-2.3"),
    ("${v//./-}", "v1-2-3"),
    ("${v/1*3/x}", "vx"),
    ("${v//[0-9]/}", "v1.2.3"),
    ("${v//?/x}", "xxxxxx"),
    ("${p//\\//:}", ":usr:local:lib:x.tar.gz"),
    ("${v/./\\/}", "v1\\/2.3"),
    ("${v/nope/x}", "v1.2.3"),
    ("${x/a/b}", ""),
    ("${v/$v/w}", "w"),
    ("${p/*\\//}", "x.tar.gz"),
]

ERRORS = [
    ("${x:?need}", "x: need"),
    ("${x?need}", "x: need"),
    ("${x:?}", "x: is not allowed to be unset"),
    ("${e:?}", "e: is not allowed to be empty"),
    ("${e:?$v}", "e: v1.2.3"),
    ("${}", "syntax error: bad substitution"),
    ("${{v}", "syntax error: bad substitution"),
    ("${:-a}", "syntax error: bad substitution"),
    ("${v:=1}", "unsupported modifier (:=) in substitution"),
    ("${v=1}", "unsupported modifier (=) in substitution"),
    ("${v:1:2}", "unsupported modifier (:1) in substitution"),
    ("${v@Q}", "unsupported modifier (@) in substitution"),
    ("${v!}", "unsupported modifier (!) in substitution"),
    ("${v^^}", "unsupported modifier (^) in substitution"),
    ("${v", "unsupported modifier (\ufffd) in substitution"),
    ("${", "syntax error: missing '}'"),
    ("${v:", "syntax error: missing '}'"),
    ("${v:-a", "syntax error: missing '}'"),
    ("${v#a", "syntax error: missing '}'"),
    ("${v/a", "syntax error: missing '/' in ${}"),
    ("${v/a/b", "syntax error: missing '}'"),
    ("${v/.}", "syntax error: missing '/' in ${}"),
    ("'a", "unexpected end of statement while looking for matching single-quote"),
    ('"a', "unexpected end of statement while looking for matching double-quote"),
    ('"a\\"', "unexpected end of statement while looking for matching double-quote"),
    ("${x:-'a}", "syntax error: missing '}'"),
    ("${v#\\x}", "invalid pattern (\\x) in substitution: invalid escape '\\x'"),
]

WORDS = [
    ("a b", ["a", "b"]),
    ("  a   b ", ["a", "b"]),
    ("$sp", ["a", "b"]),
    ("x${sp}y", ["x", "a", "b", "y"]),
    ('"$sp"', [" a  b "]),
    ("a\\ b", ["a b"]),
    ("'a b' c", ["a b", "c"]),
    ("$nope", []),
    ("'' a", ["a"]),
    ("80 $v", ["80", "v1.2.3"]),
    ("a\tb\nc", ["a", "b", "c"]),
]


@pytest.mark.parametrize(("word", "value"), VALUES)
def test_word_becomes(word: str, value: str) -> None:
    assert expand(word, ENV) == value


@pytest.mark.parametrize(("word", "reason"), ERRORS)
def test_word_is_refused(word: str, reason: str) -> None:
    with pytest.raises(ParseError) as caught:
        expand(word, ENV)
    head, _, rest = caught.value.message.partition(": ")
    assert head.startswith('failed to process "')
    assert caught.value.message.endswith(reason)
    assert rest


def test_the_message_quotes_the_word_as_it_is_written() -> None:
    with pytest.raises(ParseError) as caught:
        expand('a"\t\\é${B', {})
    expected = 'failed to process "a\\"\\t\\\\é${B": unsupported modifier (\ufffd) in substitution'
    assert caught.value.message == expected


@pytest.mark.parametrize(("word", "words"), WORDS)
def test_words_are_split_after_expansion(word: str, words: list[str]) -> None:
    assert expand_words(word, ENV) == words


def test_with_the_backtick_a_backslash_is_plain() -> None:
    assert expand('C:\\dir`$v "`"" `a', ENV, "`") == 'C:\\dir$v " a'


def test_met_variables_are_reported() -> None:
    result = process("$v ${x:-$y} ${e:+$z} '$no'", ENV)
    assert result.found == {"v", "e"}
    assert result.unset == {"x", "y", "z"}
    expander = Expander(ENV)
    assert [expander.word("$v"), expander.words("a $b"), expander.raw("'$c'")] == ["v1.2.3", ("a",), "''"]
    assert expander.found == {"v"}
    assert expander.unset == {"b", "c"}


def test_here_document_bodies_keep_quotes() -> None:
    body = "\"d\" 's' $v ${v} \\$v \\\\ a\\tb\n"
    assert Expander(ENV, "`").raw(body) == "\"d\" 's' v1.2.3 v1.2.3 $v \\ atb\n"


def test_deep_nesting_is_refused_in_one_line() -> None:
    with pytest.raises(ParseError):
        expand("${x:-" * 5000 + "}" * 5000, {})


def test_patterns_take_no_exponential_time() -> None:
    value = "a" * 3000
    assert expand("${v%" + "*a" * 20 + "b}", {"v": value}) == value
    assert expand("${v//" + "*a" * 10 + "b/x}", {"v": value}) == value
