"""`%docker`, `%%docker` and `%%dockerfile` for IPython, in our kernel and in any other.

The text after a magic is passed on untouched: IPython expands neither `{{.ID}}` nor `$var` in it. Python values come in
with `--expand` only.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from IPython.core.error import UsageError
from IPython.core.magic import Magics, cell_magic, line_cell_magic, magics_class, needs_local_scope, no_var_expand

from dockkernel.frontends.cells import CellRunner
from dockkernel.frontends.display import IPythonPublisher, NotebookSink
from dockkernel.frontends.failure import CellError
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


@magics_class
class DockerMagics(Magics):
    """The magics of one shell."""

    def __init__(self, shell: Any, runner: CellRunner) -> None:
        super().__init__(shell)
        self.runner = runner

    @no_var_expand
    @needs_local_scope
    @line_cell_magic
    def docker(self, line: str, cell: str | None = None, local_ns: Mapping[str, Any] | None = None) -> Any:
        """`%docker COMMAND` runs one docker command; `%%docker` runs the cell as a shell script.

        `%docker` gives back an object with `.stdout`, `.lines`, `.exit_code` and `.df` (a pandas DataFrame):
        `images = %docker image ls`. `%docker --expand` replaces `{expression}` by Python values, a list by several
        words. `%%docker COMMAND` runs that one command with the cell as its standard input.
        """
        words = self._words(line, local_ns)
        if cell is not None and not words:
            self._run(lambda place, sink: self.runner.script(cell, place, sink), owns_output=True)
            return None
        sink = self._sink(owns_output=cell is not None)
        sink.keep_text = cell is None
        stdin = None if cell is None else cell.encode("utf-8", "surrogateescape")
        self._in_place(lambda place: self.runner.command(words, place, sink, stdin=stdin))
        if cell is not None:
            return None
        stdout, stderr = "".join(sink.stdout), "".join(sink.stderr)
        return PrintedResult(0, stdout, stderr, sink.rows, self.shell, self.shell.execution_count)

    @no_var_expand
    @needs_local_scope
    @cell_magic
    def dockerfile(self, line: str, cell: str, local_ns: Mapping[str, Any] | None = None) -> None:
        """`%%dockerfile [-t NAME] [--context DIR] [flags of docker build]` builds the cell as a Dockerfile.

        The context is the notebook's folder unless `--context` names another one.
        """
        flags, context = _split_context(self._words(line, local_ns))
        self._run(
            lambda place, sink: self.runner.dockerfile(cell, flags, context, place, sink),
            owns_output=True,
        )

    def _words(self, line: str, local_ns: Mapping[str, Any] | None) -> list[str]:
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

    def _sink(self, *, owns_output: bool) -> NotebookSink:
        publisher = IPythonPublisher(self.shell)
        return NotebookSink(publisher, owns_output=owns_output and publisher.can_clear())

    def _run(self, run: Callable[[Place, NotebookSink], None], *, owns_output: bool) -> None:
        sink = self._sink(owns_output=owns_output)
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


def _split_context(words: list[str]) -> tuple[list[str], str]:
    flags, context = list[str](), "."
    rest = iter(words)
    for word in rest:
        if word == "--context":
            found = next(rest, None)
            if found is None:
                raise UsageError("flag needs an argument: --context")
            context = found
        elif word.startswith("--context="):
            context = word.removeprefix("--context=")
        elif word in ("-f", "--file") or word.startswith(("--file=", "-f")):
            raise UsageError("%%dockerfile: the cell is the Dockerfile, so -f/--file cannot be given")
        else:
            flags.append(word)
    return flags, context
