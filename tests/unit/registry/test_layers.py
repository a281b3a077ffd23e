"""From a recipe's layer to changes: sizes to the byte, real files, filler in constant memory."""

from __future__ import annotations

import pytest

from dockkernel.errors import ParseError
from dockkernel.fs.node import Dir, File, Node, Symlink
from dockkernel.fs.tar import layer_size
from dockkernel.registry.layers import SAYS, Filler, Ground, Layer, program
from dockkernel.registry.recipe import body


def laid(ground: Ground | None = None, **members: object) -> dict[str, Node | None]:
    return {change.path: change.node for change in Layer(ground or Ground(), 10**18).lay(body(members))}


def text_of(node: Node | None) -> str:
    assert isinstance(node, File)
    with node.content.open() as stream:
        return stream.read().decode()


def test_bulk_fills_a_layer_to_the_byte() -> None:
    members = {
        "size": 1_000_003,
        "text": {"etc/a": "abc"},
        "links": {"b": "etc/a"},
        "bulk": "usr/x 2 usr/lib/y.so 1 z 7",
    }
    changes = Layer(Ground(), 0).lay(body(members))
    assert layer_size(changes) == 1_000_003


def test_too_small_a_size_is_refused() -> None:
    with pytest.raises(ParseError, match="3 bytes without filler, 2 wanted"):
        laid(size=2, text={"a": "abc"}, bulk="b 1")


def test_an_unknown_member_is_refused() -> None:
    with pytest.raises(ParseError, match="colour"):
        body({"colour": "red"})


def test_parents_come_before_children_with_their_known_modes() -> None:
    nodes = laid(Ground(modes={"tmp": "1777"}), text={"tmp/a/b": "x"})
    assert list(nodes) == ["tmp", "tmp/a", "tmp/a/b"]
    top = nodes["tmp"]
    assert isinstance(top, Dir)
    assert (top.meta.mode, top.meta.mtime_ns) == (0o1777, 10**18)


def test_a_merged_usr_moves_what_belongs_into_it() -> None:
    nodes = laid(merged=True, programs={"bin": "ls", "sbin": "fsck"}, links={"bin/sh": "ls"})
    assert isinstance(nodes["bin"], Symlink)
    assert {"usr/bin/ls", "usr/sbin/fsck", "usr/bin/sh"} <= set(nodes)
    above = laid(Ground(merged=True), programs={"bin": "more"})
    assert list(above) == ["usr", "usr/bin", "usr/bin/more"]


def test_appending_takes_up_what_the_layers_below_wrote() -> None:
    nodes = laid(Ground(texts={"etc/passwd": "root:x\n"}), append={"etc/passwd": "app:x\n"})
    assert text_of(nodes["etc/passwd"]) == "root:x\napp:x\n"


def test_packages_are_stanzas_of_dpkg() -> None:
    text = text_of(laid(dpkg="bash 5.2\ntar 1.34\n")["var/lib/dpkg/status"])
    assert text.count("Status: install ok installed\n") == 2
    assert "Package: tar\n" in text
    assert "Version: 1.34\n" in text


def test_many_links_in_one_directory() -> None:
    nodes = laid(links={"bin/": "busybox: cat ls"})
    assert [name for name, node in nodes.items() if isinstance(node, Symlink)] == ["bin/cat", "bin/ls"]


def test_hard_links_are_one_file() -> None:
    changes = Layer(Ground(), 0).lay(body({"programs": {"bin": "a=5000"}, "same": {"bin/a": "b c"}}))
    assert layer_size(changes) == 5000
    assert len({id(change.node) for change in changes if isinstance(change.node, File)}) == 1


def test_removed_paths_are_deletions() -> None:
    assert laid(remove="etc/motd")["etc/motd"] is None


def test_filler_is_a_head_and_zeros() -> None:
    filler = program("bin/x", 3_000_000)
    with filler.open() as stream:
        data = stream.read(1000)
        rest = b"".join(iter(lambda: stream.read(1 << 20), b""))
    assert data.startswith(b"\x7fELF")
    assert b"dockkernel teaching image filler: /bin/x\n" in data
    assert len(data) + len(rest) == 3_000_000
    assert not rest.strip(b"\0")


@pytest.mark.parametrize("size", [0, 3, 10, 100])
def test_filler_may_be_shorter_than_its_head(size: int) -> None:
    with Filler(b"0123456789", size).open() as stream:
        assert stream.read() == (b"0123456789" + bytes(100))[:size]


def test_a_program_can_carry_what_it_prints() -> None:
    node = laid(size=9000, bulk="hello 1", says={"hello": "Hi\n"})["hello"]
    assert isinstance(node, File)
    with node.content.open() as stream:
        assert stream.read().partition(SAYS)[2].partition(b"\0")[0] == b"Hi\n"
    assert node.meta.mode == 0o755
