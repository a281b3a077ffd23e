"""A list of rows in any of Docker's forms: the default table, `table TEMPLATE`, `json`, a template, ids alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING

from dockkernel.commands.layout import table
from dockkernel.commands.session import Session

if TYPE_CHECKING:
    from dockkernel.commands.gotemplate.govalues import Method
    from dockkernel.commands.template import View


@dataclass(frozen=True, slots=True)
class Column:
    """One field that templates can name, its heading, and whether the default table shows it."""

    field: str
    heading: str
    default: bool = True
    empty: str = ""
    """What the default table shows in place of an empty text."""


@dataclass(frozen=True, slots=True)
class Listing:
    """The forms of one kind of list. `type_name` is the Go type that template errors name."""

    columns: tuple[Column, ...]
    type_name: str
    quiet: str = ""
    """The field that `-q` prints alone."""
    raw: str = ""
    """The template of `--format raw`."""
    quiet_raw: str = ""
    """The same with `-q`."""
    methods: tuple[tuple[str, Method], ...] = ()
    """Headings of the fields that take an argument; a row holds a `Method` under the same name."""

    def write(self, session: Session, form: str, quiet: bool, rows: Iterable[Mapping[str, object]]) -> None:
        """Prints the rows. A template wins over `-q`, but for the bare word `table`."""
        if quiet and form in ("", "table"):
            session.out("".join(f"{row[self.quiet]}\n" for row in rows))
        elif form in ("", "table"):
            session.out(self._default_table(rows))
        else:
            from dockkernel.commands.template import render_list

            raw = self.quiet_raw if quiet else self.raw
            session.out(render_list(self.view(), rows, raw if form == "raw" and raw else form))

    def view(self) -> View[Mapping[str, object]]:
        """The columns as templates see them."""
        from dockkernel.commands.template import View

        names = [*(column.field for column in self.columns), *(name for name, _ in self.methods)]
        headings = {column.field: column.heading for column in self.columns}
        return View(self.type_name, {name: itemgetter(name) for name in names}, {**headings, **dict(self.methods)})

    def _default_table(self, rows: Iterable[Mapping[str, object]]) -> str:
        shown = [column for column in self.columns if column.default]
        head = tuple(column.heading for column in shown)
        body = (tuple(str(row[column.field] or column.empty) for column in shown) for row in rows)
        return table([head, *body])
