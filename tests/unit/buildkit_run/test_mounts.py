"""The mounts of RUN: what a process sees, what stays in a cache, and that the layer holds nothing of them."""

from __future__ import annotations

import pytest
from support.kitruns import Kit
from support.rootfs import busybox, debian

from dockkernel.errors import InvalidInput
from dockkernel.fs.builder import TreeBuilder
from dockkernel.fs.node import Dir, Meta
from dockkernel.fs.tree import Tree


def files(**contents: bytes) -> Tree:
    builder = TreeBuilder(Tree.empty(), lambda: 5)
    for name, data in contents.items():
        path = "/" + name.replace("__", "/")
        builder.mkdir(path.rpartition("/")[0] or "/", parents=True)
        builder.write(path, data)
    return builder.build()


SOURCE = files(a=b"one\n", src__b=b"two\n", src__deep__c=b"three\n")


class TestBind:
    def test_a_directory_of_the_context_is_seen_and_left_out(self) -> None:
        step = Kit().run("cat /in/a /in/src/b", "target=/in", inputs=[SOURCE])
        assert (step.out, step.layer) == ("one\ntwo\n", [])
        assert step.ran.rootfs is step.before

    def test_a_source_is_a_path_in_it(self) -> None:
        step = Kit().run("cat /in/c; ls /in", "source=src/deep,target=/in", inputs=[SOURCE])
        assert step.out == "three\nc\n"

    def test_a_file_is_mounted_as_a_file(self) -> None:
        step = Kit().run("cat /etc/conf/x; ls -l /etc/conf | wc -l", "source=a,target=/etc/conf/x", inputs=[SOURCE])
        assert step.out == "one\n2\n"
        assert step.layer == []

    def test_it_is_read_only(self) -> None:
        step = Kit().run("echo x > /in/new", "target=/in", inputs=[SOURCE])
        assert step.err == "/bin/sh: can't create /in/new: Read-only file system\n"
        assert step.failure == ('process "/bin/sh -c echo x > /in/new" did not complete successfully: exit code: 1')

    def test_what_is_mounted_can_be_seen(self) -> None:
        step = Kit().run("mount | grep ' /in\\| /c'", "target=/in", "type=cache,target=/c", inputs=[SOURCE])
        assert step.out == "/dev/root on /c type ext4 (rw,relatime)\n/dev/root on /in type ext4 (ro,relatime)\n"

    def test_what_is_written_with_rw_is_lost(self) -> None:
        step = Kit().run("rm -r /in/src; echo x > /in/a; cat /in/a; ls /in", "target=/in,rw", inputs=[SOURCE])
        assert (step.out, step.layer) == ("x\na\n", [])

    def test_a_missing_source_is_told_as_a_cache_key_that_cannot_be_computed(self) -> None:
        with pytest.raises(InvalidInput, match=r'^failed to compute cache key: .*: "/nowhere": not found$'):
            Kit().run("true", "source=nowhere,target=/in", inputs=[SOURCE])

    def test_a_target_is_relative_to_the_working_directory(self) -> None:
        step = Kit().run("cat in/a; pwd", "target=in", inputs=[SOURCE], cwd="/tmp")
        assert step.out == "one\n/tmp\n"

    def test_a_link_in_the_source_is_followed_inside_it(self) -> None:
        builder = TreeBuilder(SOURCE, lambda: 5)
        builder.symlink("/src/deep", "/link")
        step = Kit().run("ls /in", "source=link,target=/in", inputs=[builder.build()])
        assert step.out == "c\n"

    def test_several_mounts_of_one_source(self) -> None:
        mounts = ("source=.,target=/tmp/test", "source=a,target=/tmp/a")
        step = Kit().run("cat /tmp/test/src/b /tmp/a > /both", *mounts, inputs=[SOURCE, SOURCE])
        assert step.layer == ["+ both"]

    def test_a_directory_cannot_be_mounted_on_a_file(self) -> None:
        step = Kit().run("true", "target=/etc/passwd", inputs=[SOURCE])
        assert step.err == (
            'runc run failed: unable to start container process: error during container init: error mounting "/" to '
            'rootfs at "/etc/passwd": mount /:/etc/passwd (via /proc/self/fd/6), flags: 0x5000: not a directory\n'
        )
        assert step.failure.endswith("exit code: 1")


