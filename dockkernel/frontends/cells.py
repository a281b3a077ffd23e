"""Running the cells of one notebook: which shell runs a script, what is shown after it, how a failure is told.

A `CellRunner` belongs to one IPython shell, in our kernel or in another. The engine is opened at the first cell that
needs it, so that a kernel starts as fast as IPython's own.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dockkernel.commands.cell import read_script
from dockkernel.commands.events import Err, Out, Recorder, Rows, Sink
from dockkernel.commands.script import NotPlain, read_plain
from dockkernel.errors import DockError
from dockkernel.frontends.assembly import open_engine, store_environment
from dockkernel.frontends.display import NotebookSink, picture
from dockkernel.frontends.failure import CellError, DockerError, InternalError, interrupted, reason
from dockkernel.frontends.hostshell import find_bash, run_bash, uninterrupted
from dockkernel.frontends.place import Outcome, Place, RunDocker
from dockkernel.frontends.shell import PlainShell

if TYPE_CHECKING:
    from dockkernel.engine.engine import Engine
    from dockkernel.engine.state import State
    from dockkernel.frontends.result import Result
    from dockkernel.snapshot import EffectShow, Show


@dataclass(slots=True)
class CellRunner:
    """Runs scripts, single commands and Dockerfiles against one engine."""

    opener: Callable[[], Engine] = open_engine
    pictures: bool = True
    _engine: Engine | None = field(default=None, repr=False)

    @property
    def engine(self) -> Engine:
        """The engine, opened when first asked for."""
        if self._engine is None:
            self._engine = self.opener()
        return self._engine

    def script(self, text: str, place: Place, sink: NotebookSink) -> None:
        """Runs a docker cell. Raises `DockerError` when it failed."""
        with self._cell(sink):
            outcome = run_script(self.engine, read_script(text), place, sink, self._docker)
            _check(outcome, sink)

    def command(self, words: Sequence[str], place: Place, sink: NotebookSink, *, stdin: bytes | None = None) -> int:
        """Runs one docker command. Raises `DockerError` when it failed."""
        with self._cell(sink):
            code = self._docker(words, place, sink, stdin=stdin)
            _check(Outcome(code, _shown(words)), sink)
        return code

    def dockerfile(self, text: str, flags: Sequence[str], context: str, place: Place, sink: NotebookSink) -> None:
        """Builds a Dockerfile cell with a folder as its context. Raises `DockerError` when it failed."""
        self.command(["build", *flags, "-f", "-", context], place, sink, stdin=text.encode("utf-8", "surrogateescape"))

    def why_build(self, name: str, place: Place, sink: NotebookSink) -> None:
        """Shows why the steps of the last build of `name` ran again; `CellError` when none is known."""
        from dockkernel.commands.build_why import why_build

        with self._cell(sink):
            sink.emit(Out(why_build(self.engine, name, place.cwd)))

    def _docker(self, words: Sequence[str], place: Place, sink: Sink, *, stdin: bytes | None = None) -> int:
        """A command whose output goes to the notebook may draw; one in `$(…)` may not."""
        if not isinstance(sink, NotebookSink):
            return run_docker(self.engine, words, place, sink, stdin=stdin)
        try:
            return run_docker(self.engine, words, place, sink, stdin=stdin, pictures=self.pictures, live=True)
        finally:
            sink.command_done()

    @contextmanager
    def _cell(self, sink: NotebookSink) -> Iterator[None]:
        """What is around every cell: nothing live stays, pictures follow the text, failures have one line."""
        try:
            before = self.engine.state
            yield
        except KeyboardInterrupt as error:
            with uninterrupted():
                sink.close()
            raise interrupted(error) from None
        except DockerError:
            sink.close()
            self._draw(sink, before)
            raise
        except (DockError, OSError) as error:
            sink.emit(Err(f"{error}\n"))
            sink.close()
            raise CellError(str(error)) from None
        except Exception as error:
            sink.close()
            raise InternalError(error) from None
        else:
            sink.close()
            self._draw(sink, before)

    def _draw(self, sink: NotebookSink, before: State) -> None:
        """Shows the pictures of a cell. One that cannot be drawn is said, and does not fail what the cell did."""
        if not self.pictures:
            return
        try:
            for show in self._shows(sink, before):
                sink.publisher.show(picture(show))
        except Exception as error:
            message = f"dockkernel: the picture could not be drawn: {type(error).__name__}: {error}\n"
            sink.publisher.write("stderr", message)

    def _shows(self, sink: NotebookSink, before: State) -> list[Show]:
        """One picture of each kind: stacks of all images that were shown, the newest disk, all removals together."""
        from dockkernel.engine.observe import effect_between
        from dockkernel.snapshot import EffectShow, StackShow

        shows = list({type(show): show for show in sink.shows}.values())
        stacks = [show for show in sink.shows if isinstance(show, StackShow)]
        removals = [show for show in sink.shows if isinstance(show, EffectShow)]
        if len(stacks) > 1:
            focus = dict.fromkeys(key for show in stacks for key in show.focus)
            there = {image.id for image in stacks[-1].world.images}
            merged = StackShow(stacks[-1].world, tuple(key for key in focus if key in there))
            shows = [merged if isinstance(show, StackShow) else show for show in shows]
        if not shows or len(removals) > 1:
            between = effect_between(self.engine, before, self.engine.state)
            if between is not None:
                shows = [show for show in shows if type(show) is not type(between)] + [between]
        return [show for show in shows if not isinstance(show, EffectShow) or _has_effect(show)]


def _has_effect(show: EffectShow) -> bool:
    """False for a removal that met nothing: there is nothing to draw beside the error's words."""
    return bool(show.untagged or show.deleted_images or show.deleted_layers or show.kept)


