"""The portable executor beside what every executor keeps: honest refusals, users, order, binary files."""

from __future__ import annotations

import threading
from collections.abc import Mapping

import pytest
from support.rootfs import TIME_NS, busybox, debian, program

from dockkernel.exec.protocol import ExecRequest, ExecResult, Stream
from dockkernel.exec.virtual.executor import VirtualExecutor
from dockkernel.exec.virtual.recorded import MARKER
from dockkernel.fs.node import Dir, File, Inline, Meta
from dockkernel.fs.tree import Tree

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Run:
    """A finished process."""

    def __init__(self, tree: Tree, *argv: str, env: Mapping[str, str] | None = None, **options: object) -> None:
        self.pieces: list[tuple[Stream, bytes]] = []
        request = ExecRequest(tree, argv, {"PATH": PATH, **(env or {})}, **options)  # type: ignore[arg-type]
        self.result: ExecResult = VirtualExecutor().run(request, lambda *piece: self.pieces.append(piece))

    @property
    def out(self) -> str:
        return b"".join(part for stream, part in self.pieces if stream == "stdout").decode()

    @property
    def err(self) -> str:
        return b"".join(part for stream, part in self.pieces if stream == "stderr").decode()


def sh(script: str, tree: Tree | None = None, **options: object) -> Run:
    return Run(busybox() if tree is None else tree, "/bin/sh", "-c", script, **options)  # type: ignore[arg-type]


def with_program(name: str, node: File) -> Tree:
    return debian().with_node(f"usr/bin/{name}", node)


def test_an_unknown_program_is_refused_in_one_line() -> None:
    run = Run(with_program("nginx", program("nginx")), "nginx", "-v")
    assert run.result.exit_code == 127
    assert run.result.reason is None
    assert run.out == ""
    assert run.err.count("\n") == 1
    assert run.err.startswith("nginx: not simulated")


@pytest.mark.parametrize("name", ["apt-get", "perl"])
def test_a_program_that_needs_a_world_is_refused(name: str) -> None:
    run = sh(f"{name} install x; echo $?", debian())
    assert run.out == "127\n"
    assert run.err.startswith(f"{name}: not simulated yet by the portable shell")


@pytest.mark.parametrize("name", ["bash", "curl", "jq", "git", "python3", "make"])
def test_what_the_image_has_not_is_not_there(name: str) -> None:
    run = sh(f"{name} --version; echo $?; command -v {name} || echo none")
    assert run.out == "127\nnone\n"
    assert run.err == f"/bin/sh: {name}: not found\n"


def test_a_filler_says_what_its_file_says() -> None:
    node = File(Meta(0o755), Inline(b"\x7fELF\0\0" + MARKER + b"line 1\nline 2\n" + bytes(100)))
    assert Run(with_program("greet", node), "greet").out == "line 1\nline 2\n"


def test_hello_world() -> None:
    text = b"\nHello from Docker!\nThis message shows that it works.\n\n"
    tree = Tree.empty().with_node("hello", File(Meta(0o755), Inline(b"\x7fELF\0\0" + bytes(99) + text + bytes(9))))
    assert Run(tree, "/hello").out.encode() == text


def test_scripts_by_their_interpreter() -> None:
    tree = busybox().with_node("s", File(Meta(0o755), Inline(b"#!/bin/sh -e\necho $0 $1\nfalse\necho no\n")))
    run = Run(tree, "/s", "x")
    assert (run.out, run.result.exit_code) == ("/s x\n", 1)
    gone = busybox().with_node("s", File(Meta(0o755), Inline(b"#!/bin/nope\n")))
    assert Run(gone, "/s").result.reason == 'exec: "/s": no such file or directory'
    plain = busybox().with_node("s", File(Meta(0o755), Inline(b"echo plain\n")))
    assert Run(plain, "/s").result.reason == 'exec: "/s": exec format error'
    assert sh("/s", plain).out == "plain\n"


def test_busybox_by_its_own_name() -> None:
    assert Run(busybox(), "busybox", "echo", "a").out == "a\n"
    assert Run(busybox(), "busybox", "sh", "-c", "echo b").out == "b\n"
    assert sh("/bin/busybox cat /etc/os-note; /bin/echo c").out == "busybox-static 1.35.0\nc\n"


def test_no_argument_for_c() -> None:
    run = Run(busybox(), "/bin/sh", "-c")
    assert (run.err, run.result.exit_code) == ("/bin/sh: -c requires an argument\n", 2)


def test_environment_in_dockers_order() -> None:
    run = Run(busybox(), "env", env={"A": "1"}, hostname="b2985db87562")
    assert run.out == f"PATH={PATH}\nHOSTNAME=b2985db87562\nA=1\nHOME=/root\n"


def test_home_of_a_user_and_of_a_stranger() -> None:
    assert Run(busybox(), "printenv", "HOME", user="nobody").result.exit_code == 127
    assert sh("echo $HOME", user="nobody").out == "/home\n"
    assert sh("echo $HOME", user="77").out == "/\n"


def test_errors_stay_between_the_lines_they_came_with() -> None:
    run = sh("echo 1; echo 2 >&2; echo 3; ls /nope; echo 4; nosuch; echo 5")
    whole = b"".join(part for _, part in run.pieces).decode()
    assert [line[:1] for line in whole.splitlines()] == ["1", "2", "3", "l", "4", "/", "5"]


