"""What a command gives back to Python: its text, its exit code and its rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dockkernel.commands.events import Rows

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Result:
    """The end of a command. `rows` are those behind the last table that it printed, if it printed one."""

    exit_code: int
    stdout: str = field(repr=False)
    stderr: str = field(repr=False)
    rows: Rows | None = field(default=None, repr=False)

    @property
    def ok(self) -> bool:
        """True when the command did what it was asked."""
        return self.exit_code == 0

    @property
    def lines(self) -> list[str]:
        """Standard output, line by line."""
        return self.stdout.splitlines()

    @property
    def df(self) -> pd.DataFrame:
        """The table as a pandas DataFrame; without a table, the lines of the output in one column `line`."""
        import pandas

        if self.rows is None:
            return pandas.DataFrame({"line": self.lines})
        columns: list[Any] = list(self.rows.columns)
        return pandas.DataFrame.from_records(list(self.rows.rows), columns=columns)

    def __str__(self) -> str:
        return self.stdout
