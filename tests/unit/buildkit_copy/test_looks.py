"""Owner, mode, time, links and attributes of what COPY of the graph builder leaves."""

from __future__ import annotations

import pytest
from support.copies import NOW, at, copied, looks, op

from dockkernel.errors import InvalidInput
from dockkernel.fs.change import diff
from dockkernel.fs.node import Device, Dir, File, Inline, Link, Meta, Symlink
from dockkernel.testing.trees import exe, names, tree

SECOND = 10**9
GROUP = Link()
STAGE = tree(
    {
        "file": File(Meta(0o4755, 100, 200, 7 * SECOND + 123), Inline(b"x")),
        "dir": Dir(
            Meta(0o700, 100, 200, 8 * SECOND, {"user.dir": b"1"}),
            {
                "sub": Dir(
                    Meta(0o2711, 101, 201, 9 * SECOND), {"nested": File(Meta(0o600, 102, 202, SECOND), Inline(b"n"))}
                ),
                "link": Symlink(Meta(0o777, 103, 203, 3 * SECOND), "sub"),
            },
        ),
        "pair": {"a": File(Meta(0o644), Inline(b"same"), GROUP), "b": File(Meta(0o644), Inline(b"same"), GROUP)},
        "special": {
            "fifo": Device(Meta(0o600, 1, 1), "fifo"),
            "cap": File(Meta(0o755, 0, 0, 0, {"security.capability": b"\1"}), Inline(b"")),
        },
    }
)


def test_a_file_keeps_everything() -> None:
    """Of another stage it keeps the owner too, the set-user-id bit and the nanoseconds."""
    node = at(copied({}, STAGE, op("/new/", "file")), "new/file")
    assert node.meta == Meta(0o4755, 100, 200, 7 * SECOND + 123)


def test_directories_made_on_the_way_are_plain_and_of_root() -> None:
    found = copied({}, STAGE, op("/new/deep/", "file"))
    assert looks(found, "new") == looks(found, "new/deep") == (0o755, 0, 0, 50)


def test_the_destination_keeps_its_looks_and_takes_the_time_of_the_source() -> None:
    found = copied({}, STAGE, op("/dir", "dir"))
    assert looks(found, "dir") == (0o755, 0, 0, 8)
    assert not at(found, "dir").meta.xattrs
    there = {"there": Dir(Meta(0o1777, 500, 600, SECOND, {"user.own": b"2"}))}
    found = copied(there, STAGE, op("/there", "dir"))
    assert looks(found, "there") == (0o1777, 500, 600, 8)
    assert at(found, "there").meta.xattrs == {"user.own": b"2"}


def test_what_is_below_takes_the_looks_of_the_source() -> None:
    there = {"there": {"sub": Dir(Meta(0o500, 9, 9, 0, {"user.old": b"3"}), {"kept": exe(b"k")})}}
    found = copied(there, STAGE, op("/there", "dir"))
    assert looks(found, "there/sub") == (0o2711, 101, 201, 9)
    assert at(found, "there/sub").meta.xattrs == {"user.old": b"3"}
    assert looks(found, "there/sub/nested") == (0o600, 102, 202, 1)
    assert looks(found, "there/link") == (0o777, 103, 203, 3)
    assert names(found)[-2:] == ["there/sub/kept", "there/sub/nested"]


def test_chown_is_for_all_that_is_new() -> None:
    """As in BuildKit's own test: the directory that is there keeps its owner."""
    there = {"existing": Dir(Meta(0o755, 500, 600), {"file": exe(b"f")})}
    found = copied(there, STAGE, op("/existing", "dir", chown="300:400"))
    owners = {path: (node.meta.uid, node.meta.gid) for path, node in found.walk()}
    assert owners == {
        "existing": (500, 600),
        "existing/file": (0, 0),
        "existing/link": (300, 400),
        "existing/sub": (300, 400),
        "existing/sub/nested": (300, 400),
    }
    assert looks(copied({}, STAGE, op("/dir", "dir", chown="300:400")), "dir")[1:3] == (300, 400)
    assert looks(copied({}, STAGE, op("/f", "file", chown="1")), "f") == (0o4755, 1, 1, 7)


def test_a_new_owner_takes_no_bits_and_no_capabilities() -> None:
    found = copied({}, STAGE, op("/s", "special", chown="5"))
    assert at(found, "s/cap").meta.xattrs == {"security.capability": b"\1"}
    assert isinstance(at(found, "s/fifo"), Device)


def test_an_octal_mode_is_for_everything_new_but_links() -> None:
    found = copied({}, STAGE, op("/new/dir", "dir", chmod="1750"))
    modes = {path: node.meta.mode for path, node in found.walk()}
    assert modes == {
        "new": 0o750, "new/dir": 0o750, "new/dir/link": 0o777, "new/dir/sub": 0o1750, "new/dir/sub/nested": 0o1750,
    }  # fmt: skip
    assert looks(copied({"d": Dir(Meta(0o711))}, STAGE, op("/d", "dir", chmod="600")), "d")[0] == 0o711