def run_docker(
    engine: Engine,
    words: Sequence[str],
    place: Place,
    sink: Sink,
    *,
    stdin: bytes | None = None,
    pictures: bool = False,
    live: bool = False,
) -> int:
    """Runs one docker command in this process and gives its exit code."""
    from dockkernel.commands.run import execute
    from dockkernel.commands.session import Session

    stream = None if stdin is None else io.BytesIO(stdin)
    session = Session(engine, sink, place.cwd, place.env, stream, pictures=pictures, live=live)
    return execute(session, list(words))


def run_script(engine: Engine, text: str, place: Place, sink: Sink, docker: RunDocker) -> Outcome:
    """Runs a script: plain ones here, others in the machine's bash, and without one in the portable shell."""
    try:
        plain = read_plain(text)
    except NotPlain:
        bash = find_bash(place.env)
        if bash is not None:
            return run_bash(bash, text, place, sink, store=store_environment(engine))
        from dockkernel.frontends.portable import run_portable

        return run_portable(text, place, sink, docker, store=store_environment(engine))
    return PlainShell(docker, place, sink).run(plain)


def run_for_result(engine: Engine, text: str, place: Place) -> Result:
    """Runs a script without a notebook: everything it says is in the result."""
    from dockkernel.frontends.result import Result

    recorder = Recorder()

    def docker(words: Sequence[str], place: Place, sink: Sink, *, stdin: bytes | None = None) -> int:
        return run_docker(engine, words, place, sink, stdin=stdin)

    outcome = run_script(engine, read_script(text), place, recorder, docker)
    rows = [event for event in recorder.events if isinstance(event, Rows)]
    return Result(outcome.exit_code, recorder.stdout, recorder.stderr, rows[-1] if rows else None)


def _shown(words: Sequence[str]) -> str:
    import shlex

    return shlex.join(["docker", *words])


def _check(outcome: Outcome, sink: NotebookSink) -> None:
    if outcome.exit_code:
        message = reason(sink.last_errors) or f"exit code {outcome.exit_code}"
        raise DockerError(message, exit_code=outcome.exit_code, command=outcome.command)
