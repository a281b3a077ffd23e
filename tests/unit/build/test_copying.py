"""Where COPY puts things and what they look like there."""

from __future__ import annotations

import pytest

from dockkernel.build.checksum import ContentDigests, joined_digest, source_digest
from dockkernel.build.copying import copy_source, destination
from dockkernel.build.owners import find_owner
from dockkernel.build.sources import find_sources, sources_digest
from dockkernel.errors import InvalidInput
from dockkernel.fs.builder import TreeBuilder
from dockkernel.fs.node import Dir, File, Inline, Link, Meta, Symlink
from dockkernel.fs.tree import Tree
from dockkernel.testing.trees import Spec, data, exe, names, tree

NOW = 50 * 10**9
CONTEXT = tree(
    {
        "a.txt": File(Meta(0o640, mtime_ns=7_900_000_000), Inline(b"alpha")),
        "b.txt": "beta",
        "suid": exe(b"x", 0o4755),
        "dir": Dir(Meta(0o700, mtime_ns=10**9), {"x": tree({"f": "x"}).root.children["f"], "sub": Dir(Meta(0o711))}),
        "link": "-> dir/x",
        "out": "-> ../../a.txt",
        "loop": "-> loop",
        "odd[1]": "odd",
    }
)


def copied(
    below: dict[str, Spec], dest: str, *patterns: str, owner: tuple[int, int] = (0, 0), working_dir: str = "/"
) -> Tree:
    builder = TreeBuilder(tree(below), lambda: NOW)
    place = destination(builder, dest, working_dir)
    for source in find_sources(CONTEXT, patterns):
        copy_source(builder, source, place, owner)
    return builder.build()


def text(found: Tree, path: str) -> str:
    node = found.get(path)
    assert isinstance(node, File), path
    return data(node.content).decode()


def test_a_file_lands_where_it_is_told() -> None:
    assert names(copied({}, "/x", "a.txt")) == ["x"]
    assert names(copied({}, "/new/", "a.txt")) == ["new", "new/a.txt"]
    assert names(copied({"d": {}}, "/d", "a.txt")) == ["d", "d/a.txt"]
    assert names(copied({}, "deep/x", "a.txt", working_dir="/w")) == ["w", "w/deep", "w/deep/x"]
    assert names(copied({"w": {}}, ".", "a.txt", working_dir="/w")) == ["w", "w/a.txt"]


def test_a_file_keeps_its_mode_and_whole_seconds_and_belongs_to_root() -> None:
    node = copied({}, "/new/", "a.txt").get("new/a.txt")
    assert node is not None
    assert node.meta == Meta(0o640, 0, 0, 7 * 10**9)
    made = copied({}, "/new/", "a.txt", owner=(1, 2)).get("new")
    assert made is not None
    assert made.meta == Meta(0o755, 1, 2, NOW)


def test_a_new_owner_takes_the_set_user_id_bit() -> None:
    node = copied({}, "/x", "suid").get("x")
    assert node is not None
    assert node.meta.mode == 0o755


def test_a_directory_gives_what_is_in_it() -> None:
    found = copied({"there": {"kept": "k", "sub": Dir(Meta(0o755, 9, 9))}}, "/there", "dir", owner=(3, 4))
    assert names(found) == ["there", "there/kept", "there/sub", "there/x"]
    there, sub = found.get("there"), found.get("there/sub")
    assert there is not None
    assert sub is not None
    assert (there.meta.mode, there.meta.uid) == (0o755, 0)
    assert (sub.meta.mode, sub.meta.uid, sub.meta.gid) == (0o711, 3, 4)
    new = copied({}, "/new", "dir").get("new")
    assert new is not None
    assert new.meta == Meta(0o755, 0, 0, NOW)


def test_what_replaces_what() -> None:
    assert text(copied({"d": {"x": {"old": "1"}}}, "/d/", "dir"), "d/x") == "x"
    assert isinstance(copied({"d": {"sub": "file"}}, "/d/", "dir").get("d/sub"), Dir)
    linked = copied({"d": {"sub": "-> /etc"}, "etc": {}}, "/d/", "dir")
    assert isinstance(linked.get("d/sub"), Dir)
    assert isinstance(copied({"d": {"a.txt": "-> /etc"}}, "/d/", "a.txt").get("d/a.txt"), File)


def test_links_in_the_destination_are_followed_inside_the_root() -> None:
    assert text(copied({"real": {}, "to": "-> ../../real"}, "/to/", "a.txt"), "real/a.txt") == "alpha"
    assert text(copied({"to": "-> /real/file"}, "/to", "a.txt"), "real/file") == "alpha"


def test_sources_are_followed_inside_the_context() -> None:
    assert text(copied({}, "/x", "link"), "x") == "x"
    assert text(copied({}, "/x", "out"), "x") == "alpha"
    assert names(copied({}, "/d/", "link")) == ["d", "d/link"]
    kept = copied({}, "/all", ".").get("all/link")
    assert isinstance(kept, Symlink)
    assert kept.target == "dir/x"


