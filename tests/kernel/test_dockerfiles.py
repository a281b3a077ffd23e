"""Dockerfile cells: errors point into the cell, cells go on from each other, a failed RUN says how to look inside."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from kernel.harness import Harness, Outcome


@pytest.fixture(autouse=True)
def _fresh(kernel: Harness) -> None:
    kernel.execute("%dockerfile --reset")


def noted(outcome: Outcome) -> str:
    """The text of the notes of a cell."""
    return "\n".join(data["text/plain"] for data in outcome.displays() if "text/html" in data)


def marked(outcome: Outcome) -> list[str]:
    """The lines of the notes that point at something, with their carets."""
    return [line for line in noted(outcome).split("\n") if ">>>" in line or "^" in line]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("FROM busybox\nCOPPY a b", ["   2 | >>> COPPY a b", "     |     ^^^^^"]),
        ("\n\n# x\nFROM busybox\nCOPPY a b", ["   5 | >>> COPPY a b", "     |     ^^^^^"]),
        ("%%dockerfile -t x\nFROM busybox\nCOPPY a b", ["   3 | >>> COPPY a b", "     |     ^^^^^"]),
        ("\n\n%%dockerfile\n\nFROM busybox\nCOPPY a b\n", ["   6 | >>> COPPY a b", "     |     ^^^^^"]),
        ("%%time\nFROM busybox\nCOPPY a b", ["   3 | >>> COPPY a b", "     |     ^^^^^"]),
        ("# build=-t x\nFROM busybox\nRUN --mout=a b", ["   3 | >>> RUN --mout=a b", "     |         ^^^^^^^^"]),
        ("%%dockerfile\n# syntax=docker/dockerfile:1\nFROM a\nEXPOZE 1", ["   4 | >>> EXPOZE 1", "     |     ^^^^^^"]),
        ("FROM busybox\r\nRUN a \\\r\n  b\r\nCOPPY a b\r\n", ["   4 | >>> COPPY a b", "     |     ^^^^^"]),
        ("FROM busybox\nRUN <<EOF\necho\nEOF\nCOPPY a", ["   5 | >>> COPPY a", "     |     ^^^^^"]),
        ("FROM scratch\nCOPY nosuch /", ["   2 | >>> COPY nosuch /", "     |     ^^^^^^^^^^^^^"]),
        ("FROM scratch AS a\nFROM scratch AS a", ["   2 | >>> FROM scratch AS a", "     |     ^^^^^^^^^^^^^^^^^"]),
        ("FROM scratch\nENV a", ["   2 | >>> ENV a", "     |     ^^^^^"]),
    ],
)
def test_an_error_points_into_the_cell(kernel: Harness, cell: str, expected: list[str]) -> None:
    outcome = kernel.execute(cell)
    assert outcome.reply["ename"] == "DockerError"
    assert marked(outcome) == expected


def test_the_note_names_the_cell_and_helps(kernel: Harness) -> None:
    outcome = kernel.execute("FROM busybox\nCOPPY a b")
    number = outcome.reply["execution_count"]
    assert re.match(rf"In\[{number}\]:2\n", noted(outcome))
    assert noted(outcome).endswith("\ndid you mean COPY?")
    assert "did you mean" not in outcome.text("stderr").replace("(did you mean COPY?)", "")
    assert outcome.kinds[-2:] == ["display_data", "error"]


def test_a_dockerfile_on_the_disk_is_shown_too(kernel: Harness) -> None:
    Path("Dockerfile").write_text("FROM scratch\nCOPPY a b\n")
    assert noted(kernel.execute("docker build .")).startswith("Dockerfile:2\n")
    assert noted(kernel.execute("%docker build .")).startswith("Dockerfile:2\n")


def test_a_failed_run_says_how_to_look_inside(kernel: Harness) -> None:
    kernel.execute("docker pull busybox")
    outcome = kernel.execute("FROM busybox\nRUN echo made > /here\nRUN echo out && exit 3\nRUN echo later")
    assert marked(outcome)[0] == "   3 | >>> RUN echo out && exit 3"
    hint = re.search(r"\n    docker run -it --rm ([0-9a-f]{12}) sh$", noted(outcome))
    assert hint, noted(outcome)
    assert kernel.execute(f"docker run --rm {hint.group(1)} cat /here").text() == "made\n"
    assert "docker run" not in outcome.text() + outcome.text("stderr")


def test_nothing_to_look_inside_before_the_first_step(kernel: Harness) -> None:
    outcome = kernel.execute('FROM scratch\nRUN ["/bin/true"]')
    assert marked(outcome)[0] == '   2 | >>> RUN ["/bin/true"]'
    assert noted(outcome).endswith("-----")


def test_buildkit_keeps_no_image_and_says_so(kernel: Harness) -> None:
    kernel.execute("docker pull busybox")
    outcome = kernel.execute("%%dockerfile --progress plain\nFROM busybox AS one\nRUN true\nRUN exit 3")
    assert marked(outcome)[0] == "   4 | >>> RUN exit 3"
    assert "BuildKit keeps no image of a stage that failed" in noted(outcome)
    assert "--target one -t look" in noted(outcome)
    assert "look" not in outcome.text("stderr")


def test_here_documents_are_buildkits(kernel: Harness) -> None:
    cell = "FROM scratch\nCOPY <<EOF /x\nhello\nEOF\n"
    assert "DOCKER_BUILDKIT=1" in noted(kernel.execute(cell))
    outcome = kernel.execute(f"%%dockerfile --output type=local,dest=out\n{cell}")
    assert outcome.reply["status"] == "ok"
    assert Path("out/x").read_text() == "hello\n"


def test_warnings_of_the_checks_point_into_the_cell(kernel: Harness) -> None:
    outcome = kernel.execute("\n%%dockerfile --check\nFROM scratch\nCMD a b\n")
    assert marked(outcome) == ["   4 | >>> CMD a b", "     |     ^^^^^^^"]
    assert noted(outcome).startswith("JSONArgsRecommended: ")
    assert "Dockerfile:2" in outcome.text(), "Docker's own text has the lines of the Dockerfile"


@pytest.mark.parametrize("flags", ["", " --progress plain"])
def test_a_stage_that_was_meant(kernel: Harness, flags: str) -> None:
    outcome = kernel.execute(f"%%dockerfile{flags}\nFROM scratch AS builder\nFROM scratch\nCOPY --from=biulder /a /b")
    assert marked(outcome)[0] == "   4 | >>> COPY --from=biulder /a /b"
    assert noted(outcome).endswith("\ndid you mean the stage builder?")
    outcome = kernel.execute(f"%%dockerfile{flags}\nFROM scratch AS builder\nLABEL a=b\nFROM biulder\nLABEL a=b")
    assert noted(outcome).endswith("\ndid you mean the stage builder?")


def test_warnings_after_a_build_point_into_the_cell(kernel: Harness) -> None:
    kernel.execute("FROM scratch\nLABEL a=b")
    outcome = kernel.execute("%%dockerfile --continue --progress plain\n\nCMD a b\n")
    assert outcome.reply["status"] == "ok", outcome.text("stderr")
    assert marked(outcome) == ["   3 | >>> CMD a b", "     |     ^^^^^^^"]


def test_a_failed_copy_does_not(kernel: Harness) -> None:
    assert "docker run" not in noted(kernel.execute("FROM scratch\nCOPY nosuch /"))


def test_cells_go_on_from_each_other(kernel: Harness) -> None:
    kernel.execute("docker pull busybox")
    kernel.execute("%%dockerfile -t web:1 --build-arg V=7\nFROM busybox AS base\nARG V\nRUN echo $V > /v")
    second = kernel.execute("%%dockerfile --continue -t web:2\nRUN cat /v")
    assert second.text().count("---> Using cache") == 2
    assert "Step 4/4 : RUN cat /v\n" in second.text()
    assert "\n7\n" in second.text()
    third = kernel.execute("# build=--continue\nFROM busybox\nCOPY --from=base /v /w")
    assert "Step 6/6 : COPY --from=base /v /w" in third.text()
    assert kernel.execute("docker run --rm web:2 cat /v").text() == "7\n"
    assert kernel.execute("docker image ls -q web").text().count("\n") == 2
    text = "FROM busybox AS base\nARG V\nRUN echo $V > /v\nRUN cat /v\nFROM busybox\nCOPY --from=base /v /w\n"
    assert kernel.execute("%dockerfile --show").text() == text
    assert kernel.execute("%dockerfile --export Dockerfile.all").text() == "Writing Dockerfile.all\n"
    assert Path("Dockerfile.all").read_text() == text
    assert kernel.execute("%dockerfile --export Dockerfile.all").text() == "Overwriting Dockerfile.all\n"
    built = kernel.execute("docker build -q --build-arg V=7 -f Dockerfile.all .")
    assert built.text().startswith("sha256:"), built.text("stderr")


def test_an_error_in_a_later_cell_has_its_lines(kernel: Harness) -> None:
    kernel.execute("FROM scratch\nLABEL a=b")
    outcome = kernel.execute("%%dockerfile --continue\n\nLABEL c=d\nCOPY nosuch /")
    assert marked(outcome) == ["   4 | >>> COPY nosuch /", "     |     ^^^^^^^^^^^^^"]
    assert kernel.execute("%dockerfile --show").text() == "FROM scratch\nLABEL a=b\n", "a failed cell adds nothing"


def test_an_earlier_cell_that_breaks_later_is_pointed_at(kernel: Harness) -> None:
    Path("f").write_text("x")
    first = kernel.execute("FROM scratch\nCOPY f /")
    Path("f").unlink()
    outcome = kernel.execute("%%dockerfile --continue\nLABEL c=d")
    assert noted(outcome).startswith(f"In[{first.reply['execution_count']}]:2\n")


def run_cell(kernel: Harness, cell_id: str, code: str) -> Outcome:
    return kernel.execute(code, cell_id=cell_id)


def test_a_cell_that_runs_again_replaces_its_part(kernel: Harness) -> None:
    show = "%dockerfile --show"
    run_cell(kernel, "a", "FROM scratch\nLABEL n=1")
    run_cell(kernel, "b", "%%dockerfile --continue\nLABEL n=2")
    run_cell(kernel, "c", "%%dockerfile --continue\nLABEL n=3")
    run_cell(kernel, "b", "%%dockerfile --continue\nLABEL n=two")
    assert kernel.execute(show).text() == "FROM scratch\nLABEL n=1\nLABEL n=two\n"
    run_cell(kernel, "c", "%%dockerfile --continue\nLABEL n=3")
    run_cell(kernel, "d", "%%dockerfile --continue\nLABEL n=3")
    assert kernel.execute(show).text() == "FROM scratch\nLABEL n=1\nLABEL n=two\nLABEL n=3\nLABEL n=3\n"
    run_cell(kernel, "c", "%%dockerfile --continue\nCOPY nosuch /")
    assert kernel.execute(show).text() == "FROM scratch\nLABEL n=1\nLABEL n=two\n"
    run_cell(kernel, "a", "FROM scratch\nLABEL n=0")
    assert kernel.execute(show).text() == "FROM scratch\nLABEL n=0\n"


def test_without_ids_the_text_tells_which_cell_it_is(kernel: Harness) -> None:
    for code in ("FROM scratch\nLABEL n=1", "%%dockerfile --continue\nLABEL a=b", "%%dockerfile --continue\nLABEL a=b"):
        kernel.execute(code)
    assert kernel.execute("%dockerfile --show").text() == "FROM scratch\nLABEL n=1\nLABEL a=b\n"


@pytest.mark.parametrize(
    ("code", "name", "words"),
    [
        ("%dockerfile", "UsageError", "--export FILE"),
        ("%dockerfile --export", "UsageError", "--export FILE"),
        ("%dockerfile --show", "CellError", "no Dockerfile cell was built yet"),
        ("%dockerfile --export x", "CellError", "no Dockerfile cell was built yet"),
        ("%%dockerfile --continue\nRUN a", "CellError", "begin with FROM"),
        ("# build=--continue\nRUN a", "CellError", "begin with FROM"),
        ("# build=-f x\nFROM scratch", "UsageError", "the cell is the Dockerfile"),
        ("# build=-t 'x\nFROM scratch", "UsageError", "No closing quotation"),
    ],
)
def test_what_cannot_be_done_is_one_line(kernel: Harness, code: str, name: str, words: str) -> None:
    outcome = kernel.execute(code)
    assert outcome.reply["ename"] == name
    assert words in outcome.text("stderr") + outcome.reply["evalue"]


def test_a_file_that_cannot_be_written(kernel: Harness) -> None:
    kernel.execute("FROM scratch\nLABEL a=b")
    outcome = kernel.execute("%dockerfile --export no/such/folder/Dockerfile")
    assert outcome.reply["evalue"] == "--export: no/such/folder/Dockerfile: No such file or directory"


def test_a_build_of_several_stages_is_drawn_once_it_is_over(kernel: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("f").write_text("x")
    cell = "FROM scratch AS a\nCOPY f /\nFROM scratch\nCOPY --from=a /f /g\n"
    pictures = [data["text/plain"] for data in kernel.execute(cell).displays()]
    assert [text.split(" ")[0] for text in pictures] == ["Built", "1"]
    assert "Stage a\n" in pictures[0]
    monkeypatch.setenv("DOCKKERNEL_PROGRESS", "off")
    outcome = kernel.execute(cell)
    assert [data["text/plain"].split(" ")[0] for data in outcome.displays()] == ["1"]
    assert "update_display_data" not in outcome.kinds
