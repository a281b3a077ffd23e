"""The library's error lines (`sh: line 1: x: command not found`) in the words of the image's own shell."""

from __future__ import annotations

import re

from dockkernel.exec.virtual.messages import Speech

HIDDEN = "__dockkernel_"
"""Begins the names of helper commands; a trace never shows them."""

_LINE = re.compile(rb"^(?P<shell>[^\s:][^:\n]*): (?P<c>-c: )?line (?P<line>\d+): (?P<text>.*)$", re.DOTALL)
_TRACED_HELPER = re.compile(rb"^\++ (?:" + HIDDEN.encode() + rb"|case \S+ in$)")
_TRACED_TEST = re.compile(rb"^(\++ )'\['( .*) '\]'$")
_NOT_FOUND = re.compile(r"^(?P<name>.+?): command not found")
_UNEXPECTED = re.compile(r"^syntax error near unexpected token `(?P<token>.*)'$")
_MISSING = re.compile(r"^(?P<path>\S+): No such file or directory$")
_REFUSED = re.compile(
    r"^(?P<path>\S+): (?P<why>Permission denied|Read-only file system|Is a directory|No space left on device)$"
)
_UNSET = re.compile(r"^(?P<name>\S+): unbound variable$")
_READ_ONLY = re.compile(r"^(?P<name>\S+): readonly variable$")
_NO_FOLDER = re.compile(r"^cd: (?P<path>.*): (?P<why>No such file or directory|Not a directory|Permission denied)$")
_NOT_A_NUMBER = re.compile(r"^(?:test|\[): (?P<word>.*): integer expression expected$")


