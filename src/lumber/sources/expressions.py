"""The parts that the SQL of both databases is made of."""

from __future__ import annotations

from dataclasses import dataclass

from lumber.sources.tables import TableColumn, quoted
from lumber.store.relations import RawTime

# The texts that are true and false, in lower case.
TRUE, FALSE = ("true", "t", "yes", "y", "on", "1"), ("false", "f", "no", "n", "off", "0")


class Unfit(Exception):
    """A column can't be made like that. The message says why, and what to do."""

    def __init__(self, message: str, allowed: tuple[str, ...] = ()) -> None:
        self.allowed = allowed
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Value:
    """A column of the mapped table as SQL, with its type in the words of the database."""

    name: str
    sql: str
    type: str

    @classmethod
    def of(cls, column: TableColumn) -> Value:
        """Return the value of a column."""
        return cls(column.name, f"mapped.{quoted(column.name)}", column.type)


@dataclass(frozen=True, slots=True)
class Expression:
    """The SQL of a column of the kind.

    `wrong` is true for rows whose value can't be read; None: only if it is null. `raw` is the time as it is
    stored, in the form of `raw_time`; None: the expression is the stored time, or no index can help.
    """

    sql: str
    wrong: str | None = None
    raw: str | None = None
    raw_time: RawTime | None = None
