"""The Docker kernel: IPython's kernel with a router in front, so that one notebook holds Docker and Python cells."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from ipykernel.ipkernel import IPythonKernel

from dockkernel import __version__
from dockkernel.frontends.kernel.router import route

if TYPE_CHECKING:
    from dockkernel.commands.cell import CellKind


class DockKernel(IPythonKernel):
    """Runs docker cells, Dockerfile cells and Python cells."""

    implementation = "dockkernel"
    implementation_version = __version__
    language_info = {  # noqa: RUF012  (read by the base class as a plain class attribute)
        "name": "docker",
        "version": __version__,
        "mimetype": "text/x-sh",
        "codemirror_mode": "shell",
        "pygments_lexer": "bash",
        "file_extension": ".dock",
        "nbconvert_exporter": "script",
    }
    help_links = [  # noqa: RUF012
        {"text": "Docker CLI reference", "url": "https://docs.docker.com/reference/cli/docker/"},
        {"text": "Dockerfile reference", "url": "https://docs.docker.com/reference/dockerfile/"},
        {"text": "OCI image specification", "url": "https://github.com/opencontainers/image-spec/blob/main/spec.md"},
        {"text": "IPython reference", "url": "https://ipython.readthedocs.io/en/stable/"},
    ]

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.shell.input_transformer_manager.cleanup_transforms.insert(0, route)
        self.shell.extension_manager.load_extension("dockkernel")

    @property
    def banner(self) -> str:
        """What a console shows at its start."""
        return f"dockkernel {__version__}: docker commands, Dockerfiles and Python; no Docker needed.\n"

    async def do_execute(self, code: str, silent: bool, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Runs a cell. An interrupt that comes between the steps of IPython is an answer too, not a lost reply."""
        try:
            reply: dict[str, Any] = await _awaited(super().do_execute(code, silent, *args, **kwargs))
        except KeyboardInterrupt:
            content = {"ename": "KeyboardInterrupt", "evalue": "", "traceback": ["KeyboardInterrupt"]}
            self.send_response(self.iopub_socket, "error", content, ident=self._topic("error"))
            return {**content, "status": "error", "execution_count": self.shell.execution_count - 1}
        return reply

    async def do_complete(self, code: str, cursor_pos: int | None) -> dict[str, Any]:
        """Completions; positions are code points, as the protocol has them since 5.2."""
        from dockkernel.commands.cell import CellKind, read_cell

        cursor = len(code) if cursor_pos is None else cursor_pos
        kind = read_cell(code).kind
        if kind is CellKind.PYTHON:
            reply: dict[str, Any] = await _awaited(super().do_complete(code, cursor))
            return reply
        start, matches = self._complete(kind, code, cursor)
        return {"status": "ok", "matches": matches, "cursor_start": start, "cursor_end": cursor, "metadata": {}}

    def _complete(self, kind: CellKind, code: str, cursor: int) -> tuple[int, list[str]]:
        """Completions in a cell of ours. A mistake of ours is logged: a request without a reply blocks a console."""
        from dockkernel.frontends.assist import complete

        try:
            found = complete(kind, code, cursor, self._state())
        except Exception:
            self.log.exception("completion failed")
            return cursor, []
        return found.start, list(found.matches)

    async def do_inspect(self, code: str, cursor_pos: int, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """A command's help in a docker cell; Python's own answer elsewhere."""
        from dockkernel.commands.cell import read_cell
        from dockkernel.frontends.assist import help_in

        text = help_in(read_cell(code).kind, code, cursor_pos)
        if text is None:
            reply: dict[str, Any] = await _awaited(super().do_inspect(code, cursor_pos, *args, **kwargs))
            return reply
        return {"status": "ok", "found": True, "data": {"text/plain": text}, "metadata": {}}

    async def do_is_complete(self, code: str) -> dict[str, Any]:
        """Whether a console should run the text or ask for another line."""
        from dockkernel.commands.cell import CellKind, read_cell, status

        cell = read_cell(code)
        if cell.kind is CellKind.PYTHON:
            reply: dict[str, Any] = await _awaited(super().do_is_complete(code))
            return reply
        found = status(cell)
        return {"status": found, "indent": ""} if found == "incomplete" else {"status": found}

    async def do_history(self, hist_access_type: str, *args: Any, session: int = 0, **kwargs: Any) -> dict[str, Any]:
        """IPython's history; entries of a session that was asked for by number carry that number, not 0."""
        reply: dict[str, Any] = await _awaited(super().do_history(hist_access_type, *args, session=session, **kwargs))
        if hist_access_type == "range" and session > 0:
            reply["history"] = [(session, *entry[1:]) for entry in reply["history"]]
        return reply

    def _state(self) -> Any:
        return self.shell.find_cell_magic("docker").__self__.runner.engine.state


async def _awaited(reply: Any) -> Any:
    return await reply if inspect.isawaitable(reply) else reply
