"""The time that decides about the split of a row, as SQL."""

from __future__ import annotations

from lumber.catalog.kind import Kind
from lumber.catalog.registry import get_kind
from lumber.store.url import Dialect


def late_time(kind: Kind, dialect: Dialect) -> str:
    """Return the later one of a row's two times; its only one, where the kind has no late time."""
    time, late = kind.time_column, kind.late_column
    if late is None:
        return time
    return f"greatest({time}, {late})" if dialect == "postgresql" else f"max({time}, ifnull({late}, {time}))"


def split_time(kind: Kind, dialect: Dialect) -> str:
    """Return the time of the row's leader; the row's own late time, where it has no leader."""
    own = late_time(kind, dialect)
    if kind.leader is None:
        return own
    leading = get_kind(kind.leader.kind)
    led = f"leader.{leading.id_column} = {kind.table}.{kind.leader.column}"
    found = f"SELECT leader.{leading.time_column} FROM {leading.table} AS leader WHERE {led}"  # noqa: S608 - names of the catalog
    return f"coalesce(({found}), {own})"
