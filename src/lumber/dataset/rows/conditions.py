"""Search and filters over the rows of a dataset: checked, and applied to batches.

Filters have the form and the operators of an export's `filters`, for the columns of the dataset:
`{"log_level": "ERROR", "id": {"gte": 5}}`. The search is text in any column, in any case.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
import pyarrow as pa

from lumber.catalog.filter_values import MAX_CONDITIONS, MAX_VALUES, Scalar
from lumber.catalog.kind import Column, Filtering
from lumber.catalog.operators import Operator, Takes, operators_for
from lumber.catalog.storage import Storage
from lumber.dataset.manifest import FieldEntry
from lumber.errors import ConfigError, FieldProblem
from lumber.formats.reading import arrow_type
from lumber.formats.text_shard import TIME_FORMAT
from lumber.text import counted

Values = tuple[Scalar, ...]
_MEANT = re.compile(r"[\\.+*?()|\[\]{}^$#&~-]")
_NUMBER = re.compile(r"[-+0-9.eE]+")
_TIME = re.compile(r"[-0-9:.TtZz]+")
# What each operator means for a column of a frame. Operators without an entry aren't offered.
_MEANINGS: dict[str, Callable[[pl.Expr, Values], pl.Expr]] = {
    "eq": lambda column, given: column == _literal(given[0]),
    "ne": lambda column, given: column.ne_missing(_literal(given[0])),
    "in": lambda column, given: pl.any_horizontal(column == _literal(each) for each in given),
    "not_in": lambda column, given: pl.all_horizontal(column.ne_missing(_literal(each)) for each in given),
    "gt": lambda column, given: column > _literal(given[0]),
    "gte": lambda column, given: column >= _literal(given[0]),
    "lt": lambda column, given: column < _literal(given[0]),
    "lte": lambda column, given: column <= _literal(given[0]),
    "contains": lambda column, given: column.str.contains(str(given[0]), literal=True),
    "starts_with": lambda column, given: column.str.starts_with(str(given[0])),
    "is_null": lambda column, given: column.is_null() if given[0] else column.is_not_null(),
}


@dataclass(frozen=True, slots=True)
class Condition:
    """A column compared with values that were checked."""

    column: str
    operator: str
    values: Values

    def expression(self) -> pl.Expr:
        """Return the condition for a frame."""
        return _MEANINGS[self.operator](pl.col(self.column), self.values)


@dataclass(frozen=True, slots=True)
class Conditions:
    """All conditions that a row must meet. Columns with texts and others that a search looks at are given."""

    search: str | None = None
    filters: tuple[Condition, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether every row meets them."""
        return self.search is None and not self.filters

    @property
    def columns(self) -> frozenset[str] | None:
        """The columns that they look at; None: all."""
        return None if self.search is not None else frozenset(each.column for each in self.filters)

    def matching(self, frame: pl.DataFrame) -> list[int]:
        """Return the numbers of the rows of a frame that meet the conditions, ascending."""
        parts = [each.expression() for each in self.filters]
        if self.search is not None:
            parts.append(_searched(self.search, frame.schema))
        met = frame.select(pl.all_horizontal(parts).fill_null(False).alias("met"))["met"]
        return met.arg_true().to_list()


def operators_of(field: FieldEntry) -> list[Operator]:
    """Return the operators that filters may use on a column."""
    return [each for name, each in operators_for(_column(field)).items() if name in _MEANINGS]


def parse_conditions(
    fields: Sequence[FieldEntry], search: str | None = None, filters: str | None = None
) -> Conditions:
    """Check a search and filters, which are the text of a JSON object.

    Raises ConfigError that names the field, its value and what is allowed.
    """
    problems: list[FieldProblem] = []
    found: list[Condition] = []
    for name, operator, value in _given(filters, problems):
        try:
            found += _checked(fields, name, operator, value)
        except ConfigError as error:
            problems += error.problems
    if len(found) > MAX_CONDITIONS:
        text = f"has {counted(len(found), 'condition')}; at most {MAX_CONDITIONS:,} are allowed"
        problems.append(FieldProblem("filters", None, text))
    if problems:
        raise ConfigError(problems)
    return Conditions(search or None, tuple(found))


