"""Recipes: what an image of the embedded catalog is made of, read from the data files.

A file `catalog_data/NAME.toml` describes the repository NAME: its `[[image]]` tables (a script, the image below, tags,
the time it was made) and the `[layer.X]` tables that the scripts name. `{{word}}` in a script or a layer is replaced by
the image's `vars` or the file's `[words]`. An image's key is `NAME/its name`. Reading is lazy: a pull of one image
parses its files only.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from dockkernel.errors import NotFound, ParseError
from dockkernel.registry import catalog_data
from dockkernel.registry.script import Step, Style, parse

_HOLE = re.compile(r"\{\{(\w+)\}\}")


@dataclass(frozen=True, slots=True)
class Body:
    """What one layer holds. Paths have no leading slash; the grammar of each member is in the README."""

    size: int = 0
    """Bytes as Docker counts them that `bulk` fills up to; 0 for what the rest comes to."""
    use: tuple[str, ...] = ()
    """Names of sets, laid down before the rest."""
    dirs: str = ""
    programs: tuple[tuple[str, str], ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    same: tuple[tuple[str, str], ...] = ()
    """Directory or file → names: hard links."""
    text: tuple[tuple[str, str], ...] = ()
    script: tuple[tuple[str, str], ...] = ()
    says: tuple[tuple[str, str], ...] = ()
    """Bulk file → what the program that it stands for prints."""
    append: tuple[tuple[str, str], ...] = ()
    modes: tuple[tuple[str, str], ...] = ()
    dpkg: str = ""
    apk: str = ""
    remove: str = ""
    bulk: str = ""
    merged: bool = False
    """`/bin`, `/sbin` and `/lib` are links into `/usr`."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """One image. `base` is the key of the image below, empty for scratch."""

    key: str
    tags: tuple[str, ...]
    base: str
    created: str
    """RFC 3339, UTC, whole seconds."""
    steps: tuple[Step, ...]
    bodies: tuple[Body, ...]
    """One for each step that makes a layer, in order."""
    style: Style = "classic"
    docker_version: str = ""
    replaces: str = ""
    """Key of the image whose tags this one takes over: the earlier edition."""
    raw_comment: str = ""
    """The comment of its RAW history rows."""


@dataclass(frozen=True, slots=True)
class Book:
    """One data file: a repository's recipes by key, and its description (our words)."""

    name: str
    description: str
    recipes: Mapping[str, Recipe]


@cache
def book(name: str) -> Book:
    """The data file of the repository `name`; `NotFound` when there is none, `ParseError` when it is no recipe."""
    value = tomllib.loads(catalog_data.read(f"{name}.toml"))
    words = value.get("words", {})
    recipes = (_recipe(name, entry, value.get("layer", {}), words) for entry in value["image"])
    return Book(name, value.get("description", ""), {recipe.key: recipe for recipe in recipes})


def recipe(key: str) -> Recipe:
    """The recipe with this key; `NotFound` when there is none."""
    found = book(key.partition("/")[0]).recipes.get(key)
    if found is None:
        raise NotFound(f"the catalog has no recipe {key}")
    return found


def lineage(top: Recipe) -> Iterator[Recipe]:
    """The recipe and those below it, base first."""
    if top.base:
        yield from lineage(recipe(top.base))
    yield top


@cache
def file_set(name: str) -> Body:
    """A set of files that several layers have, from `sets.toml`."""
    found = _sets().get(name)
    if found is None:
        raise NotFound(f"the catalog has no set {name}")
    return body(found)


@cache
def _sets() -> dict[str, Any]:
    return tomllib.loads(catalog_data.read("sets.toml"))


def body(value: Mapping[str, Any]) -> Body:
    """The layer in a decoded table; `ParseError` for a member that layers do not have."""
    try:
        return Body(**{name: _frozen(member) for name, member in value.items()})
    except TypeError as error:
        raise ParseError(f"recipe: {error}") from error


def _frozen(member: Any) -> Any:
    if isinstance(member, Mapping):
        return tuple(member.items())
    return tuple(member) if isinstance(member, list) else member


def _recipe(book_name: str, entry: Mapping[str, Any], layers: Mapping[str, Any], words: Mapping[str, Any]) -> Recipe:
    words = {**words, **entry.get("vars", {})}
    entry = _filled(entry, words)
    steps = parse(entry["script"])
    missing = [step.layer for step in steps if step.layer and step.layer not in layers]
    if missing:
        raise ParseError(f"recipe {book_name}/{entry['name']}: no layer {missing[0]}")
    bodies = (body(_filled(layers[step.layer], words)) for step in steps if step.layer)
    return Recipe(
        key=f"{book_name}/{entry['name']}",
        tags=tuple(entry.get("tags", "").split()),
        base=entry.get("from", ""),
        created=entry["created"],
        steps=steps,
        bodies=tuple(bodies),
        style=entry.get("style", "classic"),
        docker_version=entry.get("docker_version", ""),
        replaces=f"{book_name}/{entry['replaces']}" if "replaces" in entry else "",
        raw_comment=entry.get("raw_comment", ""),
    )


def _filled(value: Any, words: Mapping[str, Any]) -> Any:
    """`value` with each `{{word}}` replaced; a string that is one such hole takes the word's own type."""
    if isinstance(value, str):
        whole = _HOLE.fullmatch(value)
        return words[whole[1]] if whole else _HOLE.sub(lambda match: str(words[match[1]]), value)
    if isinstance(value, Mapping):
        return {_filled(key, words): _filled(member, words) for key, member in value.items()}
    return [_filled(member, words) for member in value] if isinstance(value, list) else value
