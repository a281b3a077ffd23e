"""The library's error lines (`sh: line 1: x: command not found`) in the words of the image's own shell."""

from __future__ import annotations

import re

from dockkernel.exec.virtual.messages import Speech

_LINE = re.compile(rb"^(?P<shell>[^\s:][^:\n]*): (?P<c>-c: )?line (?P<line>\d+): (?P<text>.*)$", re.DOTALL)
_NOT_FOUND = re.compile(r"^(?P<name>.+?): command not found")
_UNEXPECTED = re.compile(r"^syntax error near unexpected token `(?P<token>.*)'$")
_MISSING = re.compile(r"^(?P<path>\S+): No such file or directory$")


class Translator:
    """Feeds on stderr, gives it back line by line."""

    def __init__(self, speech: Speech, zero: str, script: str) -> None:
        self._speech = speech
        self._zero = zero
        self._script = script
        self._left = b""
        self._syntax = False

    def feed(self, data: bytes) -> bytes:
        """The complete lines so far."""
        self._left += data
        *lines, self._left = self._left.split(b"\n")
        return b"".join(line + b"\n" for line in map(self._translated, lines) if line is not None)

    def rest(self) -> bytes:
        """What was left without a newline at its end."""
        data, self._left = self._left, b""
        return data

    def code(self, code: int) -> int:
        """The exit code."""
        return 2 if self._syntax and self._speech.shell != "bash" else code

    def _translated(self, line: bytes) -> bytes | None:
        found = _LINE.match(line)
        if found is None:
            return line
        text = found["text"].decode("utf-8", "surrogateescape")
        shell = found["shell"].decode("utf-8", "surrogateescape")
        if shell in {"sh", "bash"}:
            shell = self._zero
        said = self._said(shell, text, int(found["line"]), bool(found["c"]))
        return None if said is None else said.encode("utf-8", "surrogateescape")

    def _said(self, shell: str, text: str, line: int, command: bool) -> str | None:
        speech = self._speech
        if not_found := _NOT_FOUND.match(text):
            return speech.not_found(shell, not_found["name"], line)
        if speech.shell == "bash":
            return f"{shell}: {'-c: ' if command else ''}line {line}: {text}"
        if unexpected := _UNEXPECTED.match(text):
            self._syntax = True
            token = unexpected["token"]
            ash = f"{shell}: syntax error: unexpected " + (token if token == "newline" else f'"{token}"')
            dash = f"{shell}: {line}: Syntax error: " + (token if token == "newline" else f'"{token}"') + " unexpected"
            return ash if speech.shell == "ash" else dash
        if self._syntax and text.startswith("`"):
            return None
        if "unexpected EOF" in text or "unexpected end of file" in text:
            return self._ended(shell, text, line)
        if missing := _MISSING.match(text):
            return self._missing(shell, missing["path"], line)
        if text.endswith(": unbound variable"):
            return speech.shell_error(shell, text.removesuffix("unbound variable") + "parameter not set", line)
        if text.endswith(": readonly variable"):
            return speech.shell_error(shell, text.removesuffix("readonly variable") + "is read only", line)
        return speech.shell_error(shell, text, line)

    def _ended(self, shell: str, text: str, line: int) -> str:
        self._syntax = True
        if self._speech.shell == "ash":
            quoted = "matching" in text
            return f"{shell}: syntax error: " + ("unterminated quoted string" if quoted else "unexpected end of file")
        quoted = "matching" in text
        return f"{shell}: {line}: Syntax error: " + ("Unterminated quoted string" if quoted else "end of file unexpected")

    def _missing(self, shell: str, path: str, line: int) -> str:
        target = r"\s*[\"']?" + re.escape(path)
        if re.search(r">>?" + target, self._script):
            ash = f"can't create {path}: nonexistent directory"
            dash = f"cannot create {path}: Directory nonexistent"
        elif re.search("<" + target, self._script):
            ash, dash = f"can't open {path}: no such file", f"cannot open {path}: No such file"
        else:
            ash = dash = f"{path}: not found"
        return self._speech.shell_error(shell, ash if self._speech.shell == "ash" else dash, line)
