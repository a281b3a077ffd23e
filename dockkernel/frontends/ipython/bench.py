"""What the magics do once one of them is used: words of a line, the process's folder and environment, the result."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from IPython.core.error import UsageError

from dockkernel.commands.cell import build_line
from dockkernel.commands.events import Out
from dockkernel.frontends.cellfile import CellFile
from dockkernel.frontends.cells import CellRunner
from dockkernel.frontends.display import IPythonPublisher, NotebookSink
from dockkernel.frontends.failure import CellError
from dockkernel.frontends.ipython.asked import USAGE, cell_of, read_words
from dockkernel.frontends.ipython.expand import expand
from dockkernel.frontends.place import Place
from dockkernel.frontends.result import Result


@dataclass(frozen=True, slots=True)
class PrintedResult(Result):
    """A result whose text the cell has shown already: it displays itself only in later cells."""

    shell: Any = field(default=None, repr=False, compare=False)
    made_in: int = field(default=0, repr=False, compare=False)
    """The shell's execution count when the text was shown."""

    def _ipython_display_(self) -> None:
        if self.shell.execution_count != self.made_in:
            from IPython.display import display

            display(self.df if self.rows is not None else {"text/plain": self.stdout}, raw=self.rows is None)


class Bench:
    """Runs magics for one shell."""

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        self.runner = CellRunner()
        self.file = CellFile()
        """The Dockerfile that the notebook's cells have made so far."""

    def script(self, text: str) -> None:
        """Runs a cell's text as a shell script."""
        self._run(lambda place, sink: self.runner.script(text, place, sink))

    def feed(self, words: list[str], text: str) -> None:
        """Runs one docker command with a cell's text as its standard input."""
        stdin = text.encode("utf-8", "surrogateescape")
        self._run(lambda place, sink: self.runner.command(words, place, sink, stdin=stdin))

    def command(self, words: list[str]) -> PrintedResult:
        """Runs one docker command, shows its text and gives it back."""
        sink = NotebookSink(IPythonPublisher(self.shell), keep_text=True)
        self._in_place(lambda place: self.runner.command(words, place, sink))
        stdout, stderr = "".join(sink.stdout), "".join(sink.stderr)
        return PrintedResult(0, stdout, stderr, sink.rows, self.shell, self.shell.execution_count)

    def dockerfile(self, words: list[str], text: str) -> None:
        """Builds a cell's text as a Dockerfile, or as the end of the Dockerfile of the cells before it."""
        line, text = build_line(text)
        asked = read_words([*words, *self.words(line, None)])
        cell = cell_of(self.shell, text, asked)
        before = self.file.up_to(cell.key) if asked.continues else CellFile()
        whole = before.go_on(cell) if asked.continues else CellFile((cell,))
        self.file = before

        def run(place: Place, sink: NotebookSink) -> None:
            sink.cell = whole.source()
            self.runner.dockerfile(whole.text, whole.flags(), whole.context, place, sink)

        self._run(run)
        self.file = whole

    def dockerfile_command(self, words: list[str]) -> None:
        """`%dockerfile`: shows, writes or forgets the Dockerfile of the cells."""
        match words:
            case ["--show"]:
                self._run(lambda place, sink: sink.emit(Out(self._whole())))
            case ["--export", name]:
                self._run(lambda place, sink: self._export(place.cwd / name, name, sink))
            case ["--reset"]:
                self.file = CellFile()
            case _:
                raise UsageError(USAGE)

    def why(self, words: list[str]) -> None:
        """`%why`: why the steps of a build ran again."""
        if len(words) != 2 or words[0] != "build":
            raise UsageError("%why build NAME")
        self._run(lambda place, sink: self.runner.why_build(words[1], place, sink))

    def _whole(self) -> str:
        """The text of the Dockerfile so far. `CellError` when there is none."""
        text = self.file.text
        if not text:
            raise CellError("no Dockerfile cell was built yet")
        return text if text.endswith("\n") else f"{text}\n"

    def _export(self, path: Path, name: str, sink: NotebookSink) -> None:
        text = self._whole()
        verb = "Overwriting" if path.exists() else "Writing"
        try:
            path.write_bytes(text.encode("utf-8", "surrogateescape"))
        except OSError as error:
            raise CellError(f"--export: {name}: {error.strerror}") from None
        sink.emit(Out(f"{verb} {name}\n"))

    def words(self, line: str, local_ns: Mapping[str, Any] | None) -> list[str]:
        """The words of a magic's line, with Python values where `--expand` asks for them."""
        try:
            words = shlex.split(line)
        except ValueError as error:
            raise UsageError(f"{error} in: {line.strip()}") from None
        if words[:1] != ["--expand"]:
            return words
        try:
            return expand(words[1:], {**self.shell.user_ns, **(local_ns or {})})
        except ValueError as error:
            raise UsageError(str(error)) from None

    def _run(self, run: Callable[[Place, NotebookSink], object]) -> None:
        """Runs something that has the cell's output for itself."""
        publisher = IPythonPublisher(self.shell)
        sink = NotebookSink(publisher, owns_output=publisher.can_clear())
        self._in_place(lambda place: run(place, sink))

    def _in_place(self, run: Callable[[Place], object]) -> None:
        """Runs in the process's folder and environment, and carries `cd` and `export` over to it."""
        try:
            before = Place(Path.cwd(), dict(os.environ))
        except FileNotFoundError:
            raise CellError("the folder of this notebook is not there any more") from None
        place = before.copy()
        try:
            run(place)
        finally:
            _keep(place, before)


def _keep(place: Place, before: Place) -> None:
    """Does to the process what the cell did to its place."""
    if place.cwd != before.cwd:
        os.chdir(place.cwd)
    if place.env != before.env:
        for name in before.env.keys() - place.env.keys():
            os.environ.pop(name, None)
        os.environ.update((name, text) for name, text in place.env.items() if before.env.get(name) != text)
