"""A Docker kernel in this process, without sockets: requests go in, the messages that it would send come out."""

from __future__ import annotations

import asyncio
import io
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ipykernel.ipkernel import IPythonKernel
from jupyter_client.session import Session

from dockkernel.frontends.cells import CellRunner
from dockkernel.frontends.kernel.kernel import DockKernel


class Wire(Session):
    """A session that keeps its messages in place of sending them."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.sent: list[tuple[str, dict[str, Any]]] = []

    def send(self, stream: Any, msg_or_type: Any, content: Any = None, *args: Any, **kwargs: Any) -> dict[str, Any]:
        message = msg_or_type if isinstance(msg_or_type, dict) else self.msg(msg_or_type, content)
        self.sent.append((message["msg_type"], message["content"]))
        return message


class WireStream(io.TextIOBase):
    """A standard stream that becomes one message at each flush, as ipykernel's does."""

    pub_thread = None
    encoding = "UTF-8"

    def __init__(self, wire: Wire, name: str) -> None:
        super().__init__()
        self.wire, self.label, self.parts = wire, name, list[str]()

    def write(self, text: str) -> int:
        self.parts.append(text)
        return len(text)

    def flush(self) -> None:
        text, self.parts = "".join(self.parts), []
        if text:
            self.wire.send(None, "stream", {"name": self.label, "text": text})


class Outcome:
    """What one execute request led to."""

    def __init__(self, reply: dict[str, Any], messages: list[tuple[str, dict[str, Any]]]) -> None:
        self.reply = reply
        self.messages = messages

    @property
    def kinds(self) -> list[str]:
        """Message types in order; what stands next to each other in one stream is one."""
        found: list[str] = []
        for kind, content in self.messages:
            kind = f"stream:{content['name']}" if kind == "stream" else kind
            if not (kind.startswith("stream") and found[-1:] == [kind]):
                found.append(kind)
        return found

    def text(self, name: str = "stdout") -> str:
        """All text of a stream."""
        return "".join(c["text"] for kind, c in self.messages if kind == "stream" and c["name"] == name)

    def displays(self) -> list[dict[str, Any]]:
        """The bundles that were displayed."""
        return [content["data"] for kind, content in self.messages if kind == "display_data"]


class Harness:
    """One kernel, driven by calls."""

    def __init__(self, kind: type[IPythonKernel] = DockKernel) -> None:
        self.wire = Wire()
        self.kernel = kind.instance(session=self.wire, log=logging.getLogger("kernel"))
        self.shell = self.kernel.shell
        self.loop = asyncio.new_event_loop()

    @property
    def runner(self) -> CellRunner:
        """The runner behind the magics."""
        found: CellRunner = self.shell.find_cell_magic("docker").__self__.runner
        return found

    def close(self) -> None:
        """Gives back the process's singletons."""
        self.loop.close()
        self.shell.history_manager.end_session()
        type(self.kernel).clear_instance()
        type(self.shell).clear_instance()

    def ask(self, awaitable: Any) -> Any:
        """The result of a coroutine of the kernel."""
        return self.loop.run_until_complete(awaitable)

    def execute(self, code: str, *, cell_id: str = "", **content: Any) -> Outcome:
        """Sends an execute request; gives the reply's content and everything else that was sent.

        `cell_id` is what a notebook says about which of its cells this is.
        """
        self.wire.sent.clear()
        request = self.wire.msg("execute_request", {"code": code, "silent": False, "stop_on_error": False, **content})
        request["metadata"] = {"cellId": cell_id} if cell_id else {}
        with self.streams():
            self.kernel.set_parent([], request)
            self.ask(self.kernel.execute_request(None, [], request))
        replies = [content for kind, content in self.wire.sent if kind == "execute_reply"]
        others = [entry for entry in self.wire.sent if entry[0] not in ("execute_reply", "execute_input", "status")]
        assert len(replies) == 1, self.wire.sent
        return Outcome(replies[0], others)

    @contextmanager
    def streams(self) -> Iterator[None]:
        """Standard output and error as messages."""
        saved = sys.stdout, sys.stderr
        sys.stdout, sys.stderr = WireStream(self.wire, "stdout"), WireStream(self.wire, "stderr")  # type: ignore[assignment]
        try:
            yield
        finally:
            sys.stdout, sys.stderr = saved
