"""Progress as BuildKit's client prints it, from events made by hand."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Callable, Sequence

import pytest

from dockkernel.build.buildkit.events import (
    GraphPlanned,
    KitEvent,
    VertexDone,
    VertexLog,
    VertexStarted,
    VertexStatus,
)
from dockkernel.commands.progress_plain import PlainProgress
from dockkernel.commands.progress_rawjson import RawJsonProgress
from dockkernel.commands.progress_trace import counted
from dockkernel.commands.progress_tty import TtyProgress

MS = 1_000_000
DESCRIPTION = 'building with "default" instance using docker driver'


def plain(*events: KitEvent | Callable[[PlainProgress], None]) -> str:
    out: list[bytes] = []
    progress = PlainProgress(out.append, DESCRIPTION)
    for event in events:
        if callable(event):
            event(progress)
        else:
            progress.tell(event)
    progress.close()
    return b"".join(out).decode()


def quick(name: str, at: int, *between: KitEvent, **done: object) -> Sequence[KitEvent]:
    return (VertexStarted(name, name, at), *between, VertexDone(name, at + MS, **done))  # type: ignore[arg-type]


def test_vertices_are_numbered_and_apart() -> None:
    text = plain(
        *quick(
            "[internal] load build definition from Dockerfile",
            0,
            VertexStatus(
                "[internal] load build definition from Dockerfile",
                "transferring dockerfile:",
                0,
                current=203,
                done=True,
            ),
        ),
        *quick("[1/2] FROM docker.io/library/busybox:latest", 2 * MS, cached=True),
    )
    assert text == (
        '#0 building with "default" instance using docker driver\n'
        "\n"
        "#1 [internal] load build definition from Dockerfile\n"
        "#1 transferring dockerfile: 203B done\n"
        "#1 DONE 0.0s\n"
        "\n"
        "#2 [1/2] FROM docker.io/library/busybox:latest\n"
        "#2 CACHED\n"
    )


def test_log_lines_have_their_second_and_a_failure_is_said_again() -> None:
    text = plain(
        VertexStarted("a", "[2/2] RUN echo before; exit 42", 0),
        VertexLog("a", "stdout", b"bef", 156 * MS),
        VertexLog("a", "stdout", b"ore\nafter", 200 * MS),
        VertexDone("a", 300 * MS, error="exit code: 42"),
    )
    assert text.partition("\n\n")[2] == (
        "#1 [2/2] RUN echo before; exit 42\n"
        "#1 0.156 before\n"
        "#1 0.200 after\n"
        "#1 ERROR: exit code: 42\n"
        "------\n"
        " > [2/2] RUN echo before; exit 42:\n"
        "0.156 before\n"
        "0.200 after\n"
        "------\n"
    )


def test_ten_lines_are_said_again() -> None:
    lines = "".join(f"{number}\n" for number in range(30)).encode()
    text = plain(
        VertexStarted("a", "a", 0), VertexLog("a", "stderr", lines, 0), VertexDone("a", 1, error="exit code: 1")
    )
    again = text.partition("------\n")[2]
    assert again == " > a:\n" + "".join(f"0.000 {number}\n" for number in range(20, 30)) + "------\n"


def test_the_second_of_a_line_gets_fewer_places() -> None:
    times = (9_999 * MS, 12_345 * MS, 123_456 * MS)
    text = plain(VertexStarted("a", "a", 0), *(VertexLog("a", "stdout", b"x\n", time) for time in times))
    assert [line.split()[1] for line in text.splitlines()[-3:]] == ["9.999", "12.35", "123.5"]


def test_another_vertex_comes_between() -> None:
    text = plain(
        VertexStarted("a", "a", 0),
        VertexLog("a", "stdout", b"one\n", 0),
        VertexStarted("b", "b", 0),
        VertexLog("b", "stdout", b"two\n", MS),
        VertexDone("b", 200 * MS),
        VertexDone("a", 1300 * MS),
    )
    assert text.partition("\n\n")[2] == (
        "#1 a\n#1 0.000 one\n#1 ...\n\n#2 b\n#2 0.001 two\n#2 DONE 0.2s\n\n#1 a\n#1 DONE 1.3s\n"
    )


def test_what_is_over_quickly_leaves_no_trace_of_the_order() -> None:
    text = plain(VertexStarted("a", "a", 0), VertexStarted("b", "b", 0), VertexDone("b", MS), VertexDone("a", 2 * MS))
    assert text.partition("\n\n")[2] == "#1 b\n#1 DONE 0.0s\n\n#2 a\n#2 DONE 0.0s\n"


def test_what_runs_for_long_is_shown_while_it_does() -> None:
    text = plain(VertexStarted("a", "a", 0), lambda progress: progress.idle(200 * MS))
    assert text.endswith("\n\n#1 a\n")


def test_a_writer_does_not_keep_others_waiting_for_ever() -> None:
    text = plain(
        VertexStarted("a", "a", 0),
        VertexStarted("b", "b", 0),
        VertexLog("a", "stdout", b"x\n", 0),
        VertexLog("b", "stdout", b"y\n", 4000 * MS),
        VertexLog("b", "stdout", b"z\n", 6000 * MS),
    )
    assert text.partition("\n\n")[2] == "#1 a\n#1 0.000 x\n#1 ...\n\n#2 b\n#2 4.000 y\n#2 6.000 z\n"


def test_canceled() -> None:
    text = plain(*quick("a", 0, canceled=True))
    assert text.endswith("#1 CANCELED\n")
    assert "------" not in text


def test_parts_are_told_when_they_have_come_on() -> None:
    steps = [VertexStatus("a", "sha256:ab", at * MS, current=at * 10_000, total=10_000_000) for at in range(200, 1000)]
    last = VertexStatus("a", "sha256:ab", 1000 * MS, 10_000_000, 10_000_000, started_ns=200 * MS, done=True)
    text = plain(VertexStarted("a", "a", 0), *steps, last, VertexDone("a", 1000 * MS))
    lines = text.splitlines()[3:-1]
    assert lines[0] == "#1 sha256:ab 2.00MB / 10.00MB"
    assert lines[1] == "#1 sha256:ab 2.50MB / 10.00MB"
    assert lines[-1] == "#1 sha256:ab 10.00MB / 10.00MB 0.8s done"
    assert len(lines) == 17


@pytest.mark.parametrize(("size", "words"), [(0, ""), (999, " 999B"), (1000, " 1.00kB"), (2_345_678, " 2.35MB")])
def test_sizes(size: int, words: str) -> None:
    assert counted(VertexStatus("", "", 0, current=size)) == words


def test_raw_json_is_a_record_a_line() -> None:
    out: list[bytes] = []
    progress = RawJsonProgress(out.append)
    for event in (
        VertexStarted("sha256:a", "a", 1_500_000_000, inputs=("sha256:b",)),
        VertexStatus("sha256:a", "part", 2_000_000_000, current=3, done=True),
        VertexLog("sha256:a", "stderr", b"\xff\n", 2_000_000_000),
        VertexDone("sha256:a", 3_000_000_000, cached=True),
        GraphPlanned(()),
    ):
        progress.tell(event)
    rows = [json.loads(line) for line in out]
    assert rows[0] == {
        "vertexes": [{"digest": "sha256:a", "inputs": ["sha256:b"], "name": "a", "started": "1970-01-01T00:00:01.5Z"}]
    }
    assert rows[1]["statuses"][0]["completed"] == "1970-01-01T00:00:02Z"
    assert b64decode(rows[2]["logs"][0]["data"]) == b"\xff\n"
    assert rows[2]["logs"][0]["stream"] == 2
    assert rows[3]["vertexes"][0]["cached"] is True
    assert len(rows) == 4


def _screen(data: bytes, columns: int) -> list[str]:
    """What a terminal shows: the few escapes that are used, cursor up and colours."""
    import re

    lines: list[str] = [""]
    row = 0
    for token in re.findall(r"\x1b\[[0-9;?]*[a-zA-Z]|\n|\r|[^\x1b\n\r]+", data.decode()):
        up = re.fullmatch(r"\x1b\[(\d+)A", token)
        if up:
            row = max(row - int(up[1]), 0)
        elif token == "\n":
            row += 1
            lines += [""] * (row + 1 - len(lines))
        elif not token.startswith("\x1b") and token != "\r":
            assert len(token) < columns
            lines[row] = token + lines[row][len(token) :]
    return [line.rstrip() for line in lines]


def test_a_terminal_is_drawn_in_place() -> None:
    out: list[bytes] = []
    progress = TtyProgress(out.append, "docker:default", lambda: (60, 8))
    for number in range(20):
        at = number * 200 * MS
        progress.tell(VertexStarted(str(number), f"[{number}/20] RUN step {'x' * 100}", at))
        progress.tell(VertexLog(str(number), "stdout", b"hello\tthere\n", at + 150 * MS))
        assert sum(bool(line) for line in _screen(b"".join(out), 60)) <= 8
        progress.tell(VertexDone(str(number), at + 160 * MS, cached=number == 3))
    progress.close()
    screen = [line for line in _screen(b"".join(out), 60) if line]
    assert screen[0].startswith("[+] Building 4.0s (20/20) FINISHED")
    assert screen[0].endswith("docker:default")
    assert len(screen) == 21
    assert screen[4].startswith(" => CACHED [3/20] RUN step")
    assert screen[4].endswith(" 0.2s")
    assert not any("hello" in line for line in screen)


def test_a_terminal_keeps_what_failed() -> None:
    out: list[bytes] = []
    progress = TtyProgress(out.append, "docker:default", lambda: (60, 24), colours=False)
    for event in (
        VertexStarted("a", "[2/2] RUN false", 0),
        VertexLog("a", "stdout", b"why\n", 0),
        VertexDone("a", MS, error="exit code: 1"),
    ):
        progress.tell(event)
    progress.close()
    text = b"".join(out).decode()
    assert " => ERROR [2/2] RUN false" in text
    assert text.endswith("------\n > [2/2] RUN false:\n0.000 why\n------\n")
    assert "\x1b[31m" not in text
