from __future__ import annotations

import errno
import itertools

import pytest

from dockkernel.fs.builder import TreeBuilder
from dockkernel.fs.change import diff
from dockkernel.fs.node import Device, Dir, File, Meta, Symlink
from dockkernel.fs.tree import Tree
from dockkernel.testing.trees import data, exe, names, node, tree


def building(spec=None, start=100):
    clock = itertools.count(start)
    return TreeBuilder(tree(spec) if spec else Tree.empty(), lambda: next(clock))


def failing(code, call, *args, **options):
    with pytest.raises(OSError, match="/") as caught:
        call(*args, **options)
    assert errno.errorcode[caught.value.errno] == errno.errorcode[code]


def paths(lower, upper):
    return [change.path for change in diff(lower, upper)]


def test_writing_and_reading():
    at = building()
    at.mkdir("/srv/www", parents=True)
    at.write("srv/www/index", b"hello", 0o640, 33, 34)
    at.append("/srv/www/index", b" you")
    assert at.read("/srv/www/index") == b"hello you"
    assert at.listdir("/srv") == ["www"]
    found = at.stat("/srv/www/index")
    assert (found.meta.mode, found.meta.uid, found.meta.gid) == (0o640, 33, 34)


def test_rewriting_keeps_mode_owner_and_names():
    at = building({"f": exe(b"old", 0o750), "l": "-> f"})
    at.link("/f", "/g")
    at.write("/l", b"new", 0o600, 9, 9)
    assert at.read("/g") == b"new"
    assert at.stat("/g").meta.mode == 0o750
    made = at.build()
    assert made.get("f") is made.get("g")
    assert made.get("f").link is not None


def test_a_changed_name_leaves_the_group_of_the_lower_layer():
    first = building()
    first.write("/n1", b"x" * 10)
    first.link("/n1", "/n2")
    lower = first.build()
    second = TreeBuilder(lower, lambda: 5)
    second.chmod("/n2", 0o600)
    upper = second.build()
    assert paths(lower, upper) == ["n2"]
    assert upper.get("n1") is lower.get("n1")
    assert upper.get("n2").link is None


def test_untouched_subtrees_are_the_same_objects():
    at = building({"a": {"x": b"1"}, "b": {"y": b"2"}})
    before = at.build()
    at.write("/a/new", b"")
    after = at.build()
    assert after.get("b") is before.get("b")
    assert after.get("a/x") is before.get("a/x")
    assert before.get("a/new") is None
    assert paths(before, after) == ["a", "a/new"]


def test_building_twice_gives_the_same_tree():
    at = building({"a": b""})
    assert at.build().root is at.build().root
    at.write("/d", b"")
    at.link("/d", "/e")
    assert at.build().root is at.build().root


def test_a_failed_edit_changes_nothing():
    at = building({"d": {"x": b""}})
    before = at.build()
    failing(errno.ENOTEMPTY, at.rmdir, "/d")
    failing(errno.EEXIST, at.mkdir, "/d")
    failing(errno.ENOENT, at.remove, "/d/y")
    assert at.build().root is before.root


def test_any_edit_copies_up_even_when_it_changes_nothing():
    spec = {"f": b"same", "d": {}}
    for edit in (
        lambda at: at.chmod("/f", 0o644),
        lambda at: at.chown("/f", 0, 0),
        lambda at: at.utime("/f", 0),
        lambda at: at.write("/f", b"same"),
    ):
        at = building(spec)
        lower = at.build()
        edit(at)
        assert paths(lower, at.build()) == ["f"]


def test_creating_and_removing_a_file_leaves_only_the_directory():
    at = building({"tmp": {}})
    lower = at.build()
    at.write("/tmp/x", b"")
    at.remove("/tmp/x")
    assert paths(lower, at.build()) == ["tmp"]


def test_creating_and_removing_in_the_root_leaves_nothing():
    at = building({"a": b""})
    lower = at.build()
    at.write("/x", b"")
    at.remove("/x")
    assert paths(lower, at.build()) == []


def test_directory_times_follow_creation_and_removal():
    at = building({"d": {"x": b""}})
    at.write("/d/y", b"")
    first = at.lstat("/d").meta.mtime_ns
    at.remove("/d/x")
    second = at.lstat("/d").meta.mtime_ns
    at.write("/d/y", b"more")
    assert 0 < first < second == at.lstat("/d").meta.mtime_ns


