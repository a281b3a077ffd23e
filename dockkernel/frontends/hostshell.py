"""Scripts that need a whole shell run in the machine's bash, with a `docker` on PATH that works on the same store.

The folder and the exported variables that the script leaves behind come back through a trap on EXIT. Output is passed
on as bytes, as it appears; an interrupt ends the whole process group.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from dockkernel.commands.events import Err, Out, Sink
from dockkernel.frontends.place import Outcome, Place

_ARGUMENT_LIMIT = 100_000
"""Bytes of script that go on the command line; Linux takes 128 KiB in one argument."""
_GRACE_SECONDS = ((signal.SIGINT, 0.8), (signal.SIGTERM, 0.4))
_AFTER_EXIT_SECONDS = 0.2
"""How long a background process may go on writing to the cell once the script has ended."""
_KEEP = "import json,os,sys;json.dump([os.getcwd(),dict(os.environ)],open(sys.argv[1],'w'))"
_SHELL_OWN = frozenset({"_", "SHLVL", "PWD", "OLDPWD"})


def find_bash(env: Mapping[str, str]) -> str | None:
    """The machine's bash, or None where there is none to rely on. What Windows calls bash is another system's."""
    return None if os.name == "nt" else shutil.which("bash", path=env.get("PATH"))


def run_bash(bash: str, text: str, place: Place, sink: Sink, *, store: Mapping[str, str]) -> Outcome:
    """Runs the script under `set -e`; `store` holds the variables that make `docker` use this engine's store."""
    with tempfile.TemporaryDirectory(prefix="dockkernel-") as name:
        room = Path(name)
        _write_shim(room / "bin")
        kept = room / "kept.json"
        (room / "prelude").write_text(_prelude(kept), encoding="utf-8")
        env = {**place.env, **store, "BASH_ENV": str(room / "prelude")}
        env["PATH"] = os.pathsep.join([str(room / "bin"), place.env.get("PATH", os.defpath)])
        argv = [bash, "--noprofile", "--norc", "-e"]
        if len(os.fsencode(text)) < _ARGUMENT_LIMIT:
            argv += ["-c", text, "docker-cell"]
        else:
            (room / "docker-cell").write_text(text, encoding="utf-8", errors="surrogateescape")
            argv += [str(room / "docker-cell")]
        code = _stream(argv, place.cwd, env, sink)
        _take_back(place, kept, room / "bin", store)
    return Outcome(code)


def _write_shim(folder: Path) -> None:
    """A `docker` and a `dockkernel` that are this package, whatever modules lie in the script's folder (`-P`)."""
    folder.mkdir()
    for name, word in (("docker", "docker "), ("dockkernel", "")):
        shim = folder / name
        python = shlex.quote(sys.executable)
        shim.write_text(f'#!/bin/sh\nexec {python} -P -m dockkernel {word}"$@"\n', encoding="utf-8")
        shim.chmod(0o755)


def _prelude(kept: Path) -> str:
    keep = shlex.join([sys.executable, "-I", "-S", "-c", _KEEP, str(kept)])
    return f"unset BASH_ENV\n__dockkernel_keep() {{ {keep} >/dev/null 2>&1; }}\ntrap __dockkernel_keep EXIT\n"


def _take_back(place: Place, kept: Path, shim: Path, store: Mapping[str, str]) -> None:
    """Puts what the script left into `place`; a script that replaced the trap leaves nothing."""
    try:
        cwd, env = json.loads(kept.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return
    path = [entry for entry in env.get("PATH", "").split(os.pathsep) if entry != str(shim)]
    env["PATH"] = os.pathsep.join(path)
    if "PATH" not in place.env and env["PATH"] == os.defpath:
        del env["PATH"]
    for name in _SHELL_OWN | {name for name, value in store.items() if env.get(name) == value}:
        env.pop(name, None)
        if name in place.env:
            env[name] = place.env[name]
    if Path(cwd) != place.cwd:
        env["OLDPWD"] = str(place.cwd)
    place.cwd = Path(cwd)
    place.env.clear()
    place.env.update(env)


def _stream(argv: list[str], cwd: Path, env: Mapping[str, str], sink: Sink) -> int:
    """Runs a process of its own group and passes its output on; 128 + n when signal n ended it."""
    process = subprocess.Popen(
        argv,
        cwd=cwd,
        env=dict(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        _pass_on(process, sink)
        process.wait()
    except BaseException:
        with uninterrupted():
            _end_group(process)
        raise
    finally:
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()
    return process.returncode if process.returncode >= 0 else 128 - process.returncode


def _pass_on(process: subprocess.Popen[bytes], sink: Sink) -> None:
    """Reads both pipes until they end, or until shortly after the process did."""
    if process.stdout is None or process.stderr is None:
        return
    deadline = None
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ, Out)
        selector.register(process.stderr, selectors.EVENT_READ, Err)
        while selector.get_map():
            for key, _ in selector.select(timeout=0.05):
                data = os.read(key.fd, 1 << 16)
                if data:
                    sink.emit(key.data(data))
                else:
                    selector.unregister(key.fileobj)
            if deadline is None and process.poll() is not None:
                deadline = time.monotonic() + _AFTER_EXIT_SECONDS
            if deadline is not None and time.monotonic() > deadline:
                return


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """Asks the group to end, then makes it."""
    for number, seconds in _GRACE_SECONDS:
        _signal_group(process, number)
        try:
            process.wait(seconds)
            break
        except subprocess.TimeoutExpired:
            continue
    _signal_group(process, signal.SIGKILL)
    process.wait()


def _signal_group(process: subprocess.Popen[bytes], number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


@contextlib.contextmanager
def uninterrupted() -> Iterator[None]:
    """A second interrupt does not disturb the cleaning up after the first."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
