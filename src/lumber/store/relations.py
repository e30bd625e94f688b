"""Where the rows of a kind are if they are not in our own table: a query over somebody else's.

Such a query has exactly the columns of the kind's table, and its name: each statement begins with it as a
common table expression. So one set of statements reads our own tables and those of others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from lumber.catalog.kind import Kind

# The column of such a query that has the time as the table stores it.
RAW_TIME = "lumber_raw_time"
# The column of such a query that an update of the row changes, if the database has one.
ROW_VERSION = "lumber_row_version"
_INT64_MIN, _INT64_MAX = -(2**63), 2**63 - 1
_PG_MIN_US, _PG_MAX_US = -210_866_803_200_000_000, 9_223_371_331_199_999_999


@dataclass(frozen=True, slots=True)
class RawTime:
    """How a table stores the time, if that isn't the form of our own tables: an index has only this form.

    A number counts `per_million` units in each 1,000,000 microseconds since 1970 UTC. A timestamp without a
    zone is at most `slack_us` away from UTC. `is_ordered`: its order is that of the times.
    """

    form: Literal["number", "timestamp"]
    per_million: int = 1_000_000
    slack_us: int = 0
    is_ordered: bool = True

    def bound(self, microseconds: int, *, is_low: bool) -> str | None:
        """Return the least or the greatest stored value of times on this side of a moment, as SQL.

        It may let some rows through that are on the other side. None: no value can be written.
        """
        if self.form == "number":
            scaled = microseconds * self.per_million
            whole = scaled // 1_000_000 if is_low else -(-scaled // 1_000_000)
            return str(whole) if _INT64_MIN < whole <= _INT64_MAX else None
        moved = microseconds - self.slack_us if is_low else microseconds + self.slack_us
        if not _PG_MIN_US < moved < _PG_MAX_US:
            return None
        return f"(TIMESTAMP '1970-01-01' + INTERVAL '{moved} microseconds')"


@dataclass(frozen=True, slots=True)
class Relation:
    """The query that stands for the table of a kind.

    `raw_time`: it also has the column RAW_TIME. `has_row_version`: it also has the column ROW_VERSION.
    """

    table: str
    query: str
    raw_time: RawTime | None = None
    has_row_version: bool = False


@dataclass(frozen=True, slots=True)
class Relations:
    """The queries that stand for tables, by the names of these. Without any, our own tables are read."""

    by_table: Mapping[str, Relation] = field(default_factory=dict)

    @property
    def are_own(self) -> bool:
        """Say whether rows come from our own tables."""
        return not self.by_table

    def has(self, table: str) -> bool:
        """Say whether statements can read this table."""
        return self.are_own or table in self.by_table

    def sql(self, statement: str) -> str:
        """Return a statement that reads these queries in place of the tables."""
        if self.are_own:
            return statement
        # Not materialized: the database moves the conditions of the statement into the query.
        first = ", ".join(
            f"{each.table} AS NOT MATERIALIZED ({each.query})" for each in self.by_table.values()
        )
        rest = statement.removeprefix("WITH ")
        return f"WITH {first}, {rest}" if rest != statement else f"WITH {first} {statement}"

    def raw_time(self, kind: Kind) -> RawTime | None:
        """Return how the table of a kind stores its time, if an index may have it in that form."""
        found = self.by_table.get(kind.table)
        return None if found is None else found.raw_time

    def row_version(self, kind: Kind) -> str | None:
        """Return what an update of a row changes, as SQL of PostgreSQL; None: nothing is known."""
        if self.are_own:
            # The transaction that inserted this version of the row or updated it.
            return "CAST(CAST(xmin AS text) AS bigint)"
        found = self.by_table.get(kind.table)
        return ROW_VERSION if found is not None and found.has_row_version else None

    def bounds(self, kind: Kind, low_us: int | None, high_us: int | None) -> list[str]:
        """Return conditions that an index on the stored time can answer, true for all times in a range.

        Both ends belong to the range. They don't replace the exact conditions.
        """
        raw = self.raw_time(kind)
        if raw is None:
            return []
        low = None if low_us is None else raw.bound(low_us, is_low=True)
        high = None if high_us is None else raw.bound(high_us, is_low=False)
        found = [] if low is None else [f"{RAW_TIME} >= {low}"]
        return found if high is None else [*found, f"{RAW_TIME} <= {high}"]


OWN = Relations()