@pytest.mark.parametrize(
    ("code", "call"),
    [
        (errno.ENOENT, lambda at: at.lstat("/nope")),
        (errno.ENOENT, lambda at: at.stat("/dangling")),
        (errno.ENOENT, lambda at: at.read("/nope/x")),
        (errno.ENOTDIR, lambda at: at.read("/f/x")),
        (errno.ENOTDIR, lambda at: at.listdir("/f")),
        (errno.ENOTDIR, lambda at: at.lstat("/f/")),
        (errno.EISDIR, lambda at: at.read("/d")),
        (errno.EISDIR, lambda at: at.write("/d", b"")),
        (errno.EISDIR, lambda at: at.write("/new/", b"")),
        (errno.EISDIR, lambda at: at.remove("/d")),
        (errno.ENXIO, lambda at: at.read("/null")),
        (errno.ENXIO, lambda at: at.write("/null", b"x")),
        (errno.EEXIST, lambda at: at.mkdir("/f")),
        (errno.EEXIST, lambda at: at.mkdir("/")),
        (errno.EEXIST, lambda at: at.mkdir("/dangling")),
        (errno.EEXIST, lambda at: at.mkdir("/f", parents=True)),
        (errno.ENOTDIR, lambda at: at.mkdir("/f/x", parents=True)),
        (errno.EEXIST, lambda at: at.symlink("x", "/d")),
        (errno.ENOENT, lambda at: at.symlink("", "/new")),
        (errno.EEXIST, lambda at: at.link("/f", "/d")),
        (errno.EPERM, lambda at: at.link("/d", "/d2")),
        (errno.EEXIST, lambda at: at.link("/d", "/f")),
        (errno.ENOTDIR, lambda at: at.rename("/nothing", "/f/x")),
        (errno.ENOENT, lambda at: at.rename("/nothing", "/d/x")),
        (errno.ENOTDIR, lambda at: at.rmdir("/f")),
        (errno.ENOTEMPTY, lambda at: at.rmdir("/d")),
        (errno.EBUSY, lambda at: at.rmtree("/")),
        (errno.EINVAL, lambda at: at.readlink("/f")),
        (errno.EINVAL, lambda at: at.rename("/d", "/d/sub")),
        (errno.EISDIR, lambda at: at.rename("/f", "/d")),
        (errno.ENOTDIR, lambda at: at.rename("/d", "/f")),
        (errno.ENOTEMPTY, lambda at: at.rename("/e", "/d")),
        (errno.ELOOP, lambda at: at.stat("/loop")),
        (errno.ENOTSUP, lambda at: at.chmod("/dangling", 0o600, follow=False)),
        (errno.ENAMETOOLONG, lambda at: at.write("/" + "n" * 256, b"")),
        (errno.ENAMETOOLONG, lambda at: at.stat("/x" * 3000)),
        (errno.EINVAL, lambda at: at.write("/a\0b", b"")),
        (errno.EILSEQ, lambda at: at.write("/\ud800", b"")),
        (errno.EINVAL, lambda at: at.setxattr("/f", "user.a=b", b"")),
    ],
)
def test_errors_are_those_of_the_kernel(code, call):
    at = building(
        {
            "f": b"",
            "d": {"x": b""},
            "e": {},
            "dangling": "-> nowhere",
            "loop": "-> loop",
            "null": Device(Meta(0o666), "char", 1, 3),
        }
    )
    failing(code, call, at)


def test_writing_through_a_dangling_link_makes_its_target():
    at = building({"l": "-> d/new", "d": {}})
    at.write("/l", b"x")
    assert at.read("/d/new") == b"x"
    assert at.readlink("/l") == "d/new"


def test_mkdir_parents_passes_through_links():
    at = building({"real": {}, "l": "-> real"})
    at.mkdir("/l/a/b", parents=True)
    assert names(at.build()) == ["l", "real", "real/a", "real/a/b"]


def test_realpath_and_exists():
    at = building({"a": {"b": b""}, "l": "-> /a", "gone": "-> x/y"})
    assert at.realpath("/l/../l/b") == "/a/b"
    assert at.realpath("/l/new") == "/a/new"
    assert at.realpath("/") == "/"
    assert at.exists("/l/b")
    assert not at.exists("/gone")
    assert not at.exists("/a/b/c")


def test_removing_takes_the_link_and_not_what_it_means():
    at = building({"d": {"x": b""}, "l": "-> d"})
    at.remove("/l")
    at.rmtree("/d")
    assert names(at.build()) == []


def test_rename_moves_over_files_and_empty_directories():
    at = building({"a": b"A", "b": b"B", "d": {"x": b""}, "e": {}, "l": "-> a"})
    at.rename("/a", "/b")
    at.rename("/d", "/e")
    at.rename("/l", "/m")
    made = at.build()
    assert names(made) == ["b", "e", "e/x", "m"]
    assert data(made.get("b").content) == b"A"
    assert isinstance(made.get("m"), Symlink)


