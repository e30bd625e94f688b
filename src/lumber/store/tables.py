"""A kind's table as SQLAlchemy Core sees it: the columns that the catalog declares, with our types."""

from __future__ import annotations

from functools import cache

import sqlalchemy as sa

from lumber.catalog.kind import Kind, Storage
from lumber.store.types import TYPE_OF


def table_of(kind: Kind) -> sa.TableClause:
    """Return the table of `kind`, the same object each time. No ORM model is needed."""
    return _table(kind.table, tuple((column.name, column.storage) for column in kind.columns))


@cache  # SQLAlchemy would join two equal tables, as different ones.
def _table(name: str, columns: tuple[tuple[str, Storage], ...]) -> sa.TableClause:
    return sa.table(name, *[sa.column(column, TYPE_OF[storage]) for column, storage in columns])
