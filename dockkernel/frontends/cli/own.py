"""The words of `dockkernel` beside `docker`: the catalog, the revisions, cleaning up."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from dockkernel.commands.events import Err, Out
from dockkernel.commands.flags import HelpRequested, parse_flags
from dockkernel.commands.human import human_size
from dockkernel.commands.spec import Flag
from dockkernel.errors import DockError, UsageError
from dockkernel.frontends.cli.docker import engine_of_process
from dockkernel.frontends.cli.terminal import Terminal

if TYPE_CHECKING:
    from dockkernel.engine.engine import Engine

USAGE_EXIT = 125
_FLAGS = (Flag("version", "bool"),)
_FORCE = (Flag("force", "bool", short="f"),)


def run_own(words: Sequence[str], sink: Terminal, usage: str) -> int:
    """Runs one of our commands; what is wrong with the line is told on standard error, with exit code 125."""
    try:
        parsed = parse_flags(_FLAGS, words, interspersed=False)
        if parsed.values["version"]:
            from dockkernel import __version__

            sink.emit(Out(f"dockkernel {__version__}\n"))
            return 0
        if not parsed.operands:
            sink.emit(Err(usage))
            return 0
        return _command(parsed.operands[0], parsed.operands[1:], sink)
    except HelpRequested:
        sink.emit(Out(usage))
        return 0
    except UsageError as error:
        sink.emit(Err(f"{error.message}\n\nRun 'dockkernel --help' for more information\n"))
        return USAGE_EXIT
    except DockError as error:
        sink.emit(Err(f"dockkernel: {error.message}\n" + (f"{error.hint}\n" if error.hint else "")))
        return 1
    except BrokenPipeError:
        raise
    except OSError as error:
        sink.emit(Err(f"dockkernel: {error.filename}: {error.strerror}\n"))
        return 1


def _command(name: str, words: list[str], sink: Terminal) -> int:
    commands: dict[str, Callable[[Engine, list[str], Terminal], int]] = {
        "catalog": _catalog,
        "compare": _compare,
        "gc": _gc,
        "reset": _reset,
        "restore": _restore,
        "revisions": _revisions,
        "why": _why,
        "_container": _container,
        "_exec": _exec,
    }
    if name not in commands:
        raise UsageError(f"dockkernel: unknown command: dockkernel {name}")
    if "--help" in words:
        raise HelpRequested
    with engine_of_process() as engine:
        return commands[name](engine, words, sink)


def _operands(words: list[str], count: int, usage: str, flags: tuple[Flag, ...] = ()) -> tuple[list[str], bool]:
    parsed = parse_flags(flags, words)
    if len(parsed.operands) != count:
        raise UsageError(f"Usage:  dockkernel {usage}")
    return parsed.operands, bool(parsed.values.get("force"))


def _catalog(engine: Engine, words: list[str], sink: Terminal) -> int:
    from dockkernel.commands import catalog

    if words[:1] == ["publish"]:
        (name,), _ = _operands(words[1:], 1, "catalog publish NAME[:TAG]")
        sink.emit(Out(catalog.publish(engine, name)))
        return 0
    if words[:1] != ["ls"]:
        raise UsageError("Usage:  dockkernel catalog ls | publish NAME[:TAG]")
    _operands(words[1:], 0, "catalog ls")
    sink.emit(Out(catalog.listing(engine)))
    return 0


def _revisions(engine: Engine, words: list[str], sink: Terminal) -> int:
    from dockkernel.frontends.cli import revisions

    _operands(words, 0, "revisions")
    sink.emit(Out(revisions.listing(engine)))
    return 0


def _compare(engine: Engine, words: list[str], sink: Terminal) -> int:
    from dockkernel.frontends.cli import revisions

    operands, _ = _operands(words, 1 if len(words) < 2 else 2, "compare REVISION [REVISION]")
    sink.emit(Out(revisions.comparison(engine, *operands)))
    return 0


def _restore(engine: Engine, words: list[str], sink: Terminal) -> int:
    from dockkernel.frontends.cli import revisions

    (number,), _ = _operands(words, 1, "restore REVISION")
    sink.emit(Out(revisions.go_back(engine, number)))
    return 0


def _why(engine: Engine, words: list[str], sink: Terminal) -> int:
    from dockkernel.commands.build_why import why_build

    if words[:1] != ["build"]:
        raise UsageError("Usage:  dockkernel why build NAME")
    (name,), _ = _operands(words[1:], 1, "why build NAME")
    sink.emit(Out(why_build(engine, name, Path.cwd())))
    return 0


def _gc(engine: Engine, words: list[str], sink: Terminal) -> int:
    _operands(words, 0, "gc")
    sink.emit(Out(f"Total reclaimed space: {human_size(engine.house.gc())}\n"))
    return 0


def _reset(engine: Engine, words: list[str], sink: Terminal) -> int:
    _, force = _operands(words, 0, "reset [-f]", _FORCE)
    if not force:
        sink.emit(Out(f"WARNING! This will remove all images and containers in {engine.settings.home}.\n"))
        sink.emit(Out("Are you sure you want to continue? [y/N] "))
        answer = sys.stdin.readline() if sys.stdin else ""
        if answer.strip().lower() not in ("y", "yes"):
            return 1
    engine.house.reset()
    return 0


def _container(engine: Engine, words: list[str], sink: Terminal) -> int:
    """The process of a detached container: runs it to its end. Its output goes to its log alone."""
    from dockkernel.engine import names
    from dockkernel.engine.container_process import run_detached

    return run_detached(engine, names.find_container(engine.state, words[0] if words else ""))


def _exec(engine: Engine, words: list[str], sink: Terminal) -> int:
    """The process of `docker exec -d`: runs what the JSON text says to its end."""
    from dockkernel.engine.container_exec import ExecSpec, run

    return run(engine, ExecSpec.from_text(words[0] if words else ""), lambda stream, data: None)