def test_rename_between_names_of_one_file_does_nothing():
    at = building({"a": b""})
    at.link("/a", "/b")
    at.rename("/a", "/b")
    at.rename("/a", "/a")
    assert at.listdir("/") == ["a", "b"]


def test_what_was_moved_there_and_back_is_in_the_layer():
    at = building({"f": b"1", "d": {"x": b""}})
    lower = at.build()
    at.rename("/f", "/g")
    at.rename("/g", "/f")
    at.rename("/d", "/e")
    at.rename("/e", "/d")
    assert paths(lower, at.build()) == ["d", "d/x", "f"]


def test_chown_drops_set_id_bits_and_capabilities_of_files_only():
    at = building({"su": exe(b"", 0o6755), "lock": exe(b"", 0o2644), "d": {}})
    at.chmod("/d", 0o2775)
    at.setxattr("/su", "security.capability", b"cap")
    at.setxattr("/su", "user.note", b"n")
    for path in ("/su", "/lock", "/d"):
        at.chown(path, 5, -1)
    assert at.lstat("/su").meta == Meta(0o755, 5, 0, 0, {"user.note": b"n"})
    assert at.lstat("/lock").meta.mode == 0o2644
    assert at.lstat("/d").meta.mode == 0o2775


def test_new_files_take_the_group_of_a_set_group_id_directory():
    at = building()
    at.mkdir("/staff", 0o2775, 0, 50)
    at.write("/staff/f", b"", gid=7)
    at.mkdir("/staff/d")
    at.symlink("f", "/staff/l")
    assert [at.lstat(f"/staff/{name}").meta.gid for name in "fdl"] == [50, 50, 50]
    assert at.lstat("/staff/d").meta.mode == 0o2755
    at.put("/staff/raw", node(b""))
    assert at.lstat("/staff/raw").meta.gid == 0


def test_links_are_changed_themselves_when_not_followed():
    at = building({"f": b"", "l": "-> f"})
    at.chown("/l", 3, 4, follow=False)
    at.utime("/l", 9, follow=False)
    assert at.lstat("/l").meta == Meta(0o777, 3, 4, 9)
    assert at.lstat("/f").meta.uid == 0
    at.chown("/l", 3, 4)
    assert at.lstat("/f").meta.uid == 3


def test_removing_one_name_leaves_the_other_as_it_was():
    at = building()
    at.write("/a", b"1")
    at.link("/a", "/b")
    before = at.build()
    at.remove("/a")
    assert at.build().get("b") is before.get("b")
    at.append("/b", b"2")
    assert at.read("/b") == b"12"


def test_names_of_one_file_stay_one_file_after_build():
    at = building({"d": {}})
    at.write("/d/a", b"1")
    at.link("/d/a", "/b")
    at.build()
    at.append("/b", b"2")
    made = at.build()
    assert made.get("d/a") is made.get("b")
    assert data(made.get("b").content) == b"12"


def test_devices_can_be_linked_and_changed():
    at = building()
    at.mknod("/null", "char", 1, 3, 0o666)
    at.link("/null", "/zero")
    at.chmod("/zero", 0o600)
    found = at.build().get("null")
    assert isinstance(found, Device)
    assert (found.kind, found.major, found.minor, found.meta.mode) == ("char", 1, 3, 0o600)


def test_put_takes_a_directory_from_the_same_builder():
    at = building({"src": {"x": b"1"}})
    at.write("/src/y", b"2")
    at.put("/copy", at.lstat("/src"))
    at.write("/src/y", b"3")
    assert at.read("/copy/y") == b"2"
    assert isinstance(at.build().get("copy"), Dir)


def test_put_replaces_what_is_there():
    at = building({"d": {"x": b""}})
    at.put("/d", node(b"file now"))
    assert at.read("/d") == b"file now"
    at.put("/", tree({"only": b""}).root)
    assert at.listdir("/") == ["only"]


def test_many_appends_are_one_content():
    at = building()
    for count in range(3000):
        at.append("/log", b"%d\n" % count)
    assert at.read("/log").splitlines()[-1] == b"2999"


def test_appending_to_large_content_does_not_read_it():
    class Unreadable:
        size = 5 << 30

        def open(self):
            raise AssertionError("read")

    at = building()
    at.put("/big", File(Meta(0o644), Unreadable()))
    at.append("/big", b"end")
    assert at.build().get("big").content.size == (5 << 30) + 3
