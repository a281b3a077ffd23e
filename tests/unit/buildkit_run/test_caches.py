"""Cache mounts: kept from build to build, shared among steps."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from support.kitruns import Kit, Step
from support.rootfs import busybox

from dockkernel.build.buildkit.sharing import SharedCaches
from dockkernel.fs.builder import TreeBuilder
from dockkernel.fs.node import Dir
from dockkernel.fs.tree import Tree


def names(tree: Tree) -> list[str]:
    return [path for path, _ in tree.walk()]


def test_what_a_step_leaves_the_next_build_finds() -> None:
    kit = Kit()
    assert kit.run("echo hi > /c/x", "type=cache,target=/c").layer == []
    assert kit.run("cat /c/x", "type=cache,target=/c").out == "hi\n"
    assert kit.again().run("cat /c/x", "type=cache,target=/c").out == "hi\n"


def test_what_a_step_leaves_that_fails_is_kept_too() -> None:
    kit = Kit()
    assert kit.run("echo hi > /c/x; exit 1", "type=cache,target=/c").ran.exit_code == 1
    assert kit.run("cat /c/x", "type=cache,target=/c").out == "hi\n"


def test_the_id_is_the_target_where_none_is_given() -> None:
    kit = Kit()
    kit.run("touch /a/x", "type=cache,target=/a/")
    assert kit.run("ls /b", "type=cache,target=/b").out == ""
    assert kit.run("ls /b", "type=cache,id=/a,target=/b").out == "x\n"
    assert list(kit.kept) == ["//a", "//b"]
    assert kit.described["//a"] == 'cached mount /a from exec /bin/sh -c touch /a/x with id "//a"'


def test_one_is_kept_from_its_first_use_and_then_where_it_changed() -> None:
    kit = Kit()
    kit.run("ls /c", "type=cache,target=/c")
    first = kit.kept["//c"]
    assert names(first) == []
    kit.run("ls /c", "type=cache,target=/c")
    assert kit.kept["//c"] is first


def test_a_new_one_has_the_owner_and_mode_that_were_asked_for() -> None:
    kit = Kit()
    mount = "type=cache,target=/c,uid=1001,gid=1002,mode=0751"
    assert kit.run("stat -c '%u %g %f' /c; touch /c/x", mount).out == "1001 1002 41e9\n"
    assert kit.again().run("stat -c '%u %g %f' /c; ls /c", mount).out == "1001 1002 41e9\nx\n"
    assert kit.run("ls /c; stat -c '%u %g %a' /c", "type=cache,target=/c").out == "0 0 755\n"


def test_one_that_begins_with_a_stages_files() -> None:
    builder = TreeBuilder(Tree.empty(), lambda: 5)
    builder.mkdir("/seed")
    builder.write("/seed/x", b"seed\n")
    first = builder.build()
    kit = Kit()
    mount = "type=cache,target=/c,from=base,source=seed"
    assert kit.run("cat /c/x; echo own > /c/y", mount, inputs=[first], names=["sha256:1"]).out == "seed\n"
    assert kit.again().run("ls /c", mount, inputs=[first], names=["sha256:1"]).out == "x\ny\n"
    assert kit.again().run("ls /c", mount, inputs=[first], names=["sha256:2"]).out == "x\n"


def test_a_directory_in_it_that_is_not_there() -> None:
    step = Kit().run("true", "type=cache,target=/c,source=sel")
    assert step.err.endswith("open /sel: no such file or directory\n")
    assert step.ran.exit_code == 1


def test_a_link_in_it_does_not_lead_out() -> None:
    kit = Kit()
    kit.run("ln -s /etc /c/sel", "type=cache,id=e,target=/c")
    assert kit.run("cat /v/passwd", "type=cache,id=e,source=sel,target=/v").ran.exit_code == 1


def test_a_read_only_one() -> None:
    kit = Kit()
    kit.run("echo hi > /c/x", "type=cache,target=/c")
    step = kit.run("cat /c/x; echo more > /c/x", "type=cache,target=/c,ro")
    assert step.out == "hi\n"
    assert "Read-only file system" in step.err


def test_one_cache_at_two_places() -> None:
    kit = Kit()
    kit.run("touch /a/x; touch /b/y", "type=cache,id=k,target=/a", "type=cache,id=k,target=/b")
    assert names(kit.kept["/k"]) == ["x", "y"]


def test_a_private_one_is_another_while_it_is_in_use() -> None:
    kept: dict[str, Tree] = {}
    caches = SharedCaches(kept.get, lambda key, tree, what: kept.update({key: tree}))
    one = caches.take("/k", "private", Tree.empty, "", lambda: False)
    other = caches.take("/k", "private", Tree.empty, "", lambda: False)
    assert one is not None
    assert other is not None
    assert one.key != other.key


def test_who_waits_for_a_locked_one_can_be_stopped() -> None:
    caches = SharedCaches({}.get, lambda key, tree, what: None)
    assert caches.take("/k", "locked", Tree.empty, "", lambda: False)
    assert caches.take("/k", "locked", Tree.empty, "", lambda: True) is None
    assert caches.take("/k", "shared", Tree.empty, "", lambda: True) is None


def parallel(kit: Kit, lines: list[str], *mounts: str) -> list[Step]:
    together = threading.Barrier(len(lines))

    def one(line: str) -> Step:
        together.wait(30)
        return kit.run(line, *mounts)

    with ThreadPoolExecutor(len(lines)) as pool:
        return list(pool.map(one, lines))


def test_steps_side_by_side_do_not_disturb_each_other() -> None:
    """Four at once over one root file system, each with a shared cache and files of its own."""
    kit = Kit()
    lines = [
        f"for i in 1 2 3 4 5 6 7 8; do echo {n} >> /work{n}; mkdir -p /c/{n}; echo $i > /c/{n}/$i; done; "
        f"sha256sum /work{n} > /sum{n}; seq 1 2000 | sort -r | head -n 1; cat /etc/passwd | wc -l"
        for n in range(4)
    ]
    steps = parallel(kit, lines, "type=cache,target=/c")
    for n, step in enumerate(steps):
        assert step.failure == ""
        assert step.out == "999\n3\n"
        assert step.layer == [f"+ sum{n}", f"+ work{n}"]
    assert len(names(kit.kept["//c"])) == 4 * 9
    assert busybox().get("work0") is None


def test_what_is_locked_is_one_after_the_other() -> None:
    kit = Kit()
    line = "n=$(cat /c/n 2>/dev/null || echo 0); sleep 0.05; echo $((n + 1)) > /c/n"
    parallel(kit, [line] * 4, "type=cache,target=/c,sharing=locked")
    assert kit.run("cat /c/n", "type=cache,target=/c").out == "4\n"


def test_two_locks_are_taken_in_one_order() -> None:
    kit = Kit()
    one = ("type=cache,id=a,target=/a,sharing=locked", "type=cache,id=b,target=/b,sharing=locked")
    with ThreadPoolExecutor(4) as pool:
        steps = [pool.submit(kit.run, "sleep 0.05", *(one if n % 2 else one[::-1])) for n in range(4)]
        assert [step.result(60).ran.exit_code for step in steps] == [0] * 4


def test_the_content_is_a_directory() -> None:
    kit = Kit()
    kit.run("chmod 700 /c; touch /c/x", "type=cache,target=/c")
    assert isinstance(kit.kept["//c"].root, Dir)
