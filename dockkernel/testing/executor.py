"""What every executor keeps: subclass `ExecutorConformance`, give an executor and a root file system, run it by pytest.

The root file system must have a POSIX `sh` in `/bin` with the usual small programs, `/etc/passwd` with `root` and
`nobody`, and nothing at `/made`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from dockkernel.errors import DockError, LimitExceeded
from dockkernel.exec.protocol import ExecRequest, ExecResult, Executor, Limits, Stream
from dockkernel.fs.change import ChangeKind, diff
from dockkernel.fs.node import Dir, File, Symlink
from dockkernel.fs.tree import Tree
from dockkernel.testing.trees import data

_LIMITS = Limits(60)
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(slots=True)
class Ran:
    """A finished process."""

    result: ExecResult
    pieces: list[tuple[Stream, bytes]] = field(default_factory=list)

    def stream(self, name: Stream) -> bytes:
        """All that it wrote there."""
        return b"".join(part for stream, part in self.pieces if stream == name)

    @property
    def out(self) -> str:
        """Its stdout as text."""
        return self.stream("stdout").decode()

    @property
    def err(self) -> str:
        """Its stderr as text."""
        return self.stream("stderr").decode()


class ExecutorConformance:
    """The promises of `exec.protocol.Executor`, as a learner sees them."""

    def executor(self) -> Executor:
        """A fresh executor."""
        raise AssertionError("a subclass gives it")

    def rootfs(self) -> Tree:
        """The root file system that the tests run in."""
        raise AssertionError("a subclass gives it")

    def run(
        self,
        *argv: str,
        env: Mapping[str, str] | None = None,
        cwd: str = "/",
        user: str = "",
        stdin: bytes = b"",
        limits: Limits = _LIMITS,
        rootfs: Tree | None = None,
        read_only: bool = False,
    ) -> Ran:
        """Runs a process to its end."""
        ran: list[tuple[Stream, bytes]] = []
        request = ExecRequest(
            self.rootfs() if rootfs is None else rootfs,
            argv,
            {"PATH": PATH, **(env or {})},
            cwd,
            user,
            "box",
            stdin,
            limits,
            read_only=read_only,
        )
        result = self.executor().run(request, lambda stream, part: ran.append((stream, part)))
        return Ran(result, ran)

    def sh(self, script: str, **options: object) -> Ran:
        """Runs a script with `/bin/sh -c`."""
        return self.run("/bin/sh", "-c", script, **options)  # type: ignore[arg-type]

    # What comes out.

    def test_output_and_exit_code(self) -> None:
        """Both streams and the code of the last command."""
        ran = self.sh("echo out; echo err >&2; exit 7")
        assert (ran.out, ran.err, ran.result.exit_code, ran.result.reason) == ("out\n", "err\n", 7, None)

    def test_program_without_a_shell(self) -> None:
        """Arguments reach a program as they are."""
        assert self.run("echo", "a  b", "$HOME", "*").out == "a  b $HOME *\n"

    def test_bytes_are_kept(self) -> None:
        """What is no text stays what it is, in pipes and on stdout."""
        every = bytes(range(256))
        assert self.run("cat", stdin=every).stream("stdout") == every
        assert self.sh("cat | gzip | gunzip", stdin=every).stream("stdout") == every

    def test_large_output(self) -> None:
        """A megabyte arrives whole."""
        assert self.sh("head -c 1250000 /dev/zero").stream("stdout") == bytes(1250000)

    def test_standard_input_is_shared(self) -> None:
        """One command goes on where the one before stopped reading."""
        assert self.sh('read a; echo "<$a>"; cat', stdin=b"1\n2\n3\n").out == "<1>\n2\n3\n"

    # What cannot be run.

    def test_no_such_program(self) -> None:
        """The runtime's words; nothing is started and nothing changes."""
        ran = self.run("nosuchcmd")
        assert ran.result.exit_code == 127
        assert ran.result.reason == 'exec: "nosuchcmd": executable file not found in $PATH'
        assert diff(self.rootfs(), ran.result.rootfs) == ()

    def test_no_such_path(self) -> None:
        """A path that is not there."""
        assert self.run("/no/such").result.reason == 'exec: "/no/such": stat /no/such: no such file or directory'

    def test_not_executable(self) -> None:
        """A file without the execute bit."""
        ran = self.run("/etc/passwd")
        assert (ran.result.exit_code, ran.result.reason) == (126, 'exec: "/etc/passwd": permission denied')

    def test_no_shell_in_an_empty_image(self) -> None:
        """An image from scratch runs nothing."""
        ran = self.run("/bin/sh", "-c", "echo hi", rootfs=Tree.empty())
        assert ran.result.reason == 'exec: "/bin/sh": stat /bin/sh: no such file or directory'

    def test_missing_command_in_a_script(self) -> None:
        """The script goes on; the shell says what it misses."""
        ran = self.sh("nosuchcmd; echo $?")
        assert ran.out == "127\n"
        assert "nosuchcmd" in ran.err
        assert "not found" in ran.err

    def test_unknown_user(self) -> None:
        """The daemon's words."""
        with pytest.raises(DockError, match="unable to find user nosuch: no matching entries in passwd file"):
            self.run("true", user="nosuch")

    # What the process sees.

    def test_environment(self) -> None:
        """What was given, and HOME."""
        lines = self.run("env", env={"A": "1", "B": "x y"}).out.splitlines()
        assert {"A=1", "B=x y", "HOME=/root", f"PATH={PATH}"} <= set(lines)

    def test_working_directory(self) -> None:
        """The folder in which it starts."""
        assert self.run("pwd", cwd="/tmp").out == "/tmp\n"

    def test_user(self) -> None:
        """Names and numbers."""
        assert self.run("id", "-u", user="nobody").out == "65534\n"
        assert self.sh("id -u; id -g", user="1234:5678").out == "1234\n5678\n"

    def test_devices(self) -> None:
        """Zeros, noise and nothing."""
        script = "head -c 5000 /dev/zero | wc -c; head -c 16 /dev/urandom | wc -c; echo x >/dev/null; wc -c </dev/null"
        assert self.sh(script).out.split() == ["5000", "16", "0"]

    # What it leaves.

    def test_changed_nothing(self) -> None:
        """Reading, and making what is removed again, leave no change."""
        ran = self.sh("cat /etc/passwd > /dev/null; ls / > /dev/null; true")
        assert diff(self.rootfs(), ran.result.rootfs) == ()

    def test_outside_the_image(self) -> None:
        """What is written to `/dev`, `/proc`, `/sys` and the files mounted in `/etc` is in no layer."""
        script = "echo x > /dev/shm/x; echo y >> /etc/hosts; echo z > /etc/resolv.conf; echo p > /proc/p"
        ran = self.sh(script)
        assert diff(self.rootfs(), ran.result.rootfs) == ()

    def test_changes(self) -> None:
        """Files with content, mode, owner and links; what was removed is gone."""
        script = """mkdir -p /made/sub; echo hi > /made/f; chmod 640 /made/f; ln -s f /made/l; ln /made/f /made/h
chown 5:6 /made/sub; rm /etc/group"""
        after = self.sh(script).result.rootfs
        file, other = after.get("made/f"), after.get("made/h")
        assert isinstance(file, File)
        assert isinstance(other, File)
        assert (file.meta.mode, file.meta.uid, data(file.content)) == (0o640, 0, b"hi\n")
        assert file.link is not None
        assert file.link is other.link
        folder, link = after.get("made/sub"), after.get("made/l")
        assert isinstance(folder, Dir)
        assert isinstance(link, Symlink)
        assert (folder.meta.uid, folder.meta.gid, link.target) == (5, 6, "f")
        assert after.get("etc/group") is None
        assert ("etc/group", ChangeKind.DELETED) in {(one.path, one.kind) for one in diff(self.rootfs(), after)}

    def test_files_of_another_user(self) -> None:
        """Belong to that user, who may not write where it has no right to."""
        ran = self.sh("touch /tmp/mine; touch /not-mine; echo $?", user="nobody")
        made = ran.result.rootfs.get("tmp/mine")
        assert made is not None
        assert made.meta.uid == 65534
        assert ran.result.rootfs.get("not-mine") is None
        assert "ermission denied" in ran.err

    def test_read_only(self) -> None:
        """A read-only root refuses writes."""
        ran = self.run("touch", "/x", read_only=True)
        assert ran.result.exit_code == 1
        assert "Read-only file system" in ran.err

    def test_one_run_sees_what_the_last_one_left(self) -> None:
        """The tree that comes out can go in again."""
        first = self.sh("echo 1 > /made")
        assert self.run("cat", "/made", rootfs=first.result.rootfs).out == "1\n"

    # Limits.

    def test_time_limit(self) -> None:
        """A process that does not end is ended."""
        with pytest.raises(LimitExceeded):
            self.sh("while :; do :; done", limits=Limits(seconds=0.5))

    def test_output_limit(self) -> None:
        """A process that floods is ended."""
        with pytest.raises(LimitExceeded):
            self.sh("yes", limits=Limits(output_bytes=10_000))

    def test_interrupt(self) -> None:
        """An interrupt passes through at once; the process is ended."""
        request = ExecRequest(self.rootfs(), ("/bin/sh", "-c", "echo go; sleep 60"), {"PATH": PATH})

        def interrupt(stream: Stream, part: bytes) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            self.executor().run(request, interrupt)
