"""What a build tells becomes one graph, for both builders; whoever looks sees it as it is at that moment."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.dockers import Docker, docker_in

from dockkernel.build.buildkit import events as kit
from dockkernel.commands.build_watch import BuildWatch
from dockkernel.commands.events import BuildProgress, Draw, Note, Recorder
from dockkernel.commands.run import execute
from dockkernel.commands.session import Session
from dockkernel.dockerfile.source import LintWarning, SourceText
from dockkernel.errors import Span
from dockkernel.snapshot import GraphSnapshot


@pytest.fixture
def docker(tmp_path: Path) -> Iterator[Docker]:
    made = docker_in(tmp_path)
    yield made
    made.engine.close()


def session_of(docker: Docker, *, seen: bool = True) -> tuple[Session, Recorder]:
    recorder = Recorder()
    return Session(docker.engine, recorder, Path.cwd(), live=seen, pictures=seen), recorder


def graphs(recorder: Recorder) -> list[GraphSnapshot]:
    shows = (event.show for event in recorder.events if isinstance(event, Draw))
    return [show for show in shows if isinstance(show, GraphSnapshot)]


VERTICES = (
    ("i", "[internal] load build definition from Dockerfile", (), -1),
    ("b1", "[builder 1/2] FROM docker.io/library/busybox:latest", (), 0),
    ("b2", "[builder 2/2] RUN make", ("b1",), 0),
    ("l1", "[linux/amd64 stage-2 1/2] FROM docker.io/library/alpine", (), 2),
    ("l2", "[linux/amd64 stage-2 2/2] COPY --from=builder /a /b", ("l1", "b2"), 2),
)


def started(vertex: str, time: int) -> kit.VertexStarted:
    name, inputs, stage = next(found[1:] for found in VERTICES if found[0] == vertex)
    return kit.VertexStarted(vertex, name, time, inputs, None if stage < 0 else stage, Span(4, 5))


def test_buildkits_events(docker: Docker) -> None:
    session, recorder = session_of(docker)
    start = docker.engine.clock.now_ns()
    second = 1_000_000_000
    with BuildWatch(session, "buildkit") as watch:
        watch.tell(kit.GraphPlanned(VERTICES, ("test", "stage-3")))
        assert {vertex.status for vertex in watch.look().vertices} == {"waiting"}
        watch.tell(started("b1", start))
        watch.tell(kit.VertexStatus("b1", "sha256:1", start, 3, 10))
        watch.tell(kit.VertexStatus("b1", "sha256:2", start, 1, 5))
        watch.tell(kit.VertexStatus("b1", "sha256:1", start, 10, 10))
        pulled = next(vertex for vertex in watch.look().vertices if vertex.id == "b1")
        assert (pulled.status, pulled.current, pulled.total, pulled.line) == ("running", 11, 15, 4)
        watch.tell(kit.VertexDone("b1", start + second, cached=True, layer_bytes=70))
        watch.tell(started("b2", start + second))
        watch.tell(kit.VertexLog("b2", "stdout", b"one\ntw", start + second))
        watch.tell(kit.VertexLog("b2", "stderr", b"o\x1b[31m!\x1b[0m\n10%\r20%", start + second))
        watch.tell(kit.VertexDone("b2", start + 3 * second, error="exit code: 2"))
    graph = graphs(recorder)[0]
    found = {vertex.id: vertex for vertex in graph.vertices}
    assert [(stage.number, stage.name, stage.skipped) for stage in graph.stages] == [
        (0, "builder", False), (1, "test", True), (2, "", False), (3, "", True),
    ]  # fmt: skip
    assert graph.stages[0].base == "docker.io/library/busybox:latest"
    assert (found["b1"].status, found["b1"].bytes) == ("cached", 70)
    assert (found["b2"].log, found["b2"].error, found["b2"].instruction) == (
        ("one", "two!", "20%"),
        "exit code: 2",
        "RUN make",
    )
    assert found["b2"].ended - found["b2"].started == 2000
    assert (found["l2"].status, found["l2"].inputs, found["l2"].stage) == ("skipped", ("l1", "b2"), 2)
    order = [vertex.id for vertex in graph.vertices]
    assert all(order.index(one) < order.index(vertex.id) for vertex in graph.vertices for one in vertex.inputs)


def test_a_long_log_keeps_its_end(docker: Docker) -> None:
    session, _ = session_of(docker)
    watch = BuildWatch(session, "buildkit")
    for number in range(500):
        watch.tell(kit.VertexLog("v", "stdout", f"line {number} {'x' * 300}\n".encode(), 1))
    vertex = watch.look().vertices[0]
    assert len(vertex.log) + vertex.log_left_out == 500
    assert vertex.log[-1].startswith("line 499 x")
    assert max(map(len, vertex.log)) == 200


def test_checks_become_notes_whoever_looks(docker: Docker) -> None:
    session, recorder = session_of(docker, seen=False)
    source = SourceText("FROM a\nCMD b\n")
    warning = LintWarning("JSONArgsRecommended", "JSON", "https://example.com", Span(2, 2))
    with BuildWatch(session, "buildkit") as watch:
        watch.tell(kit.ChecksFound((warning,), source))
    assert recorder.events == [
        Note("warning", "JSONArgsRecommended: JSON", "", source, Span(2, 2), "https://example.com")
    ]


DOCKERFILE = "ARG V=1\nFROM scratch AS base\nCOPY f /f\nFROM scratch\nCOPY --from=base /f /g\n"


def build(docker: Docker, folder: Path, text: str, *flags: str) -> tuple[int, Recorder]:
    (folder / "Dockerfile").write_text(text)
    (folder / "f").write_text("12345")
    session, recorder = session_of(docker)
    session.cwd = folder
    return execute(session, ["build", *flags, "."]), recorder


def test_the_classic_builder(docker: Docker, tmp_path: Path) -> None:
    folder = tmp_path / "context"
    folder.mkdir()
    for statuses in ("done done done done done", "done done cached done cached"):
        code, recorder = build(docker, folder, DOCKERFILE)
        assert code == 0
        graph = graphs(recorder)[0]
        assert (graph.builder, graph.status) == ("classic", "done")
        assert [vertex.status for vertex in graph.vertices] == statuses.split()
        assert [vertex.stage for vertex in graph.vertices] == [-1, 0, 0, 1, 1]
        assert [vertex.line for vertex in graph.vertices] == [1, 2, 3, 4, 5]
        assert graph.vertices[4].inputs == ("4", "3")
        assert [vertex.bytes for vertex in graph.vertices][1:] == [0, 5, 0, 5]
        assert [(stage.name, stage.base) for stage in graph.stages] == [("base", "scratch"), ("", "scratch")]
        looks = [event.look() for event in recorder.events if isinstance(event, BuildProgress)]
        assert looks == [graph], "a build that is over looks as it ended"


def test_a_failed_step_and_what_was_not_begun(docker: Docker, tmp_path: Path) -> None:
    folder = tmp_path / "context"
    folder.mkdir()
    code, recorder = build(docker, folder, "FROM scratch AS a\nCOPY f /f\nFROM scratch\nCOPY no /\nLABEL a=b\n")
    assert code == 1
    graph = graphs(recorder)[0]
    assert (graph.status, [vertex.status for vertex in graph.vertices]) == (
        "failed",
        ["done", "done", "done", "failed", "skipped"],
    )
    notes = [event for event in recorder.events if isinstance(event, Note)]
    assert [(note.kind, note.span) for note in notes] == [("error", Span(4, 4))]


def test_one_row_of_steps_is_not_drawn(docker: Docker, tmp_path: Path) -> None:
    folder = tmp_path / "context"
    folder.mkdir()
    code, recorder = build(docker, folder, "FROM scratch\nCOPY f /f\n")
    assert (code, graphs(recorder)) == (0, [])


def test_nobody_looks(docker: Docker) -> None:
    session, recorder = session_of(docker, seen=False)
    with pytest.raises(KeyboardInterrupt), BuildWatch(session, "buildkit") as watch:
        watch.tell(kit.GraphPlanned(VERTICES))
        raise KeyboardInterrupt
    assert recorder.events == []


def test_an_interrupt(docker: Docker) -> None:
    session, recorder = session_of(docker)
    with pytest.raises(KeyboardInterrupt), BuildWatch(session, "buildkit") as watch:
        watch.tell(kit.GraphPlanned(VERTICES))
        watch.tell(started("b1", docker.engine.clock.now_ns()))
        raise KeyboardInterrupt
    graph = graphs(recorder)[0]
    assert graph.status == "canceled"
    assert {vertex.id: vertex.status for vertex in graph.vertices}["b1"] == "canceled"