def test_a_trace_stands_before_what_it_traces() -> None:
    run = sh("set -x; echo 1; ls /nope; cat /etc/os-note; echo 2 >&2; for i in 3 4; do echo $i; done")
    assert b"".join(part for _, part in run.pieces).decode().splitlines() == [
        "+ echo 1",
        "1",
        "+ ls /nope",
        "ls: /nope: No such file or directory",
        "+ cat /etc/os-note",
        "busybox-static 1.35.0",
        "+ echo 2",
        "2",
        "+ echo 3",
        "3",
        "+ echo 4",
        "4",
    ]


def test_the_environment_of_a_child() -> None:
    lines = sh("export B=2; A=1; env", env={"Z": "0"}).out.splitlines()
    assert lines == [f"PATH={PATH}", "Z=0", "HOME=/root", "B=2", "PWD=/", "SHLVL=1"]
    assert "USER=me" in sh("export USER=me; env").out


def test_output_comes_while_the_process_runs() -> None:
    went_on = threading.Event()
    seen: list[bytes] = []

    def output(stream: Stream, part: bytes) -> None:
        seen.append(part)
        went_on.set()

    request = ExecRequest(busybox(), ("/bin/sh", "-c", "echo first; sleep 0.3; echo second"), {"PATH": PATH})
    VirtualExecutor().run(request, output)
    assert seen[0] == b"first\n"


def test_a_program_made_by_the_script() -> None:
    run = sh(
        "printf '#!/bin/sh\\necho mine $1\\n' > /usr/bin/mine; mine; chmod +x /usr/bin/mine; mine a; rm /usr/bin/mine; mine"
    )
    assert run.out == "mine a\n"
    assert run.err == "/bin/sh: mine: Permission denied\n/bin/sh: mine: not found\n"


def test_times_go_on_from_the_given_one() -> None:
    run = sh("touch /a", now_ns=TIME_NS)
    node = run.result.rootfs.get("a")
    assert node is not None
    assert TIME_NS <= node.meta.mtime_ns < TIME_NS + 60 * 10**9


def test_untouched_parts_of_the_tree_are_the_same_objects() -> None:
    tree = busybox()
    after = sh("echo x > /var/x", tree).result.rootfs
    assert after.get("bin") is tree.get("bin")
    assert after.get("etc") is tree.get("etc")
    assert sh("true", tree).result.rootfs is tree


def test_zeros_are_counted_not_kept() -> None:
    after = sh("head -c 50000000 /dev/zero > /zeros; dd if=/dev/zero of=/more bs=1M count=40 2>/dev/null").result.rootfs
    for name, size in (("zeros", 50_000_000), ("more", 40 << 20)):
        node = after.get(name)
        assert isinstance(node, File)
        assert node.content.size == size
        assert not isinstance(node.content, Inline)


def test_sticky_and_foreign_folders() -> None:
    tree = busybox().with_node("tmp/root", File(Meta(0o644), Inline(b"")))
    run = sh(
        "rm -f /tmp/root; echo x > /tmp/mine; rm /tmp/mine; echo x > /etc/passwd; cat /root/x; ls /root",
        tree,
        user="nobody",
    )
    assert run.err.splitlines() == [
        "rm: can't remove '/tmp/root': Operation not permitted",
        "/bin/sh: can't create /etc/passwd: Permission denied",
        "cat: can't open '/root/x': Permission denied",
        "ls: can't open '/root': Permission denied",
    ]


def test_mount_points_are_busy() -> None:
    run = sh("rm -r /etc; ls /etc; mv /proc /p")
    assert "rm: can't remove '/etc/hosts': Device or resource busy" in run.err
    assert "mv: can't rename '/proc': Device or resource busy" in run.err
    assert run.out.split() == ["hostname", "hosts", "resolv.conf"]


def test_a_working_directory_that_is_not_there() -> None:
    run = Run(busybox(), "pwd", cwd="/nope")
    assert run.result.reason == 'chdir to cwd ("/nope") set in config.json failed: no such file or directory'


def test_exit_codes_of_signals() -> None:
    assert sh("kill -9 $$").result.exit_code == 137
    assert sh("exit 300").result.exit_code == 44


def test_deep_nesting() -> None:
    assert sh('sh -c \'sh -c "sh -c \\"echo deep; exit 4\\""\'; echo $?').out == "deep\n4\n"
    assert sh("echo 'echo $1; exec sh -c \"exit 6\"' > /s; sh /s a; echo $?").out == "a\n6\n"


def test_interrupted_loops_end() -> None:
    def interrupt(stream: Stream, part: bytes) -> None:
        raise KeyboardInterrupt

    before = threading.active_count()
    request = ExecRequest(busybox(), ("/bin/sh", "-c", "echo go; while :; do :; done"), {"PATH": PATH})
    with pytest.raises(KeyboardInterrupt):
        VirtualExecutor().run(request, interrupt)
    assert threading.active_count() <= before


def test_directories_made_in_a_tree_without_any() -> None:
    tree = Tree(Dir(Meta(0o755), {"hello": File(Meta(0o755), Inline(b"\x7fELF\0\0" + MARKER + b"hi\n"))}))
    run = Run(tree, "/hello")
    assert (run.out, run.result.rootfs) == ("hi\n", tree)