class Translator:
    """Takes stderr as it comes, gives it back line by line."""

    def __init__(self, speech: Speech, zero: str, script: str) -> None:
        self._speech = speech
        self._zero = zero
        self._script = script
        self._left = b""
        self._syntax = False
        self._fatal = False
        """Whether the last line was of an error after which dash and ash end with 2."""

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
        """The exit code as the image's shell has it."""
        if self._speech.shell == "bash":
            return 127 if self._fatal and code == 1 else code
        return 2 if code and (self._syntax or (self._fatal and code in {1, 127})) else code

    def _translated(self, line: bytes) -> bytes | None:
        if _TRACED_HELPER.match(line):
            return None
        if line.startswith(b"+"):
            return self._traced(line)
        found = _LINE.match(line)
        if found is None and line == b"missing ]":
            return self._speech.shell_error("sh" if self._speech.shell == "ash" else self._zero, "missing ]").encode()
        if found is None:
            self._fatal = False
            return line
        text = found["text"].decode("utf-8", "surrogateescape")
        shell = found["shell"].decode("utf-8", "surrogateescape")
        if shell in {"sh", "bash"}:
            shell = self._zero
        said = self._said(shell, text, int(found["line"]), bool(found["c"]))
        return None if said is None else said.encode("utf-8", "surrogateescape")

    def _traced(self, line: bytes) -> bytes:
        """A line of `set -x`: each shell has its own idea of what needs quotes in `[ … ]`."""
        found = _TRACED_TEST.match(line)
        if found is None or self._speech.shell == "bash":
            return line
        if self._speech.shell == "dash":
            return found[1] + b"[" + found[2] + b" ]"
        return found[1] + b"'['" + found[2].replace(b" = ", b" '=' ") + b" ]"

    def _said(self, shell: str, text: str, line: int, command: bool) -> str | None:
        speech = self._speech
        self._fatal = False
        if not_found := _NOT_FOUND.match(text):
            return speech.not_found(shell, not_found["name"], line)
        if speech.shell == "bash":
            self._fatal = bool(_UNSET.match(text)) or self._is_required(text)
            return f"{shell}: {'-c: ' if command else ''}line {line}: {text}"
        if unexpected := _UNEXPECTED.match(text):
            self._syntax = True
            return self._unexpected(shell, unexpected["token"], line)
        if self._syntax and text.startswith("`"):
            return None
        if "unexpected EOF" in text or "unexpected end of file" in text:
            return self._ended(shell, text, line)
        if missing := _MISSING.match(text):
            return self._missing(shell, missing["path"], line)
        if refused := _REFUSED.match(text):
            return speech.shell_error(shell, self._refused(refused["path"], refused["why"]) or text, line)
        if not_number := _NOT_A_NUMBER.match(text):
            return (
                f"sh: {not_number['word']}: bad number"
                if speech.shell == "ash"
                else f"{shell}: {line}: Illegal number: {not_number['word']}"
            )
        return self._fatal_error(shell, text, line)

    def _fatal_error(self, shell: str, text: str, line: int) -> str:
        speech, ash = self._speech, self._speech.shell == "ash"
        self._fatal = True
        if unset := _UNSET.match(text):
            return speech.shell_error(shell, f"{unset['name']}: parameter not set", line)
        if read_only := _READ_ONLY.match(text):
            return speech.shell_error(shell, f"{read_only['name']}: is read only", line)
        if no_folder := _NO_FOLDER.match(text):
            dash = f"{shell}: {line}: cd: can't cd to {no_folder['path']}"
            return f"{shell}: cd: line {line - 1}: can't cd to {no_folder['path']}: {no_folder['why']}" if ash else dash
        if self._is_required(text):
            return speech.shell_error(shell, text, line)
        self._fatal = False
        return speech.shell_error(shell, text, line)

    def _is_required(self, text: str) -> bool:
        """Whether the line comes of `${NAME:?text}`."""
        name = text.partition(":")[0]
        return name.isidentifier() and re.search(r"\$\{" + name + r":?\?", self._script) is not None

    def _unexpected(self, shell: str, token: str, line: int) -> str:
        shown = token if token == "newline" else f'"{token}"'
        if self._speech.shell == "ash":
            return f"{shell}: syntax error: unexpected {shown}"
        return f"{shell}: {line}: Syntax error: {shown} unexpected"

    def _ended(self, shell: str, text: str, line: int) -> str:
        self._syntax = True
        quoted = "matching" in text
        if self._speech.shell == "ash":
            return f"{shell}: syntax error: " + ("unterminated quoted string" if quoted else "unexpected end of file")
        return f"{shell}: {line}: Syntax error: " + (
            "Unterminated quoted string" if quoted else "end of file unexpected"
        )

    def _refused(self, path: str, why: str) -> str | None:
        """What a redirection says that may not be; None when the path is no redirection's."""
        cannot = "can't" if self._speech.shell == "ash" else "cannot"
        if self._redirects(">>?", path):
            return f"{cannot} create {path}: {why}"
        return f"{cannot} open {path}: {why}" if self._redirects("<", path) else None

    def _redirects(self, sign: str, path: str) -> bool:
        """Whether the script has a redirection with that path."""
        return re.search(sign + r"\s*[\"']?" + re.escape(path), self._script) is not None

    def _missing(self, shell: str, path: str, line: int) -> str:
        """The library says the same of a command, a redirection and `.`; the script tells which it was."""
        ash = self._speech.shell == "ash"
        if self._redirects(">>?", path):
            text = (
                f"can't create {path}: nonexistent directory" if ash else f"cannot create {path}: Directory nonexistent"
            )
        elif self._redirects("<", path):
            text = f"can't open {path}: no such file" if ash else f"cannot open {path}: No such file"
        elif re.search(r"(?:^|[;&|({\s])(?:\.|source)\s\s*[\"']?" + re.escape(path), self._script):
            self._fatal = True
            if ash:
                return f"{shell}: .: line {line - 1}: can't open '{path}': No such file or directory"
            text = f".: cannot open {path}: No such file"
        else:
            text = f"{path}: not found"
        return self._speech.shell_error(shell, text, line)
