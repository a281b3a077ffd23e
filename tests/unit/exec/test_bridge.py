"""The shell library's C interface, pinned: each function of its table against the installed version."""

from __future__ import annotations

from importlib.metadata import version

import pytest
from bashkit import Bash
from support.rootfs import busybox

from dockkernel.exec.virtual.bridge import Bridge
from dockkernel.exec.virtual.files import Files
from dockkernel.exec.virtual.identity import Identity
from dockkernel.exec.virtual.vocabulary import BUILTINS, LIBRARY, OVERRIDDEN


@pytest.fixture
def files() -> Files:
    return Files(busybox(), Identity(), lambda: 1_700_000_000_123_456_789)


def test_the_pinned_version() -> None:
    assert version("bashkit").startswith("0.20.")


def test_reading(files: Files) -> None:
    bridge = Bridge(files)
    seen = bridge.filesystem()
    assert seen.read_file("/etc/os-note") == b"busybox-static 1.35.0\n"
    assert seen.exists("/etc/passwd")
    assert not seen.exists("/nope")
    assert seen.read_link("/bin/sh") == "busybox"
    assert {entry["name"] for entry in seen.read_dir("/etc")} == {"group", "hosts", "os-note", "passwd", "resolv.conf"}
    assert seen.stat("/bin/sh")["file_type"] == "symlink"
    assert (seen.stat("/etc")["file_type"], seen.stat("/etc")["mode"]) == ("directory", 0o755)
    assert (seen.stat("/etc/os-note")["size"], seen.stat("/etc/os-note")["mode"]) == (22, 0o644)
    assert bridge.held == 0


def test_writing(files: Files) -> None:
    seen = Bridge(files).filesystem()
    seen.write_file("/a", b"\xff\x00")
    seen.append_file("/a", b"more")
    seen.mkdir("/d/e", recursive=True)
    seen.rename("/a", "/d/a")
    seen.copy("/d/a", "/d/b")
    seen.symlink("b", "/d/l")
    seen.chmod("/d/b", 0o600)
    seen.remove("/d/e", recursive=True)
    assert files.read("/d/a") == files.read("/d/l") == b"\xff\x00more"
    assert files.stat("/d/b").meta.mode == 0o600
    assert files.stat("/d/a").meta.mtime_ns == 1_700_000_000_123_456_789
    assert files.listdir("/d") == ["a", "b", "l"]


@pytest.mark.parametrize(
    ("act", "says"),
    [
        (lambda seen: seen.read_file("/nope"), "No such file or directory"),
        (lambda seen: seen.read_file("/etc"), "Is a directory"),
        (lambda seen: seen.write_file("/etc/passwd/x", b""), "Not a directory"),
        (lambda seen: seen.mkdir("/etc"), "File exists"),
        (lambda seen: seen.remove("/etc"), "Directory not empty"),
        (lambda seen: seen.read_link("/etc"), "Invalid argument"),
    ],
)
def test_errors(files: Files, act: object, says: str) -> None:
    bridge = Bridge(files)
    with pytest.raises(Exception, match=says):
        act(bridge.filesystem())  # type: ignore[operator]
    assert bridge.held == 0


def test_names_that_are_no_utf8(files: Files) -> None:
    files.write("/tmp/\udcff", b"x")
    assert [name.encode("utf-8", "surrogateescape") for name in files.listdir("/tmp")] == [b"\xff"]
    assert len(Bridge(files).filesystem().read_dir("/tmp")) == 1


def test_the_library_has_the_commands_that_are_left_to_it() -> None:
    bash = Bash()
    known = set(bash.execute_sync("ls /usr/bin; compgen -b").stdout.split())
    assert known >= LIBRARY
    assert known - LIBRARY - OVERRIDDEN - BUILTINS == {"sh", "bash"}
