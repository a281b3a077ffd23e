"""From nodes to instructions: what each asks of its flags and arguments, and Docker's words when it is broken."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from dockkernel.dockerfile import instructions as to
from dockkernel.dockerfile.devices import parse_device
from dockkernel.dockerfile.flags import NO_FLAGS, Flags, Kind, read_flags
from dockkernel.dockerfile.gotext import BLANKS, parse_duration, parse_int, suggestion, with_suggestion
from dockkernel.dockerfile.heredocs import parse_heredoc, without_tabs
from dockkernel.dockerfile.mounts import check_mount
from dockkernel.dockerfile.parser import Node
from dockkernel.dockerfile.source import WordError
from dockkernel.errors import ParseError
from dockkernel.oci.quoting import go_quote

_STAGE_NAME = re.compile(r"[a-z][a-z0-9\-_.]*")
_ONBUILD = re.compile(rf"[{BLANKS}]*ONBUILD[{BLANKS}]*", re.IGNORECASE)

FROM_FLAGS = {"platform": Kind.TEXT}
RUN_FLAGS = {"mount": Kind.TEXTS, "network": Kind.TEXT, "security": Kind.TEXT, "device": Kind.TEXTS}
COPY_FLAGS = {
    "chown": Kind.TEXT,
    "from": Kind.TEXT,
    "chmod": Kind.TEXT,
    "link": Kind.BOOL,
    "exclude": Kind.TEXTS,
    "parents": Kind.BOOL,
}
ADD_FLAGS = {
    "chown": Kind.TEXT,
    "chmod": Kind.TEXT,
    "link": Kind.BOOL,
    "keep-git-dir": Kind.BOOL,
    "checksum": Kind.TEXT,
    "unpack": Kind.BOOL,
    "exclude": Kind.TEXTS,
}
HEALTHCHECK_FLAGS = {
    "interval": Kind.TEXT,
    "timeout": Kind.TEXT,
    "start-period": Kind.TEXT,
    "start-interval": Kind.TEXT,
    "retries": Kind.TEXT,
}
_MILLISECOND = 1_000_000
_UTF16_HINT = "the file seems to be UTF-16; save it as UTF-8"


def instruction(node: Node) -> to.Instruction:
    """Give the instruction that a node stands for.

    Raises ParseError: in the daemon's words, without `dockerfile parse error on line n: `.
    """
    make = _MAKERS.get(node.keyword.lower())
    try:
        if make is None:
            raise _unknown(node.keyword)
        return make(node)
    except ParseError as error:
        error.span = error.span or node.span
        raise


def _unknown(keyword: str) -> ParseError:
    message = f"unknown instruction: {keyword}"
    if "\0" in keyword or keyword.startswith("\ufffe"):
        return ParseError(message, hint=_UTF16_HINT)
    return with_suggestion(message, keyword, suggestion(keyword, list(to.KEYWORDS), fold_case=True))


def _common(node: Node) -> Mapping[str, Any]:
    return {
        "span": node.span,
        "original": node.original.strip(BLANKS),
        "written": node.keyword,
        "comments": node.comments,
    }


def _exactly_one(node: Node) -> str:
    if len(node.arguments.words) != 1:
        raise ParseError(f"{node.keyword.upper()} requires exactly one argument")
    return node.arguments.words[0]


def _at_least_one(node: Node) -> None:
    if not (node.arguments.words or node.arguments.pairs):
        raise ParseError(f"{node.keyword.upper()} requires at least one argument")


def _from(node: Node) -> to.From:
    words = node.arguments.words
    name = written_name = written_as = None
    if len(words) == 3 and words[1].lower() == "as":
        _, written_as, written_name = words
        name = written_name.lower()
        if not _STAGE_NAME.fullmatch(name):
            why = "name can't start with a number or contain symbols"
            raise WordError(f"invalid name for build stage: {go_quote(written_name)}, {why}", written_name)
    elif len(words) != 1:
        raise ParseError("FROM requires either one or three arguments")
    flags = read_flags(node.flags, FROM_FLAGS)
    return to.From(
        **_common(node),
        base=words[0],
        name=name,
        platform=flags.texts.get("platform") or None,
        written_name=written_name,
        written_as=written_as,
    )


def _command(node: Node) -> Mapping[str, Any]:
    return {**_common(node), "args": node.arguments.words, "shell": not node.arguments.json}


def _run(node: Node) -> to.Run:
    flags = read_flags(node.flags, RUN_FLAGS)
    mounts = flags.lists.get("mount", ())
    for spec in mounts:
        check_mount(spec)
    network = flags.texts.get("network", "default")
    if network not in ("default", "none", "host"):
        raise WordError(f"invalid network mode {go_quote(network)}", network)
    security = flags.texts.get("security", "sandbox")
    if security not in ("sandbox", "insecure"):
        raise WordError(f"security {go_quote(security)} is not valid", security)
    for device in flags.lists.get("device", ()):
        parse_device(device)
    heredocs = tuple(
        to.InlineFile(heredoc.name, without_tabs(heredoc.body) if heredoc.strip_tabs else heredoc.body, heredoc.expand)
        for heredoc in node.heredocs
    )
    return to.Run(
        **_command(node),
        mount_specs=mounts,
        network=network,
        security=security,
        devices=flags.lists.get("device", ()),
        flags_used=_names(node),
        heredocs=heredocs,
    )


def _names(node: Node) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word[2:].partition("=")[0] for word in node.flags))


def _cmd(node: Node) -> to.Cmd:
    read_flags(node.flags, NO_FLAGS)
    return to.Cmd(**_command(node))


def _entrypoint(node: Node) -> to.Entrypoint:
    read_flags(node.flags, NO_FLAGS)
    return to.Entrypoint(**_command(node))


def _transfer(node: Node, known: Mapping[str, Kind]) -> tuple[Flags, dict[str, Any]]:
    """Give the flags of COPY or ADD and the fields that the two share."""
    keyword = node.keyword.upper()
    words = node.arguments.words
    if len(words) < 2:
        raise ParseError(
            f"{keyword} requires at least two arguments, but only one was provided. Destination could not be determined"
        )
    flags = read_flags(node.flags, known)
    if parse_heredoc(words[-1]) is not None:
        raise ParseError(f"{keyword} cannot accept a heredoc as a destination")
    bodies = {heredoc.name: heredoc.body for heredoc in node.heredocs}
    sources: list[str] = []
    contents: list[to.InlineFile] = []
    for word in words[:-1]:
        heredoc = parse_heredoc(word) if "<<" in word else None
        if heredoc is None:
            sources.append(word)
            continue
        body = bodies.get(heredoc.name, "")
        contents.append(to.InlineFile(heredoc.name, without_tabs(body) if heredoc.strip_tabs else body, heredoc.expand))
    return flags, {
        **_common(node),
        "sources": tuple(sources),
        "destination": words[-1],
        "contents": tuple(contents),
        "chown": flags.texts.get("chown") or None,
        "chmod": flags.texts.get("chmod") or None,
        "link": flags.bools.get("link", False),
        "exclude": flags.lists.get("exclude", ()),
        "flags_used": _names(node),
    }


def _copy(node: Node) -> to.Copy:
    flags, common = _transfer(node, COPY_FLAGS)
    return to.Copy(**common, from_=flags.texts.get("from") or None, parents=flags.bools.get("parents", False))


def _add(node: Node) -> to.Add:
    flags, common = _transfer(node, ADD_FLAGS)
    return to.Add(
        **common,
        checksum=flags.texts.get("checksum") or None,
        keep_git_dir=flags.bools.get("keep-git-dir"),
        unpack=flags.bools.get("unpack"),
    )


def _pairs(node: Node) -> Mapping[str, Any]:
    read_flags(node.flags, NO_FLAGS)
    _at_least_one(node)
    if not all(pair.key for pair in node.arguments.pairs):
        raise ParseError(f"{node.keyword.upper()} names can not be blank")
    return {**_common(node), "pairs": node.arguments.pairs}


def _arg(node: Node) -> to.Arg:
    _at_least_one(node)
    arguments: list[to.Argument] = []
    for word in node.arguments.words:
        key, equals, value = word.partition("=")
        if equals and not key:
            raise ParseError("ARG names can not be blank")
        doc = next((note[len(key) + 1 :] for note in node.comments if note.startswith(f"{key} ")), "")
        arguments.append(to.Argument(key, value if equals else None, doc))
    return to.Arg(**_common(node), arguments=tuple(arguments))


def _workdir(node: Node) -> to.Workdir:
    path = _exactly_one(node)
    read_flags(node.flags, NO_FLAGS)
    return to.Workdir(**_common(node), path=path)


def _user(node: Node) -> to.User:
    user = _exactly_one(node)
    read_flags(node.flags, NO_FLAGS)
    return to.User(**_common(node), user=user)


def _maintainer(node: Node) -> to.Maintainer:
    author = _exactly_one(node)
    read_flags(node.flags, NO_FLAGS)
    return to.Maintainer(**_common(node), author=author)


def _stop_signal(node: Node) -> to.StopSignal:
    return to.StopSignal(**_common(node), signal=_exactly_one(node))


def _expose(node: Node) -> to.Expose:
    _at_least_one(node)
    read_flags(node.flags, NO_FLAGS)
    return to.Expose(**_common(node), ports=tuple(sorted(node.arguments.words)))


def _volume(node: Node) -> to.Volume:
    _at_least_one(node)
    read_flags(node.flags, NO_FLAGS)
    paths = tuple(word.strip(BLANKS) for word in node.arguments.words)
    if not all(paths):
        raise ParseError("VOLUME specified can not be an empty string")
    return to.Volume(**_common(node), paths=paths)


def _shell(node: Node) -> to.Shell:
    read_flags(node.flags, NO_FLAGS)
    _at_least_one(node)
    if not node.arguments.json:
        raise ParseError("SHELL requires the arguments to be in JSON form")
    return to.Shell(**_common(node), args=node.arguments.words)


def _onbuild(node: Node) -> to.Onbuild:
    if node.trigger is None:
        raise ParseError("ONBUILD requires at least one argument")
    read_flags(node.flags, NO_FLAGS)
    trigger = node.trigger.keyword.upper()
    if trigger == "ONBUILD":
        raise ParseError("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed")
    if trigger in ("MAINTAINER", "FROM"):
        raise ParseError(f"{trigger} isn't allowed as an ONBUILD trigger")
    expression = _ONBUILD.sub("", node.original, count=1)
    expression += "".join(f"\n{heredoc.body}{heredoc.name}" for heredoc in node.heredocs)
    return to.Onbuild(**_common(node), expression=expression)


def _healthcheck(node: Node) -> to.Healthcheck:
    _at_least_one(node)
    kind, *command = node.arguments.words
    kind = kind.upper()
    if kind == "NONE":
        if command:
            raise ParseError("HEALTHCHECK NONE takes no arguments")
        return to.Healthcheck(**_common(node), test=("NONE",))
    flags = read_flags(node.flags, HEALTHCHECK_FLAGS)
    if kind != "CMD":
        raise WordError(f"Unknown type {go_quote(kind)} in HEALTHCHECK (try CMD)", node.arguments.words[0])
    if not command:
        raise ParseError("Missing command after HEALTHCHECK CMD")
    retries = parse_int(flags.texts["retries"]) if flags.texts.get("retries") else 0
    if retries < 0:
        raise ParseError(f"--retries cannot be negative ({retries})")
    return to.Healthcheck(
        **_common(node),
        test=("CMD" if node.arguments.json else "CMD-SHELL", *command),
        interval_ns=_interval(flags, "interval"),
        timeout_ns=_interval(flags, "timeout"),
        start_period_ns=_interval(flags, "start-period"),
        start_interval_ns=_interval(flags, "start-interval"),
        retries=retries,
    )


def _interval(flags: Flags, name: str) -> int:
    text = flags.texts.get(name, "")
    try:
        duration = parse_duration(text) if text else 0
    except ParseError as error:
        raise WordError(error.message, text) from None
    if duration and duration < _MILLISECOND:
        raise WordError(f"Interval {go_quote(name)} cannot be less than 1ms", text)
    return duration


_MAKERS: Mapping[str, Callable[[Node], to.Instruction]] = {
    "add": _add,
    "arg": _arg,
    "cmd": _cmd,
    "copy": _copy,
    "entrypoint": _entrypoint,
    "env": lambda node: to.Env(**_pairs(node)),
    "expose": _expose,
    "from": _from,
    "healthcheck": _healthcheck,
    "label": lambda node: to.Label(**_pairs(node)),
    "maintainer": _maintainer,
    "onbuild": _onbuild,
    "run": _run,
    "shell": _shell,
    "stopsignal": _stop_signal,
    "user": _user,
    "volume": _volume,
    "workdir": _workdir,
}
