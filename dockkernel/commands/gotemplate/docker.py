"""The functions that Docker adds to Go's templates, and templates that know them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from dockkernel.commands.gotemplate import evaluate
from dockkernel.commands.gotemplate.functions import ANY, BUILTINS, Function
from dockkernel.commands.gotemplate.gojson import to_json
from dockkernel.commands.gotemplate.parse import Tree, parse

_WIDEST = 1_000_000
"""Blanks that one `pad` may add."""


def _split(text: str, separator: str) -> list[str]:
    return text.split(separator) if separator else list(text)


def _pad(text: str, before: int, after: int) -> str:
    if min(before, after) < 0:
        raise ValueError("strings: negative Repeat count")
    if max(before, after) > _WIDEST:
        raise ValueError("runtime error: makeslice: len out of range")
    return " " * before + text + " " * after if text else text


def _truncate(text: str, length: int) -> str:
    data = text.encode("utf-8", "surrogateescape")
    if length < 0:
        raise ValueError(f"runtime error: slice bounds out of range [:{length}]")
    return text if len(data) < length else data[:length].decode("utf-8", "surrogateescape")


def _title(text: str) -> str:
    out, inside = "", False
    for char in text:
        out += char if inside else char.upper()
        inside = char.isalnum() or char == "_"
    return out


_DOCKER: Mapping[str, Function] = {
    "json": Function(lambda value: to_json(value, html=False), (ANY,)),
    "split": Function(_split, ("string", "string")),
    "join": Function(lambda parts, separator: separator.join(parts), ("[]string", "string")),
    "title": Function(_title, ("string",)),
    "lower": Function(str.lower, ("string",)),
    "upper": Function(str.upper, ("string",)),
    "pad": Function(_pad, ("string", "int", "int")),
    "truncate": Function(_truncate, ("string", "int")),
}
_FUNCTIONS = {**BUILTINS, **_DOCKER}
_HEADING_FUNCTIONS = {
    **_FUNCTIONS,
    **{name: Function(lambda text: text, ("string",)) for name in ("json", "title", "lower", "upper")},
    "truncate": Function(lambda text, length: text, ("string", "int")),
}


@lru_cache(maxsize=64)
def read(source: str, name: str = "") -> Tree:
    """The template, read once. `TemplateError` otherwise."""
    return parse(source, _FUNCTIONS, name)


def render(tree: Tree, data: Any, *, untyped: bool = False) -> str:
    """The text that the template makes of a value; see `evaluate.render`."""
    return evaluate.render(tree, data, _FUNCTIONS, untyped=untyped)


def render_headings(tree: Tree, headings: Mapping[str, Any]) -> str:
    """The line over a table: fields give their headings, functions that change a text leave them alone."""
    return evaluate.render(tree, headings, _HEADING_FUNCTIONS)
