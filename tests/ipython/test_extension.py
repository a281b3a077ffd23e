"""`%load_ext dockkernel` in a plain IPython kernel and in a terminal's IPython."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from ipykernel.ipkernel import IPythonKernel
from kernel.harness import Harness

from dockkernel.frontends.ipython.expand import expand

BUILD = "%%dockerfile -q -t web:1\nFROM scratch\nLABEL a=b"


@pytest.fixture(scope="module")
def shared_kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Harness]:
    """IPython's own kernel, for the tests of this folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IPYTHONDIR", str(tmp_path_factory.mktemp("ipython")))
        harness = Harness(IPythonKernel)
        harness.execute("%load_ext dockkernel")
        yield harness
        harness.close()


def test_the_magics_do_as_in_our_kernel(kernel: Harness) -> None:
    outcome = kernel.execute(BUILD)
    assert outcome.kinds[-1] == "display_data"
    assert kernel.execute("%docker image ls").text().splitlines()[1].startswith("web          1 ")
    assert kernel.execute("%%docker\nfor i in 1 2; do docker image ls -q; done").text().count("\n") == 2
    failed = kernel.execute("%docker image rm nosuch")
    assert failed.kinds == ["stream:stderr", "error"]
    assert failed.reply["ename"] == "DockerError"


def test_why_a_step_ran(kernel: Harness) -> None:
    kernel.execute("%%dockerfile -q -t why:1\nFROM scratch\nLABEL a=b")
    kernel.execute("%%dockerfile -q -t why:1\nFROM scratch\nLABEL a=c")
    told = kernel.execute("%why build why:1").text()
    assert told == ("Why steps ran again:\n  Step 2 : LABEL a=c: the instruction has changed (LABEL a=b → LABEL a=c)\n")
    assert kernel.execute("%why build nope").reply["ename"] == "CellError"
    assert kernel.execute("%why").reply["ename"] == "UsageError"


def test_dockerfile_cells_go_on_and_point_into_the_cell(kernel: Harness) -> None:
    kernel.execute("%%dockerfile -t web:1\nFROM scratch AS base\nLABEL a=b")
    kernel.execute("%%dockerfile --continue\nFROM base\nLABEL c=d")
    assert kernel.execute("%dockerfile --show").text() == "FROM scratch AS base\nLABEL a=b\nFROM base\nLABEL c=d\n"
    failed = kernel.execute("%%dockerfile --continue\nLABEL e=f\nCOPPY a b")
    assert "   3 | >>> COPPY a b\n     |     ^^^^^\n" in failed.displays()[0]["text/plain"]
    assert failed.kinds[-1] == "error"


def test_nothing_else_changes(kernel: Harness) -> None:
    assert kernel.execute("FROM scratch\nLABEL a=b").reply["ename"] == "SyntaxError"
    assert kernel.execute("docker = 1\ndocker + 1").reply["status"] == "ok"
    kernel.execute("del docker")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('image ls --format "{{.ID}}"', ["image", "ls", "--format", "{{.ID}}"]),
        ("run -e H=$HOME -e A={img} busybox", ["run", "-e", "H=$HOME", "-e", "A={img}", "busybox"]),
        ("--expand run -e A={img} busybox", ["run", "-e", "A=web:1", "busybox"]),
    ],
)
def test_c07_text_reaches_the_command_untouched(
    kernel: Harness, monkeypatch: pytest.MonkeyPatch, line: str, expected: list[str]
) -> None:
    seen: list[list[str]] = []
    monkeypatch.setattr("dockkernel.commands.run.execute", lambda session, argv, **_: seen.append(argv) or 0)
    kernel.execute("img = 'web:1'")
    assert kernel.execute(f"%docker {line}").reply["status"] == "ok"
    assert kernel.execute(f"def f(img):\n    %docker {line}\nf('web:1')").reply["status"] == "ok"
    assert seen == [expected, expected]


def test_completion(kernel: Harness) -> None:
    kernel.execute(BUILD)
    for code, expected in (
        ("%docker image rm we", "web:1"),
        ("x = 1\ny = %docker image hist", "history"),
        ("%%docker\ndocker image rm we", "web:1"),
        ("%%dockerfile\nFROM we", "web:1"),
        ("%%dockerfile --no-ca", "--no-cache"),
        ("%%dockerfile --cont", "--continue"),
        ("%%dockerfile --outp", "--output"),
        ("%dockerfile --sh", "--show"),
        ("%doc", "%docker"),
    ):
        reply = kernel.kernel.do_complete(code, len(code))
        assert expected in reply["matches"]
        assert expected.startswith(code[reply["cursor_start"] : reply["cursor_end"]])


def test_unload_and_load_again(kernel: Harness) -> None:
    kernel.execute("%unload_ext dockkernel")
    assert "docker" not in kernel.shell.magics_manager.magics["line"]
    assert "not found" in kernel.execute("%docker image ls").text("stderr")
    kernel.execute("%load_ext dockkernel")
    kernel.execute("%reload_ext dockkernel")
    assert kernel.execute("%docker image ls -q").reply["status"] == "ok"
    assert len(kernel.shell.Completer.custom_matchers) == 1


def test_in_a_terminal(tmp_path: Path) -> None:
    script = (
        "from IPython.terminal.interactiveshell import TerminalInteractiveShell as Shell\n"
        "shell = Shell.instance(); shell.run_line_magic('load_ext', 'dockkernel')\n"
        "shell.run_cell('r = %docker image ls'); print(repr(shell.user_ns['r']))\n"
        "shell.run_cell('%%dockerfile\\nFROM scratch\\nCOPPY a b', store_history=True)\n"
        "shell.run_cell('%docker image rm nosuch'); print('after')\n"
    )
    env = {"DOCKKERNEL_HOME": str(tmp_path / "home"), "IPYTHONDIR": str(tmp_path / "ipython"), "PATH": ""}
    ended = subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, text=True, check=True)
    assert "REPOSITORY   TAG       IMAGE ID   CREATED   SIZE\n" in ended.stdout
    assert "PrintedResult(exit_code=0)" in ended.stdout
    assert "   3 | >>> COPPY a b\n     |     ^^^^^\n" in ended.stdout
    assert ended.stdout.rstrip().endswith("after")
    assert "Traceback" not in ended.stdout + ended.stderr


def test_expand() -> None:
    names = {"n": 3, "ids": ["a", "b"], "d": {"k": "v"}}
    assert expand(["{n}", "x{n}y", "{{n}}", "{d['k']}", "{ids}", "-f={ids}"], names) == [
        "3", "x3y", "{{n}}", "v", "a", "b", "-f=['a', 'b']",
    ]  # fmt: skip
    with pytest.raises(ValueError, match=r"--expand: \{nosuch\}: NameError"):
        expand(["{nosuch}"], names)
