"""What counts for the cache of COPY with the graph builder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from support.copies import key, op

from dockkernel.build.buildkit.content import content_key, definition
from dockkernel.build.checksum import ContentDigests
from dockkernel.dockerfile.instructions import InlineFile
from dockkernel.errors import InvalidInput
from dockkernel.fs.content import Joined, Slice
from dockkernel.fs.hostdir import read_dir
from dockkernel.fs.node import Device, Dir, File, Inline, Link, Meta
from dockkernel.testing.trees import Spec, exe, tree

PLAIN: dict[str, Spec] = {"d": {"f": "1", "sub": {"g": "2"}}, "f": "1"}


def changed(path: str, spec: Spec) -> dict[str, Spec]:
    return {**PLAIN, path: spec}


def test_names_and_places_of_a_source_do_not_count() -> None:
    assert key(PLAIN, op("/x", "f")) == key(PLAIN, op("/x", "d/f"))
    assert key(PLAIN, op("/x", "d")) == key({"other": {"place": PLAIN["d"]}}, op("/x", "other/place"))
    assert definition(op("/x", "other/place/")) == definition(op("/x", "elsewhere/./place"))
    assert definition(op("/x/", "a")) != definition(op("/x/", "b"))


def test_names_in_a_directory_count() -> None:
    assert key(PLAIN, op("/x", "d")) != key(changed("d", {"renamed": "1", "sub": {"g": "2"}}), op("/x", "d"))


@pytest.mark.parametrize(
    "other",
    [
        exe(b"1"),
        exe(b"2", 0o644),
        File(Meta(0o644, 1), Inline(b"1")),
        File(Meta(0o644, 0, 1), Inline(b"1")),
        File(Meta(0o644, xattrs={"user.a": b"1"}), Inline(b"1")),
        File(Meta(0o644, xattrs={"security.capability": b"1"}), Inline(b"1")),
        Device(Meta(0o644), "fifo"),
        "-> d/sub/g",
        {},
    ],
)
def test_mode_owner_kind_attributes_and_content_count(other: Spec) -> None:
    assert key(PLAIN, op("/x", "f")) != key(changed("f", other), op("/x", "f"))
    assert key(PLAIN, op("/x", ".")) != key(changed("f", other), op("/x", "."))


@pytest.mark.parametrize(
    "other",
    [
        File(Meta(0o644, mtime_ns=10**18), Inline(b"1")),
        File(Meta(0o644), Inline(b"1"), Link()),
        File(Meta(0o644, xattrs={"security.selinux": b"label"}), Inline(b"1")),
        File(Meta(0o644), Joined((Inline(b""), Inline(b"1")), 1)),
    ],
)
def test_time_links_labels_and_where_bytes_come_from_do_not_count(other: Spec) -> None:
    assert key(PLAIN, op("/x", "f", "d", ".")) == key(changed("f", other), op("/x", "f", "d", "."))


def test_a_directory_counts_with_its_own_looks_but_the_root_does_not() -> None:
    def with_mode(mode: int) -> Dir:
        return Dir(Meta(mode), tree({"f": "1"}).root.children)

    assert key({"d": with_mode(0o700)}, op("/x", "d")) != key({"d": with_mode(0o755)}, op("/x", "d"))
    assert key(replace(tree(PLAIN), root=with_mode(0o700)), op("/x", ".")) == key(
        replace(tree(PLAIN), root=with_mode(0o755)), op("/x", ".")
    )


def test_what_is_not_taken_does_not_count() -> None:
    more = changed("d", {"f": "1", "sub": {"g": "changed"}})
    assert key(PLAIN, op("/x", "d", exclude=("sub",))) == key(more, op("/x", "d", exclude=("sub",)))
    assert key(PLAIN, op("/x", "d", exclude=("sub/g",))) == key(more, op("/x", "d", exclude=("sub/g",)))
    assert key(PLAIN, op("/x", "d", exclude=("f",))) != key(more, op("/x", "d", exclude=("f",)))
    assert key(PLAIN, op("/x", "d/f", parents=True)) == key(more, op("/x", "d/f", parents=True))
    assert key(PLAIN, op("/x", "d/**/g", parents=True)) != key(more, op("/x", "d/**/g", parents=True))
    assert key(PLAIN, op("/x/", "d/*f")) == key(more, op("/x/", "d/*f"))
    assert key(PLAIN, op("/x/", "d/*")) != key(more, op("/x/", "d/*"))


def test_wildcards_count_the_names_they_find() -> None:
    assert key({"a.c": "1", "b.h": "2"}, op("/x/", "*.c")) == key({"a.c": "1"}, op("/x/", "*.c"))
    assert key({"a.c": "1", "b.c": "2"}, op("/x/", "*.c")) != key({"a.c": "1", "d.c": "2"}, op("/x/", "*.c"))
    assert key({"src": {"a.c": "1", "b.c": "2"}}, op("/x/", "src/*.c")) == key(
        {"lib": {"a.c": "1", "b.c": "2"}}, op("/x/", "lib/*.c")
    )
    assert key({}, op("/x/", "*.c")) == key({"other": ""}, op("/x/", "*.c"))


def test_a_link_counts_as_what_it_leads_to_only_where_it_is_named() -> None:
    context: dict[str, Spec] = {"real": "1", "l": "-> real"}
    moved: dict[str, Spec] = {"elsewhere": "1", "l": "-> elsewhere"}
    assert key(context, op("/x", "l")) == key(moved, op("/x", "l")) == key(PLAIN, op("/x", "f"))
    assert key(context, op("/x/", "l*")) == key(moved, op("/x/", "l*"))
    assert key({"d": context}, op("/x", "d")) != key({"d": moved}, op("/x", "d"))
    with pytest.raises(InvalidInput, match=r'^"/l": not found$'):
        key({"l": "-> gone"}, op("/x/", "l*"))


def test_several_sources_count_in_their_order() -> None:
    context: dict[str, Spec] = {"a": "1", "b": "2"}
    assert key(context, op("/x/", "a", "b")) != key(context, op("/x/", "b", "a"))
    assert key(context, op("/x/", "a", "b")) != key(context, op("/x/", "a"))


def test_here_documents_are_in_the_definition() -> None:
    one, two = (op("/x", files=(InlineFile("EOF", body),)) for body in ("1", "2"))
    assert definition(one) != definition(two)
    assert key({}, one) == key({}, two)


def test_a_directory_of_the_host_and_the_same_tree_from_a_blob(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir(mode=0o755)
    for name, content in (("f", b"1"), ("g", b"x" * 300_000)):
        (tmp_path / "d" / name).write_bytes(content)
        (tmp_path / "d" / name).chmod(0o644)
    (tmp_path / "d").chmod(0o755)
    blob = tmp_path / "blob"
    blob.write_bytes(b"..1" + b"x" * 300_000)
    slices = tree({"d": {name: File(Meta(0o644), Slice(lambda: blob.open("rb"), at, size)) for name, at, size in (
        ("f", 2, 1), ("g", 3, 300_000),
    )}})  # fmt: skip
    contents = ContentDigests()
    of_host = content_key(op("/x", "d"), read_dir(tmp_path), contents)
    assert of_host == content_key(op("/x", "d"), slices, contents)
    assert of_host == content_key(op("/x", "d"), read_dir(tmp_path), contents)