class TestTargets:
    def test_directories_made_for_targets_go_when_they_are_empty(self) -> None:
        builder = TreeBuilder(busybox(), lambda: 5)
        builder.mkdir("/test/qux", parents=True)
        mounts = [f"type=tmpfs,target=/test/{name}" for name in ("foo", "bar/x/y", "baz/x", "qux")]
        step = Kit().run("touch /test/baz/keep", *mounts, rootfs=builder.build())
        assert step.layer == ["~ test", "+ test/baz", "+ test/baz/keep"]
        assert sorted(path for path, _ in step.ran.rootfs.walk() if path.startswith("test")) == [
            "test",
            "test/baz",
            "test/baz/keep",
            "test/qux",
        ]

    def test_a_target_keeps_what_it_covers(self) -> None:
        step = Kit().run("ls /etc; touch /etc/new", "type=tmpfs,target=/etc")
        assert (step.out, step.layer) == ("", [])

    def test_a_target_is_followed_through_links(self) -> None:
        step = Kit().run("ls -d /usr/bin/sub; touch /bin/sub/x", "type=tmpfs,target=/bin/sub", rootfs=debian())
        assert (step.out, step.layer) == ("/usr/bin/sub\n", ["+ dev", "+ proc", "+ sys"])

    def test_a_link_to_what_is_not_there_yet(self) -> None:
        builder = TreeBuilder(busybox(), lambda: 5)
        builder.symlink("/data/real", "/link")
        step = Kit().run("ls /data/real; ls -d /data/real", "target=/link", inputs=[SOURCE], rootfs=builder.build())
        assert step.out == "a\nsrc\n/data/real\n"
        assert step.layer == []

    def test_a_mount_point_is_busy(self) -> None:
        step = Kit().run("rm -rf /in; mv /in /out", "type=tmpfs,target=/in")
        assert "rm: can't remove '/in': Device or resource busy\n" in step.err
        assert step.layer == []

    def test_a_directory_above_a_mount_point_cannot_be_moved(self) -> None:
        step = Kit().run("echo x > /a/b/c; mv /a /z", "type=tmpfs,target=/a/b")
        assert step.layer == []

    def test_removing_all_leaves_what_is_covered(self) -> None:
        step = Kit().run("rm -rf /home /var /tmp", "type=cache,target=/var/spool", "type=tmpfs,target=/tmp")
        assert step.ran.exit_code == 1
        assert step.layer == ["- home"]

    def test_a_mount_inside_a_mount(self) -> None:
        kit = Kit()
        mounts = ("target=/work,rw", "type=cache,target=/work/node_modules")
        step = kit.run("echo x > /work/node_modules/m; ls /work", *mounts, inputs=[SOURCE])
        assert (step.out, step.layer) == ("a\nnode_modules\nsrc\n", [])
        assert [path for path, _ in kit.kept["//work/node_modules"].walk()] == ["m"]

    def test_a_read_only_mount_has_no_place_for_another_one(self) -> None:
        step = Kit().run("true", "target=/work", "type=cache,target=/work/new", inputs=[SOURCE])
        assert step.err.endswith(
            'error mounting "/" to rootfs at "/work/new": mkdir /work/new: read-only file system\n'
        )

    def test_a_mount_inside_a_read_only_one_can_be_written(self) -> None:
        kit = Kit()
        step = kit.run("echo x > /work/src/new", "target=/work", "type=cache,target=/work/src", inputs=[SOURCE])
        assert step.failure == ""
        assert [path for path, _ in kit.kept["//work/src"].walk()] == ["new"]

    def test_the_place_of_a_mount_inside_a_cache_stays_in_the_cache(self) -> None:
        kit = Kit()
        kit.run("true", "type=cache,target=/c", "type=tmpfs,target=/c/t")
        assert kit.run("ls /c", "type=cache,target=/c").out == "t\n"

    def test_of_two_mounts_at_one_place_the_later_one_counts(self) -> None:
        step = Kit().run("ls /in", "target=/in", "source=src,target=/in", inputs=[SOURCE, SOURCE])
        assert step.out == "b\ndeep\n"

    def test_nothing_is_mounted_in_proc(self) -> None:
        step = Kit().run("true", "type=tmpfs,target=/proc/x")
        assert '"/proc/x" cannot be mounted because it is inside /proc' in step.err


