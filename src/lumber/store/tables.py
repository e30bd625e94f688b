"""A kind's table as SQLAlchemy Core sees it: the columns that the catalog declares, with our types."""

from __future__ import annotations

from functools import cache

import sqlalchemy as sa

from lumber.catalog.kind import Kind, Storage
from lumber.store.types import TYPE_OF


def table_of(kind: Kind) -> sa.TableClause:
    """Return the table of `kind`, the same object each time. A foreign kind needs no ORM model."""
    return _table(kind.table, tuple((column.name, column.storage) for column in kind.columns))


@cache  # Two equal tables would be two tables in a FROM, joined.
def _table(name: str, columns: tuple[tuple[str, Storage], ...]) -> sa.TableClause:
    return sa.table(name, *[sa.column(column, TYPE_OF[storage]) for column, storage in columns])
