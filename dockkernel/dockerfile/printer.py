"""A Dockerfile's text from its instructions: each on one line, flags in a fixed order, comments kept.

Reading the text gives the same instructions again (places in the file and original spelling aside).
"""

from __future__ import annotations

import json

from dockkernel.dockerfile import instructions as to
from dockkernel.dockerfile.arguments import KeyValue, parse_arguments
from dockkernel.dockerfile.gotext import BLANKS
from dockkernel.dockerfile.heredocs import declared_heredocs
from dockkernel.dockerfile.stages import Dockerfile


def to_text(dockerfile: Dockerfile) -> str:
    """Give the text of a Dockerfile as it was read, variables not put in."""
    lines = [f"# {directive.name}={directive.value}" for directive in dockerfile.directives]
    lines.append("")
    for step in dockerfile.steps:
        lines += [f"# {comment}" for comment in step.comments]
        lines.append(instruction_text(step, dockerfile.escape))
    return "\n".join(lines) + "\n"


def instruction_text(step: to.Instruction, escape: str = "\\") -> str:
    """Give one instruction in one line, and its here-documents in the lines after it."""
    if isinstance(step, to.Onbuild):
        return _ended(f"ONBUILD {step.expression}", escape)
    flags = "".join(f" {_flag(name, value)}" for name, value in _flags(step))
    rest = _arguments(step, escape)
    stop = " --" if rest.startswith("--") else ""
    line = _ended(f"{step.keyword}{flags}{stop} {rest}".rstrip(BLANKS), escape)
    return line + _bodies(step, line)


def _ended(line: str, escape: str) -> str:
    """Keep an escape character at the end of the line from continuing it."""
    return f"{line}\v" if line.endswith(escape) and not line.endswith(escape * 2) else line


def _flag(name: str, value: str | bool) -> str:
    if isinstance(value, bool):
        return f"--{name}" if value else f"--{name}=false"
    if any(char in value for char in f"{BLANKS}'\"\\`"):
        value = '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"--{name}={value}"


def _flags(step: to.Instruction) -> list[tuple[str, str | bool]]:
    match step:
        case to.From():
            flags: list[tuple[str, str | bool | None]] = [("platform", step.platform)]
        case to.Run():
            network = step.network if "network" in step.flags_used else None
            security = step.security if "security" in step.flags_used else None
            flags = [("mount", spec) for spec in step.mount_specs]
            flags += [("network", network), ("security", security), *(("device", name) for name in step.devices)]
        case to.Copy():
            flags = [("from", step.from_), *_transfer_flags(step), ("parents", step.parents or None)]
        case to.Add():
            flags = [
                *_transfer_flags(step),
                ("checksum", step.checksum),
                ("keep-git-dir", step.keep_git_dir),
                ("unpack", step.unpack),
            ]
        case to.Healthcheck():
            spans = {
                "interval": step.interval_ns,
                "timeout": step.timeout_ns,
                "start-period": step.start_period_ns,
                "start-interval": step.start_interval_ns,
            }
            flags = [(name, f"{span}ns") for name, span in spans.items() if span]
            flags.append(("retries", str(step.retries) if step.retries else None))
        case _:
            flags = []
    return [(name, value) for name, value in flags if value is not None]


def _transfer_flags(step: to.Transfer) -> list[tuple[str, str | bool | None]]:
    return [
        ("chown", step.chown),
        ("chmod", step.chmod),
        ("link", step.link or None),
        *(("exclude", pattern) for pattern in step.exclude),
    ]


def _arguments(step: to.Instruction, escape: str) -> str:
    match step:
        case to.From():
            return step.base if step.name is None else f"{step.base} AS {step.name}"
        case to.CommandInstruction():
            return " ".join(step.args) if step.shell else _json(step.args)
        case to.Transfer():
            files = (*step.sources, *map(_declaration, step.contents), step.destination)
            text = _list(step.keyword, files, escape)
            declared = [heredoc.name for heredoc in declared_heredocs(text)]
            # A path may look like a here-document together with the next one; in a list it does not.
            return text if declared == [content.name for content in step.contents] else _json(files)
        case to.PairInstruction():
            return " ".join(map(_pair, step.pairs))
        case to.Arg():
            return " ".join(one.key if one.default is None else f"{one.key}={one.default}" for one in step.arguments)
        case to.Volume():
            return _list(step.keyword, step.paths, escape)
        case to.Expose():
            return " ".join(step.ports)
        case to.Shell():
            return _json(step.args)
        case to.Healthcheck():
            return _health(step.test)
        case to.Workdir():
            return step.path
        case to.User():
            return step.user
        case to.StopSignal():
            return step.signal
        case to.Maintainer():
            return step.author
        case _:
            return ""


def _json(words: tuple[str, ...]) -> str:
    return json.dumps(words, ensure_ascii=False)


def _list(keyword: str, words: tuple[str, ...], escape: str) -> str:
    """Give the words separated by blanks where that reads as the same words, else as a JSON list."""
    plain = " ".join(words)
    if plain == plain.strip(BLANKS) and not plain.startswith("--") and not plain.endswith(escape):
        read = parse_arguments(keyword, plain, escape)
        if read.words == words and not read.json:
            return plain
    return _json(words)


def _pair(pair: KeyValue) -> str:
    return f"{pair.key} {pair.value}" if pair.legacy else f"{pair.key}={pair.value}"


def _health(test: tuple[str, ...]) -> str:
    kind, *command = test
    if kind == "CMD-SHELL":
        return f"CMD {command[0]}"
    return kind if kind == "NONE" else f"CMD {_json(tuple(command))}"


def _declaration(content: to.InlineFile) -> str:
    special = "\\'\"$" if content.expand else '\\"$'
    name = "".join(f"\\{char}" if char in special else char for char in content.name)
    return f"<<{name}" if content.expand else f'<<"{name}"'


def _bodies(step: to.Instruction, line: str) -> str:
    """Give the here-documents' bodies and ends, for those that the line really declares."""
    files = step.heredocs if isinstance(step, to.Run) else step.contents if isinstance(step, to.Transfer) else ()
    if not files or "<<" not in line:
        return ""
    declared = {heredoc.name for heredoc in declared_heredocs(line)}
    return "".join(f"\n{file.body}{file.name}" for file in files if file.name in declared)
