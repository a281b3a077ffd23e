"""Running `git`: without prompts, without anybody's configuration, ended when the work is to end."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dockkernel.build.remote import Cancel, FetchFailed

_WATCH = 0.1
"""Seconds between two looks at whether the work is to end."""
_KEPT = (
    "PATH", "SSH_AUTH_SOCK", "SSL_CERT_FILE", "SSL_CERT_DIR", "GIT_SSL_CAINFO", "SYSTEMROOT", "TMPDIR", "TEMP", "TMP",
    "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "no_proxy", "all_proxy",
)  # fmt: skip


class GitFailed(FetchFailed):
    """The program ended with an error."""

    def __init__(self, code: int, output: bytes, errors: bytes) -> None:
        self.code = code
        self.output = (output + errors).decode("utf-8", "replace")
        self.errors = errors.decode("utf-8", "replace")
        super().__init__(f"git error: exit status {code}\nstderr:\n{self.errors.rstrip()}")


@dataclass(frozen=True, slots=True)
class Git:
    """The program, in a directory."""

    program: str
    directory: Path
    env: Mapping[str, str]
    cancel: Cancel
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Addresses to a header for them."""

    @staticmethod
    def find(env: Mapping[str, str]) -> str | None:
        """Where the program is, by the PATH of an environment; None where it is not installed."""
        return shutil.which("git", path=env.get("PATH", ""))

    def run(self, *arguments: str) -> str:
        """Runs to the end; gives what it printed. `GitFailed` when it fails.

        A server that cannot give a part of the history only (one that just hands out files) is asked for all of it.
        """
        try:
            return self._run(arguments)
        except GitFailed as error:
            shorter = tuple(word for word in arguments if word != "--depth=1")
            if shorter == arguments or not ("--depth" in error.errors or "shallow" in error.errors):
                raise
        return self._run(shorter)

    def _run(self, arguments: tuple[str, ...]) -> str:
        words = [self.program, *arguments]
        # Modes of what is checked out must not depend on who runs this.
        umask = 0o022 if sys.platform != "win32" else -1
        try:
            process = subprocess.Popen(
                words, cwd=self.directory, env=self._environment(), stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True, umask=umask,
            )  # fmt: skip
        except OSError as error:
            raise FetchFailed(f"git error: {(error.strerror or str(error)).lower()}") from error
        output, errors = self._wait(process)
        if process.returncode:
            raise GitFailed(process.returncode, output, errors)
        return output.decode("utf-8", "surrogateescape")

    def _wait(self, process: subprocess.Popen[bytes]) -> tuple[bytes, bytes]:
        try:
            while True:
                try:
                    return process.communicate(timeout=_WATCH)
                except subprocess.TimeoutExpired:
                    if self.cancel():
                        raise FetchFailed("context canceled") from None
        finally:
            if process.returncode is None:
                _end(process)

    def _environment(self) -> dict[str, str]:
        kept = {name: self.env[name] for name in _KEPT if name in self.env}
        return (
            kept
            | {
                "GIT_TERMINAL_PROMPT": "0",
                # No address, and no submodule of a hostile repository, names files of this computer or programs.
                "GIT_ALLOW_PROTOCOL": "http:https:ssh:git",
                "GIT_SSH_COMMAND": f"ssh -F {os.devnull} -o StrictHostKeyChecking=no -o BatchMode=yes",
                "GIT_CONFIG_NOSYSTEM": "1",
                "GIT_CONFIG_GLOBAL": os.devnull,
                "HOME": os.devnull,
                "LC_ALL": "C",
            }
            | self._secret_config()
        )

    def _secret_config(self) -> dict[str, str]:
        """The headers as configuration: in the environment, since everybody can read a command line."""
        found = {"GIT_CONFIG_COUNT": str(len(self.headers))} if self.headers else {}
        for number, (scope, header) in enumerate(self.headers.items()):
            found[f"GIT_CONFIG_KEY_{number}"] = f"http.{scope}.extraheader"
            found[f"GIT_CONFIG_VALUE_{number}"] = header
        return found


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends it with the helpers that it started (they are in a session of their own)."""
    if sys.platform != "win32":
        import signal

        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.communicate()
