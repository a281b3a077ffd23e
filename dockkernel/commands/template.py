r"""`--format`: what Docker adds to Go templates, lists as tables or lines, and objects for `inspect`.

Facts from the Docker CLI 28: `table` before a template aligns columns under headings, `json` is a line of JSON for
each row, `\t` and `\n` may be written with a backslash, and functions json split join title lower upper pad truncate.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from dockkernel.commands.errors import ClientError
from dockkernel.commands.gotemplate import nodes
from dockkernel.commands.gotemplate.docker import read, render, render_headings
from dockkernel.commands.gotemplate.errors import TemplateError
from dockkernel.commands.gotemplate.goformat import show
from dockkernel.commands.gotemplate.gojson import escape_html
from dockkernel.commands.gotemplate.govalues import JsonNumber, Member, Method, Row, Struct
from dockkernel.commands.gotemplate.parse import Tree
from dockkernel.commands.layout import align

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class View(Generic[T]):
    """How a list shows its items: `.Name` → what it reads from an item, and the heading of its column."""

    type_name: str
    """As Go's messages name a row: `*formatter.imageContext`."""
    columns: Mapping[str, Callable[[T], Any]]
    headings: Mapping[str, Any]
    """By column; a `Method` for a column that takes arguments."""

    def row(self, item: T) -> Row:
        """The item as a template sees it; a column is read when it is used."""
        return Row(self.type_name, _Columns(self.columns, item))


@dataclass(slots=True)
class _Columns(Mapping[str, Any]):
    readers: Mapping[str, Callable[[Any], Any]]
    item: Any
    known: dict[str, Any] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Any:
        if name not in self.known:
            self.known[name] = self.readers[name](self.item)
        return self.known[name]

    def __contains__(self, name: object) -> bool:
        return name in self.readers

    def __iter__(self) -> Iterator[str]:
        return iter(self.readers)

    def __len__(self) -> int:
        return len(self.readers)


def render_list(view: View[T], items: Iterable[T], form: str) -> str:
    """The items by a `--format` value other than the bare words `table` and `raw`, which the caller replaces.

    `ClientError` with Docker's words for a template that cannot be read or fails.
    """
    is_table = form.startswith("table")
    source = unescaped("{{json .}}" if form == "json" else form.removeprefix("table").strip(" "))
    tree = _parsed(source)
    plain = _plain(tree, view.columns)
    lines: list[str] = []
    try:
        for item in items:
            quick = _quick(plain, item) if plain else None
            lines.append((render(tree, view.row(item)) if quick is None else quick) + "\n")
        if is_table:
            lines.insert(0, render_headings(tree, view.headings) + "\n")
    except TemplateError as error:
        raise ClientError("template parsing error: " + error.message) from error
    return align("".join(lines)) if is_table else "".join(lines)


def check_list(view: View[T], item: T, form: str) -> None:
    """Tries a template as typed on one item, as `docker ps` does before it asks for any; `ClientError` if it fails."""
    try:
        tree = read(unescaped(form))
    except TemplateError as error:
        raise ClientError("failed to parse template: " + error.message) from error
    try:
        render(tree, view.row(item))
    except TemplateError as error:
        raise ClientError("failed to execute template: " + error.message) from error


def render_value(form: str, value: Struct, *, name: str = "", parse_exit: int = 1) -> str:
    """One object by a template, without a line end; `json` is one line of JSON. `name` is what messages call it.

    `ClientError`: for a template that cannot be read with exit code `parse_exit`, for one that fails with 1.
    """
    try:
        tree = read("{{json .}}" if form == "json" else form, name)
    except TemplateError as error:
        raise ClientError("template parsing error: " + error.message, parse_exit) from error
    try:
        return render(tree, value)
    except TemplateError as error:
        raise ClientError(error.message) from error


def as_struct(type_name: str, value: Mapping[str, Any]) -> Struct:
    """A JSON object as a Go struct of that type; objects in it are structs too."""
    members = tuple(Member(name, _structured(f"{type_name}.{name}", item), name) for name, item in value.items())
    return Struct(type_name, members)


def _structured(type_name: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        return as_struct(type_name, value)
    if isinstance(value, list | tuple):
        return [_structured(type_name, item) for item in value]
    return value


def unescaped(text: str) -> str:
    r"""A template as typed in single quotes: `\t` and `\n` become the characters."""
    return text.replace("\\t", "\t").replace("\\n", "\n")


def _parsed(source: str) -> Tree:
    try:
        return read(source)
    except TemplateError as error:
        raise ClientError("template parsing error: " + error.message) from error


def _plain(tree: Tree, readers: Mapping[str, Callable[[T], Any]]) -> list[tuple[str, Callable[[T], Any] | None]] | None:
    """A template of bare fields and texts as (text, None) and ("", reader) parts, else None: the common, quick case."""
    parts: list[tuple[str, Callable[[T], Any] | None]] = []
    for node in tree.body:
        match node:
            case nodes.Text(text=text):
                parts.append((text, None))
            case nodes.Action(pipe=nodes.Pipe(commands=[nodes.Command(arguments=[nodes.Field(names=(name,))])])) if (
                name in readers and not node.pipe.variables
            ):
                parts.append(("", readers[name]))
            case _:
                return None
    return parts


def _quick(parts: list[tuple[str, Callable[[T], Any] | None]], item: T) -> str | None:
    """The line of bare fields and texts; None where a field is a method, which must not be bare."""
    values = [text if reader is None else reader(item) for text, reader in parts]
    if any(isinstance(value, Method) for value in values):
        return None
    return "".join(value if isinstance(value, str) else show(value) for value in values)


@dataclass(slots=True)
class Inspector:
    """`docker inspect`: collects objects, then gives the text.

    A template is tried on the typed object and then on the raw JSON, as Docker does, so that both `.ID` and `.Id` work.
    """

    form: str = ""
    _raw: list[Mapping[str, Any]] = field(default_factory=list)
    _texts: list[str] = field(default_factory=list)
    _tree: Tree | None = None

    def __post_init__(self) -> None:
        """`ClientError` with exit code 64 for a template that cannot be read."""
        if self.form in ("", "json"):
            return
        try:
            self._tree = read(self.form)
        except TemplateError as error:
            raise ClientError("template parsing error: " + error.message, 64) from error

    def add(self, raw: Mapping[str, Any], typed: Struct | None = None) -> None:
        """Takes one object; `ClientError` if the template fails on it.

        `raw` is the daemon's JSON with keys in its order; `typed` the Go struct that the client would decode.
        """
        if self._tree is None:
            self._raw.append(raw)
            return
        if typed is not None:
            try:
                self._texts.append(render(self._tree, typed) + "\n")
                return
            except TemplateError:
                pass
        try:
            text = render(self._tree, _untyped(raw), untyped=True)
        except TemplateError as error:
            raise ClientError("template parsing error: " + error.message) from error
        self._texts.append(text + "\n")

    def text(self) -> str:
        """All objects, ready for standard output."""
        if self._tree is not None:
            return "".join(self._texts) or "\n"
        if self.form == "json":
            return escape_html(json.dumps(self._raw, separators=(",", ":"), ensure_ascii=False)) + "\n"
        return indented(self._raw)


def indented(objects: Sequence[Mapping[str, Any]]) -> str:
    """JSON as `docker inspect` prints it: four blanks, keys in the order given, a line end."""
    return json.dumps(list(objects), indent=4, ensure_ascii=False) + "\n"


def _untyped(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _untyped(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_untyped(item) for item in value]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return JsonNumber(json.dumps(value))
    return value
