"""What stays in a saved notebook: text first, then pictures; no junk of live displays; floods cut in the middle."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import pytest
from kernel.harness import Harness

from dockkernel.commands.events import BuildProgress, Draw, Err, Out, Progress
from dockkernel.frontends import display, live
from dockkernel.frontends.failure import reason
from dockkernel.frontends.flood import HEAD, TAIL
from dockkernel.snapshot import GraphSnapshot, StageSnapshot, VertexSnapshot

BUILD = "%%dockerfile -q -t web:1\nFROM scratch\nLABEL a=b"
PIPED = "printf 'FROM scratch\\nLABEL a=c\\n' | docker build -q -t web:2 -"


def test_the_picture_comes_after_the_text_whichever_way_the_cell_ran(kernel: Harness) -> None:
    for cell in ("FROM scratch\nLABEL a=b", BUILD, f"%%docker\n{PIPED}", "docker history web:1", "docker system df"):
        outcome = kernel.execute(cell)
        assert outcome.reply["status"] == "ok"
        assert outcome.kinds[-1] == "display_data"
        assert outcome.kinds.count("display_data") == 1
        assert outcome.displays()[0]["image/svg+xml"].startswith("<svg")
        assert outcome.displays()[0]["text/plain"]


def test_several_removals_make_one_picture(kernel: Harness) -> None:
    kernel.execute(BUILD)
    kernel.execute("docker tag web:1 web:2; docker tag web:1 web:3")
    outcome = kernel.execute("docker image rm web:2\ndocker image rm web:3")
    assert len(outcome.displays()) == 1
    assert "web:2" in outcome.displays()[0]["text/plain"]
    assert "web:3" in outcome.displays()[0]["text/plain"]


def test_a_substitution_draws_nothing(kernel: Harness) -> None:
    kernel.execute(BUILD)
    outcome = kernel.execute('echo_me=$(docker history -q web:1); docker image ls -q "$(docker image ls -q)"')
    assert outcome.displays() == []


def test_a_removal_that_is_blocked_is_drawn_before_the_error(kernel: Harness) -> None:
    kernel.execute(BUILD)
    kernel.execute("docker create --name keeper web:1 x")
    outcome = kernel.execute("docker image rm web:1")
    assert outcome.kinds == ["stream:stderr", "display_data", "error"]


def test_no_carriage_returns(kernel: Harness) -> None:
    outcome = kernel.execute("FROM scratch\nLABEL a=b")
    assert "\r" not in outcome.text()
    assert "Sending build context to Docker daemon  " in outcome.text()
    outcome = kernel.execute("docker image ls -q > ids; printf 'a\\r'; sleep 0.2; printf '\\nb\\r\\r\\nc'| cat")
    assert outcome.text() == "a\nb\nc"


def test_streams_keep_their_order(kernel: Harness) -> None:
    outcome = kernel.execute("docker image ls; docker image rm x || docker image ls; docker image rm y || true")
    assert outcome.kinds == ["stream:stdout", "stream:stderr", "stream:stdout", "stream:stderr"]


def test_c11_a_flood_is_cut_in_the_middle(kernel: Harness) -> None:
    outcome = kernel.execute("docker image ls -q\nyes 0123456789 | head -n 500000; echo the end")
    text = outcome.text()
    assert len(text) < HEAD + TAIL + 500
    assert text.startswith("0123456789\n0123456789\n")
    assert text.endswith("0123456789\nthe end\n")
    note = re.search(r"\[… (\d+) characters left out; the whole output: (.+) …\]", text)
    assert note is not None
    log = Path(note.group(2))
    assert log.read_text() == "0123456789\n" * 500_000 + "the end\n"
    assert int(note.group(1)) + len(text) - len(note.group()) - 2 == log.stat().st_size
    log.unlink()
    assert sum(kind == "stream" for kind, _ in outcome.messages) < 100


class Notebook:
    """A publisher that does to its outputs what a front end does."""

    def __init__(self, *, can_update: bool = True) -> None:
        self.can_update = can_update
        self.outputs: list[dict[str, Any]] = []
        self.updates = 0
        self.clear_next = False

    def write(self, name: str, text: str) -> None:
        self._before()
        if self.outputs and self.outputs[-1].get("stream") == name:
            self.outputs[-1]["text"] += text
        else:
            self.outputs.append({"stream": name, "text": text})

    def show(self, bundle: Any, *, display_id: str | None = None, update: bool = False) -> None:
        if update:
            self.updates += 1
            for output in self.outputs:
                if output.get("id") == display_id:
                    output["data"] = dict(bundle)
            return
        self._before()
        self.outputs.append({"id": display_id, "data": dict(bundle)})

    def clear(self) -> None:
        self.clear_next = True

    def _before(self) -> None:
        if self.clear_next:
            self.outputs, self.clear_next = [], False


class Ticking:
    """A clock that moves when it is read."""

    def __init__(self, step: float) -> None:
        self.now, self.step = 0.0, step

    def monotonic(self) -> float:
        self.now += self.step
        return self.now

    def time_ns(self) -> int:
        return 7


@pytest.fixture
def ticking(monkeypatch: pytest.MonkeyPatch) -> Ticking:
    clock = Ticking(0.05)
    monkeypatch.setattr(live, "time", clock)
    return clock


def _pull(sink: display.NotebookSink, steps: int = 200) -> None:
    sink.emit(Out("latest: Pulling from library/big\n"))
    for step in range(steps):
        sink.emit(Progress(f"layer{step % 5}", "Downloading", step * 1000, 200_000))
    sink.emit(Out("layer0: Pull complete\nStatus: Downloaded newer image\n"))
    sink.command_done()
    sink.close()


TEXT = "latest: Pulling from library/big\nlayer0: Pull complete\nStatus: Downloaded newer image\n"


def test_c09_nothing_of_the_live_display_is_left(ticking: Ticking) -> None:
    notebook = Notebook()
    _pull(display.NotebookSink(notebook, owns_output=True))
    assert notebook.outputs == [{"stream": "stdout", "text": TEXT}]
    assert 50 < notebook.updates < 150


def test_c09_a_display_among_other_output_ends_empty(ticking: Ticking) -> None:
    notebook = Notebook()
    _pull(display.NotebookSink(notebook))
    assert "".join(output.get("text", "") for output in notebook.outputs) == TEXT
    assert [output["data"] for output in notebook.outputs if "data" in output] == [{"text/plain": ""}]


def test_c09_without_updates_there_is_no_live_display(ticking: Ticking) -> None:
    notebook = Notebook(can_update=False)
    _pull(display.NotebookSink(notebook))
    assert notebook.outputs == [{"stream": "stdout", "text": TEXT}]


def test_c09_what_is_quick_shows_nothing_live(ticking: Ticking) -> None:
    notebook = Notebook()
    _pull(display.NotebookSink(notebook), steps=5)
    assert (notebook.updates, len(notebook.outputs)) == (0, 1)


def test_an_interrupt_leaves_nothing_live(ticking: Ticking) -> None:
    notebook = Notebook()
    sink = display.NotebookSink(notebook, owns_output=True)
    sink.emit(Out("begun\n"))
    for step in range(50):
        sink.emit(Progress("a", "Downloading", step, 100))
    sink.close()
    assert notebook.outputs == [{"stream": "stdout", "text": "begun\n"}]


def _graph(elapsed: int = 0) -> GraphSnapshot:
    log = ("step one", "</pre><script>alert(1)</script>")
    vertex = VertexSnapshot("a", "[1/1] RUN a", "RUN a", 0, 1, (), "running", 0, -1, -1, 0, 0, log, 0, "")
    return GraphSnapshot("buildkit", "running", elapsed, (StageSnapshot(0, "base", "x", False),), (vertex,))


def _build(sink: display.NotebookSink, seconds: float) -> None:
    """A build that is looked at for a while: text before the display appears, and text while it is there."""
    sink.emit(Err("#1 first\n"))
    sink.emit(BuildProgress(_graph))
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(0.02)
    sink.emit(Err("#2 second\n"))


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A live display that appears at once and is updated a hundred times a second."""
    monkeypatch.setattr(live, "_LIVE_AFTER", 0.0)
    monkeypatch.setattr(live, "_LIVE_EVERY", 0.01)


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("owns_output", [True, False])
def test_a_build_is_seen_while_it_runs_and_leaves_its_text(owns_output: bool) -> None:
    notebook = Notebook()
    sink = display.NotebookSink(notebook, owns_output=owns_output)
    _build(sink, 0.3)
    shown = [output["data"] for output in notebook.outputs if "data" in output]
    assert "RUN a" in shown[0]["text/html"]
    assert "<script" not in shown[0]["text/html"]
    assert "#2" not in str(notebook.outputs), "the text waits while the graph is shown"
    sink.close()
    assert "".join(output.get("text", "") for output in notebook.outputs) == "#1 first\n#2 second\n"
    assert [output["data"] for output in notebook.outputs if "data" in output] == [{"text/plain": ""}] * (
        not owns_output
    )
    assert notebook.updates > 2
    updates = notebook.updates
    time.sleep(0.05)
    assert notebook.updates == updates, "nothing goes on after the end"


