"""What every executor keeps of mounts, of a build's sandbox and towards several callers at once."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from dockkernel.exec.protocol import ExecRequest, Stream
from dockkernel.fs.node import Dir, File
from dockkernel.testing.executor import PATH, ExecutorConformance, Ran
from dockkernel.testing.trees import data, tree


class MountConformance(ExecutorConformance):
    """The promises about `mounts`, `capacities` and `sandbox`, and that calls do not disturb each other."""

    def mounted(
        self,
        script: str,
        *points: tuple[str, bool],
        capacities: Mapping[str, int] | None = None,
        sandbox: bool = False,
        read_only: bool = False,
    ) -> Ran:
        """Runs a script over the root file system with a file `old` in each mount."""
        seen = self.rootfs()
        for path, _ in points:
            seen = seen.with_node(path, tree({"old": b"old\n"}).root)
        pieces: list[tuple[Stream, bytes]] = []
        request = ExecRequest(
            seen,
            ("/bin/sh", "-c", script),
            {"PATH": PATH},
            hostname="box",
            read_only=read_only,
            mounts=points,
            capacities=capacities or {},
            sandbox=sandbox,
        )
        result = self.executor().run(request, lambda stream, part: pieces.append((stream, part)))
        return Ran(result, pieces)

    def test_a_mount_point_is_busy(self) -> None:
        """It can be emptied, not removed or moved, nor can what holds it be moved."""
        ran = self.mounted("rm -rf /m/in; mv /m/in /x; mv /m /x", ("/m/in", False))
        assert "busy" in ran.err
        found = ran.result.rootfs.get("m/in")
        assert isinstance(found, Dir)
        assert not found.children
        assert ran.result.rootfs.get("x") is None

    def test_mounts_are_file_systems_of_their_own(self) -> None:
        """No hard link leads from one to another; a move copies."""
        ran = self.mounted("ln /m/old /linked; mv /m/old /moved; cat /moved", ("/m", False))
        assert ran.out == "old\n"
        assert ran.result.rootfs.get("linked") is None

    def test_the_innermost_mount_says_whether_it_can_be_written(self) -> None:
        """A read-only mount refuses writes, one inside it need not; the same for the root."""
        script = "echo new > /m/new; echo new > /m/in/new; echo new > /new; cat /m/old"
        for read_only in (False, True):
            ran = self.mounted(script, ("/m", True), ("/m/in", False), read_only=read_only)
            after = ran.result.rootfs
            assert ran.out == "old\n"
            assert "Read-only file system" in ran.err
            assert after.get("m/new") is None
            assert isinstance(after.get("m/in/new"), File)
            assert (after.get("new") is None) == read_only

    def test_a_mount_of_limited_size(self) -> None:
        """What does not fit is refused; room that was given back can be used."""
        script = "head -c 9000 /dev/zero > /m/a; rm -f /m/a; head -c 6000 /dev/zero > /m/b; rm /m/old; echo x > /m/c"
        ran = self.mounted(script, ("/m", False), capacities={"/m": 12288})
        assert "No space left on device" in ran.err
        found = ran.result.rootfs.get("m/b")
        assert isinstance(found, File)
        assert found.content.size == 6000
        assert isinstance(ran.result.rootfs.get("m/c"), File)

    def test_a_mount_in_a_directory_that_the_runtime_covers(self) -> None:
        """`/dev/shm` can be one."""
        ran = self.mounted("cat /dev/shm/old; echo new > /dev/shm/new; [ -c /dev/null ]", ("/dev/shm", False))
        found = ran.result.rootfs.get("dev/shm/new")
        assert (ran.out, ran.result.exit_code) == ("old\n", 0)
        assert isinstance(found, File)
        assert data(found.content) == b"new\n"

    def test_a_builds_sandbox(self) -> None:
        """No variable with its name; `/etc/hostname` is the image's own."""
        ran = self.mounted("env | grep HOSTNAME; hostname; cat /etc/hostname; echo own > /etc/hostname", sandbox=True)
        assert ran.out == "box\n"
        assert isinstance(ran.result.rootfs.get("etc/hostname"), File)
        assert ran.result.rootfs.get("etc/hosts") == self.rootfs().get("etc/hosts")

    def test_several_at_once(self) -> None:
        """Four callers over one tree: each gets its own output and its own changes, and the tree stays as it was."""
        rootfs = self.rootfs()
        before = dict(rootfs.walk())

        def one(number: int) -> Ran:
            line = f"for i in 1 2 3 4 5 6 7 8 9; do echo {number} >> /n; sleep 0.01; done; cp /n /n{number}; cat /n"
            return self.sh(line, rootfs=rootfs)

        with ThreadPoolExecutor(4) as pool:
            for number, ran in enumerate(pool.map(one, range(4))):
                assert ran.out == f"{number}\n" * 9
                assert isinstance(ran.result.rootfs.get(f"n{number}"), File)
                assert ran.result.rootfs.get(f"n{(number + 1) % 4}") is None
        assert all(rootfs.get(path) is node for path, node in before.items())
