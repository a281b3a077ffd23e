"""The engine that an environment asks for, and `dockkernel.run`."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

import dockkernel
from dockkernel.commands.events import Recorder, Sink
from dockkernel.engine.engine import Engine
from dockkernel.errors import InvalidInput
from dockkernel.frontends.assembly import find_home, open_engine
from dockkernel.frontends.display import picture
from dockkernel.frontends.place import Place
from dockkernel.frontends.portable import run_portable
from dockkernel.snapshot import DiskShow, EffectShow, ImageView, LayerView, StackShow, World

BUILD = "printf 'FROM scratch\\nLABEL a=b\\n' | docker build -q -t web:1 -"


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(tmp_path / "home")
    yield engine
    engine.close()


def test_the_home_of_an_environment(tmp_path: Path) -> None:
    assert find_home({"DOCKKERNEL_HOME": str(tmp_path)}) == tmp_path
    assert find_home({}).name == "dockkernel"
    engine = open_engine(env={"DOCKKERNEL_HOME": str(tmp_path / "x"), "DOCKKERNEL_KEEP": "5"})
    assert (engine.settings.home, engine.settings.keep_bytes) == (tmp_path / "x", 5)
    engine.close()
    with pytest.raises(InvalidInput, match="DOCKKERNEL_KEEP: 'a lot' is not a number of bytes"):
        open_engine(env={"DOCKKERNEL_HOME": str(tmp_path), "DOCKKERNEL_KEEP": "a lot"})


def test_catalogs_of_the_environment_come_before_the_embedded_one(tmp_path: Path, engine: Engine) -> None:
    assert dockkernel.run(BUILD, engine).ok
    assert dockkernel.run("docker tag web:1 busybox", engine).ok
    theirs = dockkernel.run("docker image ls -q --no-trunc busybox", engine).stdout
    catalogs = os.pathsep.join([str(tmp_path / "missing"), str(engine.settings.home)])
    other = open_engine(tmp_path / "other", {"DOCKKERNEL_CATALOG": catalogs})
    assert dockkernel.run("docker pull -q busybox; docker pull -q alpine", other).ok
    assert dockkernel.run("docker image ls -q --no-trunc busybox", other).stdout == theirs
    other.close()


def test_run_gives_text_code_and_rows(engine: Engine) -> None:
    assert dockkernel.run(BUILD, engine).ok
    result = dockkernel.run("docker image ls --no-trunc; docker image ls", engine)
    assert (result.exit_code, result.stderr, len(result.lines)) == (0, "", 4)
    assert list(result.df["repository"]) == ["web"]
    assert repr(result) == "Result(exit_code=0)"
    failed = dockkernel.run("docker image rm nosuch", engine)
    assert (failed.ok, failed.exit_code) == (False, 1)
    assert failed.stderr == "Error response from daemon: No such image: nosuch:latest\n"
    assert list(dockkernel.run("docker image ls -q | cat", engine).df.columns) == ["line"]


def test_run_leaves_the_process_alone(engine: Engine, tmp_path: Path) -> None:
    folder = Path.cwd()
    assert dockkernel.run(f"cd '{tmp_path}'; export DOCKKERNEL_TEST=1; pwd", engine).stdout == f"{tmp_path}\n"
    assert (Path.cwd(), "DOCKKERNEL_TEST" in os.environ) == (folder, False)


@pytest.mark.skipif(sys.platform == "win32", reason="signals of a process are POSIX's")
def test_interrupt_of_the_portable_shell(tmp_path: Path) -> None:
    def docker(words: Sequence[str], place: Place, sink: Sink, *, stdin: bytes | None = None) -> int:
        started.set()
        return 0

    started = threading.Event()
    watcher = threading.Thread(target=lambda: started.wait() and os.kill(os.getpid(), signal.SIGINT))
    # A shell that starts this suite in the background has SIGINT ignored.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        watcher.start()
        with pytest.raises(KeyboardInterrupt):
            run_portable("while true; do docker a; done | cat", Place(tmp_path, {}), Recorder(), docker, store={})
    finally:
        signal.signal(signal.SIGINT, before)
    watcher.join()


def test_words_in_place_of_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dockkernel_visual", None)
    layer = LayerView("sha256:c", "sha256:d", "COPY a /", "2026-01-01T00:00:00Z", 1234, 1)
    image = ImageView("sha256:i", ("web:1",), (), "", 1234, 1234, False, False, "", (), (layer,), False)
    world = World(1, (image,), (), 1234)
    assert picture(StackShow(world, ("sha256:i", "gone"))) == {"text/plain": "web:1\n         1,234 bytes  COPY a /"}
    effect = EffectShow(world, ("web:1",), ("sha256:i",), ("sha256:c",), (), (), 1234, False)
    words = "  untagged web:1\n  deleted sha256:i\n  deleted sha256:c\n  1,234 bytes freed"
    assert picture(effect) == {"text/plain": words}
    assert picture(DiskShow(world)) == {"text/plain": "web:1: 1,234 bytes"}