def test_wildcards() -> None:
    assert names(copied({}, "/d/", "*.txt")) == ["d", "d/a.txt", "d/b.txt"]
    assert names(copied({}, "/one", "a*")) == ["one"]
    assert names(copied({}, "/d/", "./?.txt", "/dir/x")) == ["d", "d/a.txt", "d/b.txt", "d/x"]
    assert text(copied({}, "/odd", "odd[[]1]"), "odd") == "odd"


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("missing.txt", "file not found in build context or excluded by .dockerignore: stat missing.txt: "),
        ("dir/../no", "file not found in build context or excluded by .dockerignore: stat no: file does not exist"),
        ("../x", r"forbidden path outside the build context: \.\./x \(\)"),
        ("/../x", r"forbidden path outside the build context: \.\./x \(\)"),
        ("dir/../../x", "forbidden path outside the build context: "),
        ("loop", "forbidden path outside the build context: loop"),
        ("*.nope", "no source files were specified"),
        ("[", "no source files were specified"),
    ],
)
def test_sources_that_are_not_there(pattern: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        copied({}, "/d/", pattern)


def test_something_in_the_way() -> None:
    with pytest.raises(InvalidInput, match="failed to copy files: failed to create new directory: mkdir /f: not a dir"):
        copied({"f": "file"}, "/f/x", "a.txt")
    with pytest.raises(InvalidInput, match="failed to copy files: failed to copy directory: mkdir /f: not a directory"):
        copied({"f": "file"}, "/f", "dir")


def test_two_copies_of_a_linked_file_are_two_inodes() -> None:
    link = Link()
    both = tree({"d/1": File(Meta(), Inline(b"x"), link), "d/2": File(Meta(), Inline(b"x"), link)})
    source = find_sources(both, ["d"])[0]
    builder = TreeBuilder(Tree.empty(), lambda: NOW)
    copy_source(builder, source, "/a", (0, 0))
    copy_source(builder, source, "/b", (0, 0))
    groups = [node.link for _, node in builder.build().walk() if isinstance(node, File)]
    assert groups[0] is groups[1]
    assert groups[2] is groups[3]
    assert len({groups[0], groups[2], link}) == 3


def test_digests_follow_content_and_mode_and_not_time() -> None:
    contents = ContentDigests()

    def of(*, mode: int = 0o644, time: int = 0, content: bytes = b"x", name: str = "f") -> str:
        return source_digest(name, File(Meta(mode, mtime_ns=time), Inline(content)), contents)

    assert of() == of(time=5)
    assert len({of(), of(mode=0o600), of(content=b"y"), of(name="g")}) == 4
    first, second = tree({"d": {"a": "1", "b": "2"}}), tree({"d": {"b": "2", "a": "1"}})
    assert source_digest("d", first.root.children["d"], contents) == source_digest(
        "d", second.root.children["d"], contents
    )
    assert of().startswith("file:")
    assert source_digest("", CONTEXT.root, contents).startswith("dir:")
    assert joined_digest(["file:1"]) == "file:1"
    assert joined_digest(["file:1", "file:2"]).startswith("multi:")


def test_digests_are_dockers() -> None:
    # Recorded from CLI 28.2 with daemon 26.1 for files of these names and modes.
    contents = ContentDigests()
    files = tree({"one.txt": "one\n", "two.txt": "two\n", "dir": {"x.txt": "x\n", "y.md": "y\n", "sub/z.txt": "z\n"}})
    one, two, below = find_sources(files, ["one.txt", "two.txt", "dir"])
    assert sources_digest([one], contents) == "file:8d80fc3c4ccf810fda018fb4f47ca7e4f202efd0ea4229a3c882d407f53d26aa"
    assert sources_digest([below], contents) == "dir:17ecda4f06f0246cbc078bc6d3dfd968b90c5c7a8c72f2abc9ae344fe6683694"
    both = "multi:b4eeb9296c17d5b644e49461fcdf028fb61b7cbd7f45606cf4ff1520d21bbc23"
    assert sources_digest([one, two], contents) == both


def test_deep_directories_are_no_problem() -> None:
    deep = tree({"/".join(["d"] * 1500): {"f": "x"}})
    source = find_sources(deep, ["d"])[0]
    builder = TreeBuilder(tree({"x": {"/".join(["d"] * 1400): {}}}), lambda: NOW)
    copy_source(builder, source, "/x", (0, 0))
    assert len(names(builder.build())) == 1501


@pytest.mark.parametrize(
    ("chown", "owner"),
    [("1:2", (1, 2)), ("7", (7, 7)), ("app", (1000, 1001)), ("app:staff", (1000, 50)), ("0:staff", (0, 50))],
)
def test_owners(chown: str, owner: tuple[int, int]) -> None:
    assert find_owner(_people(), chown) == owner


@pytest.mark.parametrize(
    ("chown", "message"),
    [
        (
            "nobody",
            "unable to convert uid/gid chown string to host mapping: can't find uid for user nobody: no such user",
        ),
        (
            "app:x",
            "unable to convert uid/gid chown string to host mapping: can't find gid for group x: no such group: x",
        ),
        ("1:2:3", "invalid chown string format: 1:2:3"),
    ],
)
def test_owners_that_are_not_there(chown: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        find_owner(_people(), chown)


def _people() -> TreeBuilder:
    files = tree({"etc/passwd": "root:x:0:0\napp:x:1000:1001::/:\n", "etc/group": "staff:x:50:\napp:x:1001:\n"})
    return TreeBuilder(files, lambda: 0)
