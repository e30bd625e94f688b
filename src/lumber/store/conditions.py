"""Compiles a selection into SQL: the one compiler behind preview, estimate and export.

`lumber.catalog.operators` declares the operators; this module gives each the column in SQL. The following is
true on both databases, with bound parameters and as literal SQL:

- Start and end are inclusive, and `before` is exclusive. If a kind has an overlap column, [time, overlap]
  must meet the range; a null overlap column counts as the time itself.
- `ne` and `not_in` are the complement of `eq` and `in`: they keep rows without a value.
- `contains` and `starts_with` are case-sensitive and have no wildcards.
- On a vocabulary column, `is_null` means: no value, or one that the vocabulary doesn't know.
- `cidr` holds for addresses inside any of the networks, and never for text that is not an address.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from lumber.catalog.filter_values import Scalar
from lumber.catalog.kind import Column
from lumber.catalog.operators import Operand
from lumber.catalog.selection import Condition, Selection
from lumber.store.address_sql import in_networks
from lumber.store.tables import table_of
from lumber.store.url import Dialect

Clause = sa.ColumnElement[bool]

# The smallest number above zero.
_SMALLEST = 5e-324


def where(selection: Selection, dialect: Dialect) -> list[Clause]:
    """Return the conditions on the rows of `table_of(selection.kind)`; an empty list means every row."""
    table = table_of(selection.kind)
    conditions = [
        _condition(table, selection.kind.column(condition.column), condition, dialect)
        for condition in selection.conditions
    ]
    return [*_dates(selection, table), *conditions]


def filter_value(table: sa.TableClause, column: Column) -> sa.ColumnElement[Any]:
    """Return what a filter on `column` looks at; of a vocabulary column, its spelling in lower case.

    The text must be that of the expression index, or the database would not use the index.
    """
    value = _value(table, column)
    return value if column.vocabulary is None else sa.func.lower(value, type_=sa.Text())


@dataclass(frozen=True, slots=True)
class _FilterColumn:
    """A column as an operator sees it: see `lumber.catalog.operators.FilterColumn`."""

    dialect: Dialect
    value: sa.ColumnElement[Any]
    # The spellings of a vocabulary; None: any text is a value.
    known: Sequence[str] | None

    def literal(self, value: Scalar) -> sa.ColumnElement[Any]:
        return sa.literal(value, self.value.type)

    def call(self, function: str, *arguments: Any) -> sa.ColumnElement[Any]:
        typed = [sa.literal(each, sa.Text()) if isinstance(each, str) else each for each in arguments]
        called: sa.ColumnElement[Any] = getattr(sa.func, function)(*typed)
        return called

    def is_one_of(self, values: Sequence[Scalar]) -> Clause:
        literals = [self.literal(each) for each in values]
        return self.value == literals[0] if len(literals) == 1 else self.value.in_(literals)

    def is_none_of(self, values: Sequence[Scalar]) -> Clause:
        literals = [self.literal(each) for each in values]
        differs = self.value != literals[0] if len(literals) == 1 else self.value.not_in(literals)
        return sa.or_(self.value.is_(None), differs)

    def is_missing(self) -> Clause:
        return self.value.is_(None) if self.known is None else self.is_none_of(self.known)

    def is_present(self) -> Clause:
        return self.value.is_not(None) if self.known is None else self.is_one_of(self.known)

    def is_in_networks(self, networks: Sequence[str]) -> Clause:
        return in_networks(self.value, networks, self.dialect)


def _condition(table: sa.TableClause, column: Column, condition: Condition, dialect: Dialect) -> Clause:
    given, known = condition.values, None
    if column.vocabulary is not None:
        known = [text for texts in column.vocabulary.values() for text in texts]
        if condition.operator.operand is not Operand.FLAG:
            given = tuple(text for word in given for text in column.vocabulary[str(word)])
    asked = _FilterColumn(dialect, filter_value(table, column), known)
    clause: Clause = condition.operator.sql(asked, given)
    return clause


def _dates(selection: Selection, table: sa.TableClause) -> list[Clause]:
    begins = table.c[selection.kind.time_column]
    ends: sa.ColumnElement[Any] = begins
    if selection.kind.overlap_column is not None:
        ends = sa.func.coalesce(table.c[selection.kind.overlap_column], begins, type_=begins.type)
    clauses: list[Clause] = []
    if selection.start is not None:
        clauses.append(ends >= sa.literal(selection.start, begins.type))
    if selection.end is not None:
        clauses.append(begins <= sa.literal(selection.end, begins.type))
    if selection.before is not None:
        clauses.append(begins < sa.literal(selection.before, begins.type))
    return clauses


def _value(table: sa.TableClause, column: Column) -> sa.ColumnElement[Any]:
    """Return what a filter on `column` looks at: the first of its sources that is not null."""
    if not column.filter_sources:
        return table.c[column.name]
    value = _first_of(table, column.filter_sources)
    if column.filter_scale is None:
        return value
    maximum, raw = table.c[column.filter_scale[0]], _first_of(table, column.filter_scale[1])
    return sa.case((maximum > 0, _quotient(raw, maximum)), else_=value)


def _quotient(raw: sa.ColumnElement[Any], maximum: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """Divide. A result beyond the range of a double, which PostgreSQL rejects, is the largest one or zero."""
    size = sa.func.abs(raw)
    largest = sa.literal(sys.float_info.max, raw.type)
    is_too_large = sa.and_(maximum < 1, size > maximum * largest)
    is_too_small = sa.and_(maximum > 1, size < maximum * sa.literal(_SMALLEST, raw.type))
    return sa.case(
        (sa.and_(is_too_large, raw > 0), largest),
        (is_too_large, -largest),
        (is_too_small, sa.literal(0.0, raw.type)),
        else_=raw / maximum,
    )


def _first_of(table: sa.TableClause, names: tuple[str, ...]) -> sa.ColumnElement[Any]:
    sources = [table.c[name] for name in names]
    return sa.func.coalesce(*sources, type_=sources[0].type)
