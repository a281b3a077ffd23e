"""Which images and rows `docker image ls` shows."""

from __future__ import annotations

import pytest
from unit.engine.worlds import digest, image, state

from dockkernel.commands.filters import Filters
from dockkernel.commands.images_listed import rows, select
from dockkernel.engine.state import State
from dockkernel.errors import DockError

D1, D2 = "sha256:" + "1" * 64, "sha256:" + "2" * 64


def ids(world: State, *, everything: bool = False, **filters: str | tuple[str, ...]) -> set[str]:
    pairs = tuple((k, v) for k, values in filters.items() for v in ((values,) if isinstance(values, str) else values))
    found = select(world, Filters(pairs), everything=everything, now_ns=2 * 10**18)
    names = {digest(f"image {name}"): name for name in "TUID" + "ABC"}
    return {names[listed.record.id] for listed in found}


def four() -> State:
    return state(
        image("T", "12", parent="I", second=3),
        image("U", "3", second=2),
        image("I", "1", second=1),
        image("D", "4"),
        tags={"t:1": "T"},
        digests={f"d@{D1}": "D"},
    )


def test_listing_hides_intermediate_images_and_knows_dangling_ones() -> None:
    assert ids(four()) == {"T", "U", "D"}
    assert ids(four(), everything=True) == {"T", "U", "I", "D"}
    assert ids(four(), dangling="true") == {"U", "D"}
    assert ids(four(), dangling="false") == {"T", "D"}


PATTERNS = {
    "alpine": {"A"},
    "alpine:*": {"A"},
    "app": set(),
    "*/app": {"B", "C"},
    "*app*": set(),
    "*/*:1": {"B"},
    "web": {"D"},
    "docker.io/library/web": set(),
    "my*/app:1": {"B"},
    "ls": set(),
}


@pytest.mark.parametrize("pattern", PATTERNS)
def test_reference_patterns_match_whole_familiar_names(pattern: str) -> None:
    before = state(image("A", "1"), image("B", "2"), image("C", "3"), image("D", "4"))
    full = {"docker.io/library/alpine:3.20": "A", "docker.io/myorg/app:1": "B", "localhost:5000/app:2": "C"}
    full["docker.io/library/web:1"] = "D"
    from dataclasses import replace

    before = replace(before, tags={name: digest(f"image {letter}") for name, letter in full.items()})
    assert ids(before, reference=pattern) == PATTERNS[pattern]


def test_references_are_ored_labels_anded_and_the_stricter_time_wins() -> None:
    before = state(
        image("A", "1", second=1, x="1"),
        image("B", "2", second=2, x="2", y=""),
        image("C", "3", second=3, y="z"),
        tags={"a:latest": "A", "b:latest": "B", "c:latest": "C"},
    )
    assert ids(before, reference=("a", "c")) == {"A", "C"}
    assert ids(before, label=("x", "y")) == {"B"}
    assert ids(before, label="y=") == {"B"}
    assert ids(before, label="x=1") == {"A"}
    assert ids(before, before=("c", "b")) == {"A"}
    assert ids(before, since="a") == {"B", "C"}
    assert ids(before, until="2026-01-01T00:00:02Z") == {"A"}


def test_rows_group_tags_and_digests_by_repository() -> None:
    before = state(image("A", "1"), tags={"a:2": "A", "a:1": "A"}, digests={f"a@{D1}": "A", f"b@{D2}": "A"})
    (listed,) = select(before, Filters(), everything=False, now_ns=0)
    plain = [(row.repository, row.tag, row.digest) for row in rows(listed, need_digest=False, digest_column=False)]
    assert plain == [("a", "1", "<none>"), ("a", "2", "<none>"), ("b", "<none>", "")]
    wide = [(row.repository, row.tag, row.digest) for row in rows(listed, need_digest=True, digest_column=True)]
    assert wide == [("a", "1", D1), ("a", "2", D1), ("b", "<none>", D2)]


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("bogus", "1", "invalid filter 'bogus'"),
        ("dangling", "maybe", "invalid filter 'dangling=[maybe]'"),
        ("before", "nope", "No such image: nope:latest"),
        ("reference", "a[", "syntax error in pattern"),
    ],
)
def test_bad_filters_are_told_in_dockers_words(key: str, value: str, words: str) -> None:
    with pytest.raises(DockError) as caught:
        list(select(four(), Filters(((key, value),)), everything=False, now_ns=0))
    assert caught.value.message == words
