"""Random file work in the portable shell leaves the tree that the host's own shell leaves in a real folder."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.rootfs import debian

from dockkernel.exec.protocol import ExecRequest
from dockkernel.exec.virtual.executor import VirtualExecutor
from dockkernel.fs.node import Dir, File, Link, Symlink
from dockkernel.testing.trees import data

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or not shutil.which("bash"), reason="needs Linux with bash and GNU programs"
)

NAMES = st.sampled_from(["a", "b", "d", "d/x", "d/y", "d/e", "d/e/z", "l", "nope/q"])
MODES = st.sampled_from(["600", "755", "u+x", "go-rw", "a=r", "+w", "700"])


def _line(form: str, *parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(*parts).map(lambda values: form.format(*values))


LINES = st.one_of(
    _line("echo {0} > {1}", NAMES, NAMES),
    _line("echo more >> {0}", NAMES),
    _line("mkdir {0}", NAMES),
    _line("mkdir -p {0}", NAMES),
    _line("rm {0}", NAMES),
    _line("rm -rf {0}", NAMES),
    _line("rmdir {0}", NAMES),
    _line("mv {0} {1}", NAMES, NAMES),
    _line("cp {0} {1}", NAMES, NAMES),
    _line("cp -r {0} {1}", NAMES, NAMES),
    _line("cp -a {0} {1}", NAMES, NAMES),
    _line("ln {0} {1}", NAMES, NAMES),
    _line("ln -s {0} {1}", NAMES, NAMES),
    _line("ln -sf {0} {1}", NAMES, NAMES),
    _line("chmod {0} {1}", MODES, NAMES),
    _line("chmod -R {0} {1}", MODES, NAMES),
    _line("touch {0}", NAMES),
    _line("truncate -s 5 {0}", NAMES),
    _line("cat {0} > {1}", NAMES, NAMES),
    _line("test -e {0} && echo yes || echo no", NAMES),
    _line("ls {0}", NAMES),
    _line("umask {0}", st.sampled_from(["022", "077", "002"])),
)

ENV = {"PATH": "/usr/bin:/bin", "HOME": "/root"}


@given(st.lists(LINES, min_size=1, max_size=14))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_like_the_real_shell(lines: list[str]) -> None:
    script = "".join(f"{line}; echo $?\n" for line in lines)
    out, facts = _real(script)
    ours_out, ours_facts = _ours(script)
    assert ours_facts == facts
    assert ours_out == out


def _real(script: str) -> tuple[str, dict[str, object]]:
    with tempfile.TemporaryDirectory() as folder:
        run = subprocess.run(
            ["bash", "-c", script, "/bin/sh"], cwd=folder, env=ENV, capture_output=True, text=True, check=False
        )
        facts = {}
        inodes: dict[int, str] = {}
        for path in sorted(Path(folder).rglob("*")):
            name = path.relative_to(folder).as_posix()
            found = path.lstat()
            first = inodes.setdefault(found.st_ino, name) if found.st_nlink > 1 and path.is_file() else None
            facts[name] = _fact(path, found, None if path.is_symlink() else first)
        return run.stdout, facts


def _fact(path: Path, found: os.stat_result, first: str | None) -> tuple[object, ...]:
    if path.is_symlink():
        return ("link", str(path.readlink()))
    mode = stat.S_IMODE(found.st_mode)
    return ("dir", mode) if path.is_dir() else ("file", mode, path.read_bytes(), first)


def _ours(script: str) -> tuple[str, dict[str, object]]:
    out = {"stdout": b"", "stderr": b""}

    def output(stream: str, part: bytes) -> None:
        out[stream] += part

    result = VirtualExecutor().run(ExecRequest(debian("bash"), ("/bin/sh", "-c", script), ENV, "/w"), output)
    facts: dict[str, object] = {}
    names: dict[Link, list[str]] = {}
    for path, node in result.rootfs.walk():
        name = path.removeprefix("w/")
        if name == path:
            continue
        match node:
            case Dir():
                facts[name] = ("dir", node.meta.mode)
            case Symlink():
                facts[name] = ("link", node.target)
            case File():
                if node.link is not None:
                    names.setdefault(node.link, []).append(name)
                facts[name] = ("file", node.meta.mode, data(node.content), None)
    for group in names.values():
        for name in group:
            if len(group) > 1:
                facts[name] = (*facts[name][:3], min(group))  # type: ignore[index]
    return out["stdout"].decode(), facts