def _given(filters: str | None, problems: list[FieldProblem]) -> Iterable[tuple[str, str, Any]]:
    """Yield column, operator and value of each condition."""
    if not filters:
        return
    try:
        given = json.loads(filters)
    except (ValueError, RecursionError) as error:
        problems.append(FieldProblem("filters", filters, f"is not JSON ({error})"))
        return
    if not isinstance(given, dict):
        problems.append(FieldProblem("filters", filters, 'must be an object such as {"log_level": "ERROR"}'))
        return
    for name, value in given.items():
        if isinstance(value, dict):
            yield from ((name, operator, each) for operator, each in value.items())
        else:
            yield name, "in" if isinstance(value, list) else "eq", value


def _checked(fields: Sequence[FieldEntry], name: str, operator: str, value: Any) -> list[Condition]:
    by_name = {field.name: field for field in fields}
    if name not in by_name:
        raise _refused(f"filters.{name}", value, f"{name!r} is not a column", by_name)
    known = {each.name: each for each in operators_of(by_name[name])}
    if operator not in known:
        text = f"{operator!r} is not an operator of {name}"
        raise _refused(f"filters.{name}.{operator}", value, text, known)
    is_list = isinstance(value, list)
    takes = known[operator].takes
    if is_list and takes is Takes.ONE:
        raise _refused(f"filters.{name}.{operator}", value, "takes one value, not a list")
    values = value if is_list else [value]
    if not 1 <= len(values) <= MAX_VALUES:
        raise _refused(f"filters.{name}.{operator}", None, f"must have 1 to {MAX_VALUES:,} values")
    try:
        checked = tuple(known[operator].check(_column(by_name[name]), each) for each in values)
    except ValueError as error:
        raise _refused(f"filters.{name}.{operator}", value, str(error)) from None
    return [Condition(name, operator, checked)]


def _refused(field: str, value: Any, message: str, allowed: Iterable[str] = ()) -> ConfigError:
    return ConfigError([FieldProblem(field, value, message, tuple(allowed))])


def _column(field: FieldEntry) -> Column:
    """Describe a column of a dataset as the catalog describes those of tables."""
    type_ = arrow_type(field)
    if field.is_json:
        return Column(field.name, Storage.JSON, Filtering.OPAQUE)
    if pa.types.is_string(type_) or pa.types.is_large_string(type_):
        return Column(field.name, Storage.TEXT, Filtering.TEXTUAL)
    if pa.types.is_timestamp(type_):
        return Column(field.name, Storage.TIME, Filtering.ORDERED)
    if pa.types.is_integer(type_):
        return Column(field.name, Storage.INTEGER, Filtering.ORDERED)
    if pa.types.is_floating(type_):
        return Column(field.name, Storage.REAL, Filtering.ORDERED)
    if pa.types.is_boolean(type_):
        return Column(field.name, Storage.BOOLEAN, Filtering.ORDERED)
    # Only whether there is a value: lists, and what other packages add.
    return Column(field.name, Storage.TEXT, None)


def _literal(value: Scalar) -> pl.Expr:
    return pl.lit(value)


def _searched(search: str, schema: pl.Schema) -> pl.Expr:
    """Return whether a text is in any column. Numbers and times are compared as they are shown."""
    pattern = "(?i)" + _MEANT.sub(r"\\\g<0>", search)
    parts = []
    for name, dtype in schema.items():
        column = pl.col(name)
        if dtype == pl.String:
            parts.append(column.str.contains(pattern))
        elif isinstance(dtype, pl.Datetime):
            if _TIME.fullmatch(search):
                parts.append(column.dt.to_string(TIME_FORMAT).str.contains(search.upper(), literal=True))
        elif dtype.is_numeric():
            if _NUMBER.fullmatch(search):
                parts.append(column.cast(pl.String).str.contains(search, literal=True))
        elif isinstance(dtype, pl.List) and dtype.inner == pl.String:
            parts.append(column.list.eval(pl.element().str.contains(pattern)).list.any())
    return pl.any_horizontal(parts) if parts else pl.lit(False)
