"""Compiles a selection into SQL: the one compiler behind preview, estimate and export.

What holds on both databases, with bound parameters and as literal SQL alike:

- Both dates are inclusive. A kind with an overlap column is asked whether [time, overlap] meets the range;
  a null overlap column counts as the time itself.
- `ne` and `not_in` are the complement of `eq` and `in`: rows without a value are kept.
- `contains` and `starts_with` are case-sensitive and know no wildcards.
- On a vocabulary column, `is_null` means: no value, or one that the vocabulary does not know.
- `cidr` holds for addresses inside any of the networks, and never for text that is not an address.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from lumber.catalog.kind import Column, Operator
from lumber.catalog.selection import Condition, Selection
from lumber.store.address_sql import in_networks
from lumber.store.tables import table_of
from lumber.store.url import Dialect

Clause = sa.ColumnElement[bool]

_COMPARISONS: dict[Operator, Callable[[sa.ColumnElement[Any], Any], Clause]] = {
    Operator.GT: lambda left, right: left > right,
    Operator.GTE: lambda left, right: left >= right,
    Operator.LT: lambda left, right: left < right,
    Operator.LTE: lambda left, right: left <= right,
}


# The least number above zero.
_SMALLEST = 5e-324


def where(selection: Selection, dialect: Dialect) -> list[Clause]:
    """Return what a row of `table_of(selection.kind)` must fulfil; an empty list means every row."""
    table = table_of(selection.kind)
    conditions = [
        _condition(table, selection.kind.column(condition.column), condition, dialect)
        for condition in selection.conditions
    ]
    return [*_dates(selection, table), *conditions]


def filter_value(table: sa.TableClause, column: Column) -> sa.ColumnElement[Any]:
    """Return what a filter on `column` looks at; of a vocabulary column, its spelling in lower case.

    The same words as the expression index has, or the database would not use it.
    """
    value = _value(table, column)
    return value if column.vocabulary is None else sa.func.lower(value, type_=sa.Text())


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
    return clauses


def _condition(table: sa.TableClause, column: Column, condition: Condition, dialect: Dialect) -> Clause:
    if column.vocabulary is not None:
        return _vocabulary_condition(table, column, condition)
    value = _value(table, column)
    operator, given = condition.operator, condition.values
    match operator:
        case Operator.EQ | Operator.IN:
            return _is_one_of(value, given)
        case Operator.NE | Operator.NOT_IN:
            return _is_none_of(value, given)
        case Operator.IS_NULL:
            return value.is_(None) if given[0] else value.is_not(None)
        case Operator.CONTAINS:
            return _contains(value, str(given[0]), dialect)
        case Operator.STARTS_WITH:
            return _starts_with(value, str(given[0]), dialect)
        case Operator.CIDR:
            return in_networks(value, [str(network) for network in given], dialect)
        case _:
            return _COMPARISONS[operator](value, sa.literal(given[0], value.type))


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
    """Divide, with the largest number or zero for a result that no number is: PostgreSQL would refuse it."""
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


def _vocabulary_condition(table: sa.TableClause, column: Column, condition: Condition) -> Clause:
    assert column.vocabulary is not None
    spelling = filter_value(table, column)
    if condition.operator is Operator.IS_NULL:
        known = [text for texts in column.vocabulary.values() for text in texts]
        return _is_none_of(spelling, known) if condition.values[0] else _is_one_of(spelling, known)
    spellings = [text for value in condition.values for text in column.vocabulary[str(value)]]
    if condition.operator in (Operator.EQ, Operator.IN):
        return _is_one_of(spelling, spellings)
    return _is_none_of(spelling, spellings)


def _is_one_of(value: sa.ColumnElement[Any], given: Any) -> Clause:
    literals = [sa.literal(item, value.type) for item in given]
    return value == literals[0] if len(literals) == 1 else value.in_(literals)


def _is_none_of(value: sa.ColumnElement[Any], given: Any) -> Clause:
    literals = [sa.literal(item, value.type) for item in given]
    differs = value != literals[0] if len(literals) == 1 else value.not_in(literals)
    return sa.or_(value.is_(None), differs)


def _contains(value: sa.ColumnElement[Any], text: str, dialect: Dialect) -> Clause:
    position = sa.func.instr if dialect == "sqlite" else sa.func.strpos
    return position(value, sa.literal(text, sa.Text())) > 0


def _starts_with(value: sa.ColumnElement[Any], text: str, dialect: Dialect) -> Clause:
    prefix = sa.literal(text, sa.Text())
    if dialect == "sqlite":
        return sa.func.substr(value, 1, len(text)) == prefix
    return sa.func.starts_with(value, prefix)
