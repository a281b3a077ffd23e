"""`%docker`, `%%docker`, `%dockerfile`, `%%dockerfile` and `%why` for IPython, in our kernel and in any other.

The text after a magic is passed on untouched: IPython expands neither `{{.ID}}` nor `$var` in it. Python values come in
with `--expand` only. What does the work is imported when a magic is first used: it would make a kernel's start slow.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from IPython.core.magic import (
    Magics,
    line_cell_magic,
    line_magic,
    magics_class,
    needs_local_scope,
    no_var_expand,
)

if TYPE_CHECKING:
    from dockkernel.frontends.cells import CellRunner
    from dockkernel.frontends.ipython.bench import Bench


@magics_class
class DockerMagics(Magics):
    """The magics of one shell."""

    @cached_property
    def bench(self) -> Bench:
        """What runs the magics."""
        from dockkernel.frontends.ipython.bench import Bench

        return Bench(self.shell)

    @property
    def runner(self) -> CellRunner:
        """What runs the cells, with the engine behind it."""
        return self.bench.runner

    @no_var_expand
    @needs_local_scope
    @line_cell_magic
    def docker(self, line: str, cell: str | None = None, local_ns: Mapping[str, Any] | None = None) -> Any:
        """`%docker COMMAND` runs one docker command; `%%docker` runs the cell as a shell script.

        `%docker` gives back an object with `.stdout`, `.lines`, `.exit_code` and `.df` (a pandas DataFrame):
        `images = %docker image ls`. `%docker --expand` replaces `{expression}` by Python values, a list by several
        words. `%%docker COMMAND` runs that one command with the cell as its standard input.
        """
        words = self.bench.words(line, local_ns)
        if cell is None:
            return self.bench.command(words)
        if words:
            self.bench.feed(words, cell)
        else:
            self.bench.script(cell)
        return None

    @no_var_expand
    @needs_local_scope
    @line_cell_magic
    def dockerfile(self, line: str, cell: str | None = None, local_ns: Mapping[str, Any] | None = None) -> None:
        """`%%dockerfile [-t NAME] [--context DIR] [flags of docker build]` builds the cell as a Dockerfile.

        The context is the notebook's folder unless `--context` names another one. `%%dockerfile --continue` goes on
        from the Dockerfile cell that was built last: a cell that begins with FROM begins a new stage, any other one
        adds to the last stage. A cell that is run again replaces its part and drops what followed it.

        `%dockerfile --show` prints the Dockerfile of all these cells, `%dockerfile --export FILE` writes it,
        `%dockerfile --reset` forgets it.
        """
        words = self.bench.words(line, local_ns)
        if cell is None:
            self.bench.dockerfile_command(words)
        else:
            self.bench.dockerfile(words, cell)

    @no_var_expand
    @needs_local_scope
    @line_magic
    def why(self, line: str, local_ns: Mapping[str, Any] | None = None) -> None:
        """`%why build NAME` says of each step of the last build of NAME (a tag, or a folder) why it ran again."""
        self.bench.why(self.bench.words(line, local_ns))
