"""Teaching hints: found in the layers that a build made and in why its steps ran, of both builders alike."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.dockers import docker_in

from dockkernel.build.explain import StepReason, Why
from dockkernel.build.hint_words import sentence
from dockkernel.build.hints import BuiltLayer, Hint, HintKind, hints
from dockkernel.build.trace import make_step
from dockkernel.build.trace_files import FileTrace
from dockkernel.commands.events import Note
from dockkernel.fs.builder import TreeBuilder
from dockkernel.fs.change import apply, diff
from dockkernel.fs.tree import Tree
from dockkernel.oci.reference import Reference

BIG = b"x" * 150_000


class Layers:
    """Makes layers one after the other, each by what it does to the files."""

    def __init__(self, base: Tree | None = None) -> None:
        self.tree = base or Tree.empty()
        self.layers: list[BuiltLayer] = []
        self.now = 10**18

    def step(self, text: str, do: object, stage: int = 0) -> Layers:
        self.now += 10**9
        files = TreeBuilder(self.tree, lambda: self.now)
        do(files)  # type: ignore[operator]
        changes = diff(self.tree, files.build())
        layer = BuiltLayer(text, text.split()[0], changes, self.tree, place=len(self.layers), stage=stage)
        self.layers.append(layer)
        self.tree = apply(self.tree, changes)
        return self

    @property
    def hints(self) -> tuple[Hint, ...]:
        return hints(self.layers)


def write(path: str, data: bytes = BIG) -> object:
    def do(files: TreeBuilder) -> None:
        files.mkdir(path.rpartition("/")[0] or "/", parents=True)
        files.write(path, data)

    return do


def test_bytes_that_a_later_layer_hides() -> None:
    layers = Layers().step("COPY a /", write("/d/a")).step("RUN rm", lambda files: files.rmtree("/d"))
    assert layers.hints == (
        Hint(HintKind.HIDDEN, "RUN rm", None, "COPY a /", 150_000, 1, ("/d/a",)),
    )  # fmt: skip
    again = Layers().step("RUN one", write("/d/a")).step("COPY b /", write("/d/a", BIG + b"y"))
    assert [(hint.kind, hint.step, hint.bytes) for hint in again.hints] == [(HintKind.HIDDEN, "COPY b /", 150_000)]
    replaced = (
        Layers()
        .step("RUN one", write("/d/a"))
        .step("RUN two", lambda files: (files.rmtree("/d"), files.write("/d", b"")))
    )
    assert [(hint.kind, hint.paths) for hint in replaced.hints] == [(HintKind.HIDDEN, ("/d/a",))]


def test_a_directory_made_again_hides_what_was_in_it() -> None:
    def anew(files: TreeBuilder) -> None:
        files.rmtree("/d")
        files.mkdir("/d")

    layers = Layers().step("RUN one", write("/d/a")).step("RUN two", anew)
    assert [(hint.kind, hint.bytes, hint.paths) for hint in layers.hints] == [(HintKind.HIDDEN, 150_000, ("/d/a",))]


def test_files_of_the_base_image_do_not_get_less() -> None:
    base = Layers().step("RUN x", write("/opt/tool")).tree
    (hint,) = Layers(base).step("RUN rm /opt/tool", lambda files: files.remove("/opt/tool")).hints
    assert (hint.kind, hint.other, hint.bytes) == (HintKind.HIDDEN, "", 150_000)
    assert sentence(hint) == (
        "`RUN rm /opt/tool` removes or rewrites 150kB (1 file) of the base image, which stay in its layers: the image "
        "does not get smaller. Biggest: /opt/tool."
    )


def test_little_is_not_worth_a_word() -> None:
    assert Layers().step("RUN a", write("/a", b"1")).step("RUN b", lambda files: files.remove("/a")).hints == ()
    assert hints(()) == ()


def test_a_file_of_the_same_layer_hides_nothing() -> None:
    assert Layers().step("RUN a && rm a", lambda files: (files.write("/a", BIG), files.remove("/a"))).hints == ()


@pytest.mark.parametrize("change", ["chown", "chmod"])
def test_an_owner_or_a_mode_copies_a_tree(change: str) -> None:
    def do(files: TreeBuilder) -> None:
        for path in ("/app/a", "/app/b"):
            if change == "chown":
                files.chown(path, 1000, 1000)
            else:
                files.chmod(path, 0o600)

    layers = Layers().step("COPY . /app", write("/app/a")).step("COPY b /app", write("/app/b", b"small"))
    (hint,) = layers.step(f"RUN {change}", do).hints
    assert (hint.kind, hint.step, hint.bytes, hint.count) == (HintKind.COPIED, f"RUN {change}", 150_005, 2)
    assert hint.paths == ("/app/a", "/app/b")


def test_a_new_content_is_no_copy() -> None:
    def do(files: TreeBuilder) -> None:
        files.write("/a", b"y" * len(BIG))
        files.chmod("/a", 0o600)

    assert [hint.kind for hint in Layers().step("RUN a", write("/a")).step("RUN b", do).hints] == [HintKind.HIDDEN]


@pytest.mark.parametrize(
    ("path", "manager"),
    [
        ("/var/lib/apt/lists/deb.example.org_main", "apt"),
        ("/var/cache/apk/APKINDEX.tar.gz", "apk"),
        ("/var/cache/dnf/x/y", "dnf"),
        ("/root/.cache/pip/http/1", "pip"),
        ("/home/ann/.npm/_cacache/1", "npm"),
        ("/home/ann/.cache/pip/1", "pip"),
        ("/opt/conda/pkgs/x", "conda"),
        ("/home/ann/.cache/other/1", None),
        ("/var/lib/apt/extended", None),
    ],
)
def test_what_package_managers_leave(path: str, manager: str | None) -> None:
    found = Layers().step("RUN install", write(path, b"x" * 20_000)).hints
    assert [(hint.kind, hint.what, hint.bytes) for hint in found] == (
        [(HintKind.LEFTOVER, manager, 20_000)] if manager else []
    )


def test_what_is_gone_at_the_end_is_not_left() -> None:
    lists = "/var/lib/apt/lists/a"
    layers = Layers().step("RUN install", write(lists, b"x" * 20_000)).step("RUN rm", lambda files: files.remove(lists))
    assert [hint.kind for hint in layers.hints] == [HintKind.ONE_STEP]


def test_steps_that_could_be_one() -> None:
    status = "/var/lib/dpkg/status"
    layers = Layers()
    for count in range(3):
        layers.step(f"RUN install {count}", write(status, b"x" * (2_000 + count)))
    (hint,) = layers.hints
    assert (hint.kind, hint.other, hint.step) == (HintKind.ONE_STEP, "RUN install 0", "RUN install 2")
    assert (hint.count, hint.bytes) == (3, 2_000 + 2_001)
    apart = Layers().step("RUN a", write(status, b"x" * 2_000)).step("COPY b", write("/b")).step("RUN c", write(status))
    assert HintKind.ONE_STEP not in {hint.kind for hint in apart.hints}
    staged = Layers().step("RUN a", write(status, b"x" * 2_000)).step("RUN b", write(status, b"y" * 2_000), stage=1)
    assert staged.hints == ()
    other = Layers().step("RUN a", write("/a", b"x" * 2_000)).step("RUN b", write("/b", b"y" * 2_000))
    assert other.hints == ()


def test_two_steps_are_told_of_once() -> None:
    layers = Layers().step("RUN a", write("/a")).step("RUN b", lambda files: files.remove("/a"))
    assert [hint.kind for hint in layers.hints] == [HintKind.HIDDEN]


def trace(files: int) -> tuple[list[object], list[StepReason]]:
    brought = {f"f{number}": FileTrace("file", "sha256:1", 0o644) for number in range(files)}
    steps: list[object] = [
        make_step(stage="0", place=0, text="FROM a", outcome="cached"),
        make_step(stage="0", place=1, text="COPY . /src", outcome="ran", files=brought),
        make_step(stage="0", place=2, text="RUN build", outcome="ran"),
    ]
    reasons = [
        StepReason(1, 2, "0", "COPY . /src", Why.FILE, "f0", "a", "b"),
        StepReason(2, 3, "0", "RUN build", Why.STEP, "COPY . /src", cause=1),
    ]
    return steps, reasons


def test_a_copy_that_spoils_the_cache() -> None:
    layers = Layers().step("COPY . /src", write("/src/f0", b"")).step("RUN build", write("/out/app")).layers
    steps, reasons = trace(3)
    (hint,) = hints(layers, steps, reasons)  # type: ignore[arg-type]
    assert hint == Hint(HintKind.CACHE, "RUN build", None, "COPY . /src", 150_000, 3, ("f0",))
    assert sentence(hint) == (
        "`RUN build` wrote its 150kB again only since `COPY . /src` (3 files) brought another version of f0. COPY first "
        "what it needs, and the rest after it."
    )
    assert hints(layers, *trace(1)) == ()  # type: ignore[arg-type]
    little = Layers().step("COPY . /src", write("/src/f0", b"")).step("RUN build", write("/out/app", b"1")).layers
    assert hints(little, steps, reasons) == ()  # type: ignore[arg-type]
    moved = [reasons[0], StepReason(2, 3, "0", "RUN build", Why.INSTRUCTION)]
    assert hints(layers, steps, moved) == ()  # type: ignore[arg-type]


def test_every_kind_has_a_sentence_in_both_languages() -> None:
    for kind in HintKind:
        hint = Hint(kind, "RUN a  b", None, "COPY . /" + "x" * 80, 1_234_567, 2, ("/a", "/b"), "apt")
        english, chinese = sentence(hint), sentence(hint, "zh")
        assert "`RUN a b`" in english
        assert "`RUN a b`" in chinese
        for text in (english, chinese):
            assert "{" not in text
        if kind not in (HintKind.LEFTOVER, HintKind.COPIED):
            assert "…`" in english
        assert "1.23MB" in english
    assert "1 文件" not in sentence(Hint(HintKind.LEFTOVER, "RUN", bytes=20_000, count=1, what="apk"), "zh")


DOCKERFILE = """\
FROM busybox AS base
COPY big /app/
RUN chown -R app /app
FROM base
RUN echo one > /one
RUN rm /app/big
"""


@pytest.mark.parametrize("builder", ["0", "1"])
def test_a_build_tells_its_hints(tmp_path: Path, builder: str) -> None:
    docker = docker_in(tmp_path)
    docker.env["DOCKER_BUILDKIT"] = builder
    docker.write("Dockerfile", DOCKERFILE)
    docker.write("big", "x" * 150_000)
    ran = docker("build", "--explain", "-t", "a", ".")
    assert ran.code == 0
    _, _, told = ran.err.partition("What could be better:\n")
    assert told.splitlines() == [
        (
            "  line 6: `RUN rm /app/big` removes or rewrites 150kB (1 file) that `RUN chown -R app /app` put into a layer of "
            "its own: the image keeps both. Biggest: /app/big. Do it in the same step."
        ),
        (
            "  line 3: `RUN chown -R app /app` changes nothing but owner or mode of 1 file, and so stores 150kB once more. "
            "COPY with --chown or --chmod needs no second copy."
        ),
    ]
    plain = docker("build", "-t", "b", "--no-cache", ".")
    assert "could be better" not in plain.out + plain.err
    assert Reference.parse("a").with_default_tag().canonical() in docker.engine.state.tags


def test_a_notebook_gets_notes(tmp_path: Path) -> None:
    from dockkernel.commands.build_teach import teach
    from dockkernel.commands.events import Recorder
    from dockkernel.commands.session import Session
    from dockkernel.dockerfile.source import SourceText
    from dockkernel.engine import names

    docker = docker_in(tmp_path)
    docker.write("Dockerfile", DOCKERFILE)
    docker.write("big", "x" * 150_000)
    docker("build", "-t", "a", ".")
    record = names.find_image(docker.engine.state, "a")
    sink = Recorder()
    session = Session(docker.engine, sink, docker.cwd, source=SourceText(DOCKERFILE))
    teach(session, record.id, "", None, explain=False)
    assert sink.events == []
    session.pictures = True
    teach(session, record.id, "", None, explain=False)
    notes = [event for event in sink.events if isinstance(event, Note)]
    assert [(note.kind, note.span.start_line if note.span else 0) for note in notes] == [("hint", 6), ("hint", 3)]
    assert sink.stderr == ""
    teach(session, record.id, "base", None, explain=True)
    assert "line 3: " in sink.stderr
    assert "line 6: " not in sink.stderr