class TestTmpfs:
    def test_it_is_empty_and_anybody_may_write(self) -> None:
        step = Kit().run("stat -c %a /t; echo x > /t/x; cat /t/x", "type=tmpfs,target=/t", user="nobody")
        assert step.out == "1777\nx\n"

    def test_its_size_is_a_limit(self) -> None:
        line = "head -c 3000 /dev/zero > /t/a && head -c 5000 /dev/zero > /t/b && echo fits"
        step = Kit().run(line, "type=tmpfs,target=/t,size=8k")
        assert "No space left on device" in step.err
        assert "fits" not in step.out

    def test_what_is_removed_gives_its_room_back(self) -> None:
        line = "for i in 1 2 3 4 5 6; do head -c 4000 /dev/zero > /t/a; rm /t/a; done; echo fits"
        assert Kit().run(line, "type=tmpfs,target=/t,size=8k").out == "fits\n"

    def test_its_size_can_be_seen(self) -> None:
        step = Kit().run("grep /dev/shm /proc/mounts", "type=tmpfs,target=/dev/shm,size=128m")
        assert "size=131072k" in step.out
        assert step.out.count("\n") == 1

    def test_df_counts_what_is_in_it(self) -> None:
        line = "head -c 300000 /dev/zero > /t/x; df -k /t | tail -n 1; df / | tail -n 1; df /none"
        step = Kit().run(line, "type=tmpfs,target=/t,size=1m")
        assert step.out.splitlines()[0].split() == ["tmpfs", "1024", "296", "728", "29%", "/t"]
        assert step.out.splitlines()[1].split()[::5] == ["overlay", "/"]
        assert step.err == "df: /none: No such file or directory\n"

    def test_it_may_cover_shared_memory(self) -> None:
        step = Kit().run("echo x > /dev/shm/x; cat /dev/shm/x", "type=tmpfs,target=/dev/shm")
        assert (step.out, step.layer) == ("x\n", [])


class TestCost:
    def test_untouched_directories_stay_the_same_objects(self) -> None:
        step = Kit().run("echo x > /new", "type=cache,target=/var/spool/x", "target=/in", inputs=[SOURCE])
        for name in ("bin", "var", "etc", "usr"):
            assert step.ran.rootfs.get(name) is step.before.get(name)

    def test_a_root_without_the_runtimes_directories_gets_them(self) -> None:
        tree = busybox().without("proc").without("sys").without("dev")
        step = Kit().run("true", rootfs=tree)
        assert step.layer == ["+ dev", "+ proc", "+ sys"]

    def test_etc_is_a_changed_directory_where_the_sandboxs_files_had_to_be_made(self) -> None:
        assert Kit().run("true", rootfs=busybox().without("etc/hosts")).layer == ["~ etc"]
        assert Kit().run("ls /etc", rootfs=busybox().without("etc")).layer == []

    def test_a_working_directory_that_is_not_there_is_made_for_its_user(self) -> None:
        step = Kit().run("pwd; touch x", cwd="/srv/app", user="nobody")
        node = step.ran.rootfs.get("srv/app")
        assert isinstance(node, Dir)
        assert (step.out, node.meta.uid, node.meta.mode) == ("/srv/app\n", 65534, Meta().mode)
