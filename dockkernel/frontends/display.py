"""From events to what a notebook shows: streams as they come, one live display, then the pictures.

`NotebookSink` knows no Jupyter; it speaks to a `Publisher`, of which `IPythonPublisher` is the one for IPython, in our
kernel and in any other.
"""

from __future__ import annotations

import codecs
import os
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from dockkernel import snapshot
from dockkernel.commands.events import Draw, Err, Event, Out, Progress, Rows
from dockkernel.frontends.flood import Flood, Name
from dockkernel.frontends.progress import Board

Bundle = Mapping[str, Any]

_ERRORS_KEPT = 4000
_RETURNS = re.compile(r"\r+\n")
_LIVE_AFTER = 0.4
"""Seconds of progress before a live display appears: what is quick leaves no trace."""
_LIVE_EVERY = 0.1
"""Seconds between two updates of the live display."""


class Publisher(Protocol):
    """Where a notebook's output goes."""

    can_update: bool
    """True when a display can be replaced in place."""

    def write(self, name: Name, text: str) -> None:
        """Text of a stream; the order between the streams is kept."""
        ...

    def show(self, bundle: Bundle, *, display_id: str | None = None, update: bool = False) -> None:
        """A display of its own, or the replacement of an earlier one."""
        ...

    def clear(self) -> None:
        """Removes all output of the cell when the next output comes."""
        ...


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
    _flood: Flood = field(init=False)
    _live: _Live = field(init=False)
    _decoders: dict[Name, codecs.IncrementalDecoder] = field(init=False)
    _returns: dict[Name, str] = field(default_factory=lambda: {"stdout": "", "stderr": ""})

    def __post_init__(self) -> None:
        self._flood = Flood(self.publisher.write)
        self._live = _Live(self.publisher)
        new = codecs.getincrementaldecoder("utf-8")
        self._decoders = {"stdout": new("replace"), "stderr": new("replace")}

    def emit(self, event: Event) -> None:
        """Takes one event."""
        match event:
            case Out(data):
                self._text("stdout", data)
            case Err(data):
                self._text("stderr", data)
            case Progress():
                self._live.update(event)
            case Rows():
                self.rows = event
            case Draw(show):
                self.shows.append(show)

    def command_done(self) -> None:
        """One command has ended: what is live goes, its text stays."""
        if self._live.end(clear=self.owns_output):
            for name, text in self._flood.shown:
                self.publisher.write(name, text)

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
        self._flood.add(name, text)

    def _without_returns(self, name: Name, text: str) -> str:
        """Without the carriage returns before a line end, which Docker writes and a notebook shall not keep.

        Those at the end of a piece wait for the next one, since they may stand before a line end.
        """
        text = self._returns[name] + text
        kept = text.rstrip("\r")
        self._returns[name] = text[len(kept) :]
        return _RETURNS.sub("\n", kept)


@dataclass(slots=True)
class _Live:
    """One display that is updated in place, at most ten times a second, and gone at the end."""

    publisher: Publisher
    board: Board = field(default_factory=Board)
    began: float | None = None
    shown_at: float | None = None
    display_id: str = ""

    def update(self, event: Progress) -> None:
        """Takes a line of progress; shows the board when it is time."""
        self.board.update(event)
        now = time.monotonic()
        if self.began is None:
            self.began = now
        due = self.began + _LIVE_AFTER if self.shown_at is None else self.shown_at + _LIVE_EVERY
        if now < due or not self.publisher.can_update:
            return
        if self.shown_at is None:
            # Empty at first: a front end that cannot update is left with nothing, not with a frozen half.
            self.display_id = f"dockkernel-{time.time_ns()}"
            self.publisher.show({"text/plain": ""}, display_id=self.display_id)
        self.publisher.show({"text/plain": self.board.text()}, display_id=self.display_id, update=True)
        self.shown_at = now

    def end(self, *, clear: bool) -> bool:
        """Takes the display away; True when the whole output was cleared for that and must be written again."""
        was_shown = self.shown_at is not None
        if was_shown and clear:
            self.publisher.clear()
        elif was_shown:
            self.publisher.show({"text/plain": ""}, display_id=self.display_id, update=True)
        self.board, self.began, self.shown_at = Board(), None, None
        return was_shown and clear


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
        case snapshot.DiskShow(world):
            return "\n".join(f"{', '.join(image.names) or image.id}: {image.size:,} bytes" for image in world.images)