def test_a_symbolic_mode_changes_what_is_copied_and_makes_plain_directories() -> None:
    found = copied({}, STAGE, op("/new", "dir", chmod="u=rwX,go=rX"))
    modes = {path: node.meta.mode for path, node in found.walk()}
    assert modes == {"new": 0o755, "new/link": 0o777, "new/sub": 0o755, "new/sub/nested": 0o644}


def test_hard_links_stay_together_and_leave_the_group_they_came_from() -> None:
    base = tree({"pair": STAGE.root.children["pair"]})
    found = copied(base, STAGE, op("/t", "pair", chmod="600"))
    one, two, old = at(found, "t/a"), at(found, "t/b"), at(found, "pair/a")
    assert isinstance(one, File)
    assert isinstance(two, File)
    assert isinstance(old, File)
    assert one.link is two.link
    assert one.link is not old.link
    assert old.link is GROUP


def test_copies_of_two_sources_are_two_files() -> None:
    found = copied({}, STAGE, op("/t/", "pair/a", "pair/b"))
    one, two = at(found, "t/a"), at(found, "t/b")
    assert isinstance(one, File)
    assert isinstance(two, File)
    assert one.link is not two.link


def test_directories_that_parents_make_look_like_their_originals() -> None:
    found = copied({}, STAGE, op("/out/", "dir/sub/nested", parents=True))
    assert looks(found, "out/dir") == (0o700, 100, 200, NOW // SECOND)
    assert looks(found, "out/dir/sub") == (0o2711, 101, 201, NOW // SECOND)
    there = {"out": {"dir": Dir(Meta(0o755, 5, 5, SECOND), {"sub": Dir(Meta(0o755, 6, 6, SECOND))})}}
    found = copied(there, STAGE, op("/out/", "dir/sub/nested", parents=True))
    assert looks(found, "out/dir") == (0o700, 5, 5, 1)
    assert looks(found, "out/dir/sub") == (0o2711, 6, 6, NOW // SECOND)


def test_what_is_not_copied_to_is_not_touched() -> None:
    base = tree(
        {"usr": Dir(Meta(0o755, 0, 0, 2 * SECOND), {"local": Dir(Meta(0o755)), "bin": Dir(Meta(), {"sh": exe(b"")})})}
    )
    found = copied(base, STAGE, op("/usr/local", "dir"))
    assert looks(found, "usr") == (0o755, 0, 0, 2)
    assert found.get("usr/bin") is base.get("usr/bin")
    assert looks(copied(base, STAGE, op("/usr/", "file")), "usr")[3] == NOW // SECOND


def test_a_directory_in_a_set_group_id_directory_is_made_with_its_group_and_the_plain_mode() -> None:
    base = {"g": Dir(Meta(0o2775, 0, 77))}
    assert looks(copied(base, STAGE, op("/g/new/", "file")), "g/new")[:3] == (0o755, 0, 77)
    assert looks(copied(base, STAGE, op("/g/new/", "file", chown="1:2")), "g/new")[:3] == (0o755, 1, 2)
    assert looks(copied(base, STAGE, op("/g/", "file")), "g/file")[:3] == (0o4755, 100, 200)


def test_a_layer_with_link_has_directories_only_and_removes_nothing() -> None:
    """Case B07: such a layer is made on an empty tree."""
    target = tree({"target": {"usr": {"local": {"go": {"VERSION": "1"}}}}})
    found = copied({}, target, op("/", "/target/", link=True))
    changes = diff(tree({}), found)
    assert [(change.path, change.kind.name) for change in changes] == [
        ("usr", "ADDED"), ("usr/local", "ADDED"), ("usr/local/go", "ADDED"), ("usr/local/go/VERSION", "ADDED"),
    ]  # fmt: skip
    with pytest.raises(InvalidInput, match=r"^invalid user index: -1$"):
        copied({}, target, op("/", "/target/", link=True, chown="www"), users=tree({"etc/passwd": "www:x:1:1::/:"}))
    assert looks(copied({}, target, op("/", "/target/", link=True, chown="3")), "usr")[1:3] == (3, 3)


def test_directories_of_several_layers_are_known_as_such() -> None:
    base = tree({"old": {"sub": {}, "other": {}}})
    found = copied(base, STAGE, op("/old", "dir"))
    found = copied(found, STAGE, op("/new/", "dir"))
    known = {path: node.merged for path, node in found.walk() if isinstance(node, Dir)}
    assert known == {"old": True, "old/sub": True, "old/other": False, "new": False, "new/sub": False}
