"""From events to what a notebook shows: streams as they come, one live display, then the pictures.

`NotebookSink` knows no Jupyter; it speaks to a `Publisher`, of which `IPythonPublisher` is the one for IPython, in our
kernel and in any other.
"""

from __future__ import annotations

import codecs
import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dockkernel import snapshot
from dockkernel.commands.events import BuildProgress, Draw, Err, Event, Note, Out, Progress, Rows
from dockkernel.frontends.flood import Flood, Name
from dockkernel.frontends.live import Bundle, Live, Publisher

if TYPE_CHECKING:
    from dockkernel.frontends.notes import CellSource

_ERRORS_KEPT = 4000
_RETURNS = re.compile(r"\r+\n")
_HELD = 400_000
"""Characters of a build's text that wait while its live display is shown; more would be too much to lose."""


@dataclass(slots=True)
class NotebookSink:
    """The sink of one cell. `owns_output` says that nothing but this sink writes to the cell."""

    publisher: Publisher
    owns_output: bool = False
    stdout: list[str] = field(default_factory=list)
    stderr: list[str] = field(default_factory=list)
    rows: Rows | None = None
    shows: list[snapshot.Show] = field(default_factory=list)
    last_errors: str = ""
    """The end of what was written to standard error."""
    keep_text: bool = False
    """True where `stdout` and `stderr` are wanted as values."""
    cell: CellSource | None = None
    """Where the lines of the Dockerfile that is built stand in cells."""
    notes: list[Note] = field(default_factory=list)
    """Those that are not shown yet."""
    _flood: Flood = field(init=False)
    _live: Live = field(init=False)
    _held: list[tuple[Name, str]] = field(default_factory=list)
    _held_length: int = 0
    _decoders: dict[Name, codecs.IncrementalDecoder] = field(init=False)
    _returns: dict[Name, str] = field(default_factory=lambda: {"stdout": "", "stderr": ""})

    def __post_init__(self) -> None:
        self._flood = Flood(self.publisher.write)
        self._live = Live(self.publisher)
        new = codecs.getincrementaldecoder("utf-8")
        self._decoders = {"stdout": new("replace"), "stderr": new("replace")}

    def emit(self, event: Event) -> None:
        """Takes one event."""
        match event:
            case Out(data):
                self._text("stdout", data)
            case Err(data):
                self._text("stderr", data)
            case Progress() | BuildProgress():
                self._live.update(event)
            case Note():
                self.notes.append(event)
            case Rows():
                self.rows = event
            case Draw(show) if self.publisher.can_update or not isinstance(show, snapshot.GraphSnapshot):
                # How long steps took differs from run to run: no picture of that where outputs are compared.
                self.shows.append(show)

    def command_done(self) -> None:
        """One command has ended: what is live goes, its text stays, notes follow it."""
        if self._live.end(clear=self.owns_output):
            for name, text in self._flood.shown:
                self.publisher.write(name, text)
        self._release()
        if self.notes:
            from dockkernel.frontends.notes import bundle

            self.publisher.show(bundle(self.notes, self.cell))
            self.notes.clear()

    def close(self) -> None:
        """The cell has ended, in whichever way: nothing live is left. The pictures are the caller's to show."""
        self.command_done()
        for name, decoder in self._decoders.items():
            self._text(name, decoder.decode(b"", final=True))
        self._flood.close()

    def _text(self, name: Name, data: str | bytes) -> None:
        if isinstance(data, bytes):
            text = self._decoders[name].decode(data)
        else:
            text = data.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        text = self._without_returns(name, text)
        if not text:
            return
        if name == "stderr":
            self.last_errors = (self.last_errors + text)[-_ERRORS_KEPT:]
        if self.keep_text:
            (self.stdout if name == "stdout" else self.stderr).append(text)
        if self._live.shows_build and self._held_length < _HELD:
            self._held.append((name, text))
            self._held_length += len(text)
        else:
            self._release()
            self._flood.add(name, text)

    def _release(self) -> None:
        """Lets text go that waited for the end of a live display."""
        held, self._held, self._held_length = self._held, [], 0
        for name, text in held:
            self._flood.add(name, text)

    def _without_returns(self, name: Name, text: str) -> str:
        """Without the carriage returns before a line end, which Docker writes and a notebook shall not keep.

        Those at the end of a piece wait for the next one, since they may stand before a line end.
        """
        text = self._returns[name] + text
        kept = text.rstrip("\r")
        self._returns[name] = text[len(kept) :]
        return _RETURNS.sub("\n", kept)


PROGRESS = "DOCKKERNEL_PROGRESS"
"""`off` in the environment: no live display, for runs whose outputs are compared."""


class IPythonPublisher:
    """Output through IPython: captured by `%%capture`, redirected with `sys.stdout`, shown by any front end."""

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        self.can_update = hasattr(shell, "kernel") and os.environ.get(PROGRESS) != "off"
        self._last: Name | None = None

    def write(self, name: Name, text: str) -> None:
        """Writes to the stream of that name; the other one is flushed first, since each has a buffer of its own."""
        import sys

        if self._last not in (None, name):
            (sys.stderr if name == "stdout" else sys.stdout).flush()
        self._last = name
        (sys.stdout if name == "stdout" else sys.stderr).write(text)

    def show(self, bundle: Bundle, *, display_id: str | None = None, update: bool = False) -> None:
        """A display of its own (after what was written), or the replacement of an earlier one."""
        transient = {"display_id": display_id} if display_id else None
        self.shell.display_pub.publish(dict(bundle), transient=transient, update=update)

    def can_clear(self) -> bool:
        """True when what is written goes straight to the front end, and is not captured on its way."""
        import sys

        return hasattr(self.shell.display_pub, "pub_socket") and hasattr(sys.stdout, "pub_thread")

    def clear(self) -> None:
        """Removes the cell's output when the next output comes."""
        self.shell.display_pub.clear_output(wait=True)


def picture(show: snapshot.Show) -> Bundle:
    """A picture as a mime bundle; words in place of it where the visual package is not installed."""
    try:
        from dockkernel_visual import present
    except ImportError:
        return {"text/plain": _words(show)}
    bundle: Bundle = present(show)
    return bundle


def _words(show: snapshot.Show) -> str:
    match show:
        case snapshot.StackShow(world, focus):
            images = {image.id: image for image in world.images}
            lines = []
            for key in focus:
                image = images.get(key)
                if image is not None:
                    lines.append(", ".join(image.names) or image.id)
                    lines += [f"  {layer.size:>12,} bytes  {layer.created_by[:80]}" for layer in reversed(image.layers)]
            return "\n".join(lines)
        case snapshot.EffectShow():
            names = "\n".join(f"  untagged {name}" for name in show.untagged)
            images_gone = "\n".join(f"  deleted {name}" for name in (*show.deleted_images, *show.deleted_layers))
            return "\n".join(part for part in (names, images_gone, f"  {show.freed:,} bytes freed") if part)
        case snapshot.GraphSnapshot():
            return "\n".join(f"  {vertex.status:>8}  {vertex.name[:100]}" for vertex in show.vertices)
        case snapshot.DiskShow(world):
            return "\n".join(f"{', '.join(image.names) or image.id}: {image.size:,} bytes" for image in world.images)