@pytest.mark.usefixtures("hurried")
def test_a_build_without_updates_is_text_only() -> None:
    notebook = Notebook(can_update=False)
    sink = display.NotebookSink(notebook)
    _build(sink, 0.05)
    sink.emit(Draw(_graph()))
    sink.close()
    assert notebook.outputs == [{"stream": "stderr", "text": "#1 first\n#2 second\n"}]
    assert sink.shows == []


def test_a_quick_build_shows_nothing_live() -> None:
    notebook = Notebook()
    sink = display.NotebookSink(notebook)
    _build(sink, 0.05)
    sink.close()
    assert notebook.outputs == [{"stream": "stderr", "text": "#1 first\n#2 second\n"}]


@pytest.mark.usefixtures("hurried")
def test_a_flood_does_not_wait_for_the_end_of_a_build() -> None:
    notebook = Notebook()
    sink = display.NotebookSink(notebook)
    _build(sink, 0.1)
    sink.emit(Out("x" * 500_000))
    sink.emit(Out("y"))
    assert "#2 second" in str(notebook.outputs)
    sink.close()
    assert notebook.outputs[-1]["text"].endswith("y")


@pytest.mark.usefixtures("hurried")
def test_a_picture_that_cannot_be_made_does_not_end_the_build(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dockkernel_visual.live", None)
    notebook = Notebook()
    sink = display.NotebookSink(notebook)
    _build(sink, 0.1)
    assert [output["data"] for output in notebook.outputs if "data" in output] == [
        {"text/plain": " running  [1/1] RUN a"}
    ]
    sink.close()


def test_characters_that_come_in_pieces() -> None:
    notebook = Notebook()
    sink = display.NotebookSink(notebook)
    for byte in "🐳 ok".encode():
        sink.emit(Out(bytes([byte])))
    sink.emit(Out(b"\xff"))
    sink.emit(Err("\udcff"))
    sink.close()
    assert notebook.outputs == [{"stream": "stdout", "text": "🐳 ok\ufffd"}, {"stream": "stderr", "text": "\ufffd"}]


@pytest.mark.parametrize(
    ("stderr", "expected"),
    [
        ("Error response from daemon: No such image: a:1\n", "Error response from daemon: No such image: a:1"),
        (
            "unknown flag: --x\n\nUsage:  docker image ls [OPTIONS]\n\nRun 'docker image ls --help' for more information\n",
            "unknown flag: --x",
        ),
        (
            "Unable to find image 'a' locally\ndocker: Error response from daemon: pull access denied\n\nRun 'docker run --help' for more information\n",
            "docker: Error response from daemon: pull access denied",
        ),
        ("", ""),
        ("\n  only blanks\n", "only blanks"),
    ],
)
def test_the_reason_of_a_failure_is_one_line(stderr: str, expected: str) -> None:
    assert reason(stderr) == expected


def test_a_picture_that_fails_does_not_fail_the_cell(kernel: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dockkernel.frontends.cells.picture", lambda show: 1 // 0)
    outcome = kernel.execute(BUILD)
    assert outcome.reply["status"] == "ok"
    assert "the picture could not be drawn: ZeroDivisionError" in outcome.text("stderr")


def test_stacks_of_several_commands_are_one_picture(kernel: Harness) -> None:
    kernel.execute(BUILD)
    kernel.execute(BUILD.replace("web:1", "api:1").replace("a=b", "a=c"))
    outcome = kernel.execute("docker history web:1; docker history api:1")
    words = [data["text/plain"] for data in outcome.displays()]
    assert len(words) == 1
    assert "web:1" in words[0]
    assert "api:1" in words[0]
