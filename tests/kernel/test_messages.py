"""What a front end gets: messages, in order, and the reply."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from kernel.harness import Harness


def test_python_cells_are_ipythons(kernel: Harness) -> None:
    outcome = kernel.execute("1 + 1")
    assert outcome.reply["status"] == "ok"
    assert outcome.messages[-1][1]["data"] == {"text/plain": "2"}


def test_a_docker_cell_streams_and_leaves_out_alone(kernel: Harness) -> None:
    kernel.execute("41 + 1")
    outcome = kernel.execute("docker image ls")
    assert outcome.reply["status"] == "ok"
    assert outcome.kinds == ["stream:stdout"]
    assert outcome.text() == "REPOSITORY   TAG       IMAGE ID   CREATED   SIZE\n"
    assert kernel.shell.user_ns["_"] == 42


def test_numbering_history_and_user_expressions(kernel: Harness) -> None:
    before = kernel.shell.execution_count
    outcome = kernel.execute("docker image ls", user_expressions={"a": "1 + 2"})
    assert outcome.reply["execution_count"] == before
    assert kernel.shell.execution_count == before + 1
    assert outcome.reply["user_expressions"]["a"]["data"]["text/plain"] == "3"
    assert kernel.shell.history_manager.input_hist_raw[-1] == "docker image ls"
    kernel.execute("docker image ls", silent=True)
    kernel.execute("docker image ls", store_history=False)
    assert kernel.shell.execution_count == before + 1


def test_c03_a_failing_command_fails_the_cell(kernel: Harness) -> None:
    outcome = kernel.execute("docker image rm nosuch:1\ndocker image ls")
    assert outcome.kinds == ["stream:stderr", "error"]
    assert outcome.text("stderr") == "Error response from daemon: No such image: nosuch:1\n"
    error = outcome.messages[-1][1]
    assert (error["ename"], error["evalue"]) == ("DockerError", "Error response from daemon: No such image: nosuch:1")
    assert outcome.reply["status"] == "error"
    assert {key: outcome.reply[key] for key in ("ename", "evalue", "traceback")} == error
    assert error["traceback"] == ["DockerError: docker image rm nosuch:1: exit code 1"]


def test_the_rule_of_several_commands_is_the_same_in_both_shells(kernel: Harness) -> None:
    plain = "docker image rm a || docker image ls -q\ndocker image rm b && true\ndocker image rm c\ndocker version"
    for script in (plain, f"docker image ls -q | cat\n{plain}"):
        outcome = kernel.execute(script)
        assert [line.rpartition(" ")[2] for line in outcome.text("stderr").splitlines()] == [
            "a:latest",
            "b:latest",
            "c:latest",
        ]
        assert outcome.text() == ""
        assert outcome.reply["evalue"] == "Error response from daemon: No such image: c:latest"


def test_usage_errors_and_help(kernel: Harness) -> None:
    outcome = kernel.execute("docker image ls --nosuch")
    assert outcome.reply["ename"] == "DockerError"
    assert "unknown flag: --nosuch" in outcome.text("stderr")
    assert "Usage:  docker image ls [OPTIONS]" in kernel.execute("docker image ls --help").text()


def test_folder_and_exported_variables_stay_for_the_next_cell(kernel: Harness, tmp_path: Path) -> None:
    (tmp_path / "notebook" / "web").mkdir()
    kernel.execute("docker image ls -q; cd web; export GREETING=hi; GONE=1")
    assert Path.cwd() == tmp_path / "notebook" / "web"
    outcome = kernel.execute(
        "docker image ls -q | cat\necho $GREETING[$GONE] $(basename $PWD)\nexport MORE='a\nb'\ncd .."
    )
    assert outcome.text() == "hi[] web\n"
    assert (Path.cwd(), os.environ["MORE"]) == (tmp_path / "notebook", "a\nb")
    kernel.execute("docker image ls -q > /dev/null; unset GREETING")
    assert "GREETING" not in os.environ
    assert "dockkernel-" not in os.environ["PATH"]
    assert "BASH_ENV" not in os.environ


def test_what_needs_a_shell_gets_one(kernel: Harness, tmp_path: Path) -> None:
    outcome = kernel.execute(
        "docker image ls > list.txt\nmkdir -p ctx && cat > ctx/Dockerfile <<EOF\nFROM scratch\nEOF\n"
        "for f in *; do echo $f; done\nwc -l < list.txt"
    )
    assert outcome.text().split() == ["ctx", "list.txt", "1"]
    assert (tmp_path / "notebook" / "ctx" / "Dockerfile").read_text() == "FROM scratch\n"


def test_binary_output_passes_through_a_pipe(kernel: Harness) -> None:
    assert (
        kernel.execute(
            "docker image ls -q; head -c 100000 /dev/urandom > a; cat a | gzip | gunzip | cmp - a && echo same"
        ).text()
        == "same\n"
    )


def test_modules_in_the_notebook_folder_do_no_harm(kernel: Harness, tmp_path: Path) -> None:
    (tmp_path / "notebook" / "json.py").write_text("raise SystemExit('shadowed')")
    assert kernel.execute("docker image ls -q | cat").reply["status"] == "ok"


def test_a_transcript_runs_what_was_typed(kernel: Harness) -> None:
    outcome = kernel.execute("$ docker image ls\nREPOSITORY   TAG   IMAGE ID\nnginx   latest\n$ docker image ls -q")
    assert outcome.text() == "REPOSITORY   TAG       IMAGE ID   CREATED   SIZE\n"


def test_ipythons_own_cell_magics_take_docker_cells(kernel: Harness) -> None:
    kernel.execute("%%capture seen\ndocker image ls")
    assert kernel.shell.user_ns["seen"].stdout.startswith("REPOSITORY")


def test_only_comments_and_blank_cells(kernel: Harness) -> None:
    assert kernel.execute("%%docker\n# nothing\n").reply["status"] == "ok"
    assert kernel.execute("# docker image ls").messages == []


def test_our_own_mistakes_are_told_as_such(kernel: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dockkernel.commands.run.execute", lambda *_: 1 // 0)
    error = kernel.execute("docker image ls").messages[-1][1]
    assert error["ename"] == "InternalError"
    assert error["evalue"] == "internal error: ZeroDivisionError: integer division or modulo by zero"
    assert "report" in error["traceback"][0]


def test_a_store_that_cannot_be_opened_is_one_line(
    kernel: Harness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("DOCKKERNEL_HOME", str(tmp_path / "file"))
    outcome = kernel.execute("docker image ls")
    assert outcome.kinds == ["stream:stderr", "error"]
    assert len(outcome.messages[-1][1]["traceback"]) == 1


def test_our_own_terminal_command_works_on_the_same_store(kernel: Harness) -> None:
    kernel.execute("%%dockerfile -q -t web:1\nFROM scratch\nLABEL a=b")
    outcome = kernel.execute("dockkernel docker image ls -q --no-trunc && docker image ls -q --no-trunc")
    assert outcome.reply["status"] == "ok"
    first, second = outcome.text().splitlines()
    assert first == second
