"""The operators of filters. One declaration says everything about an operator: see `Operator`.

To add one, write a declaration and put it into `BUILT_IN`. Another package offers one by an entry point in
the group `lumber.operators` that names an `Operator` object. The catalog doesn't import a database library:
an operator writes its SQL through `FilterColumn`, which the store implements for each database.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.metadata import entry_points
from types import MappingProxyType
from typing import Any, Literal, Protocol

from lumber.catalog.filter_values import Scalar, boolean, column_value, network
from lumber.catalog.kind import Column, Filtering

# An SQL expression of the store. Python's comparison operators on it make SQL.
Expression = Any

_NAME = re.compile(r"[a-z][a-z_]*")


class FilterColumn(Protocol):
    """A column in a filter, as the store offers it to an operator's `sql`."""

    @property
    def dialect(self) -> Literal["sqlite", "postgresql"]:
        """The database that the SQL is for."""

    @property
    def value(self) -> Expression:
        """What the filter looks at."""

    def literal(self, value: Scalar) -> Expression:
        """Return a value in the column's type, safely quoted."""

    def call(self, function: str, *arguments: Expression | Scalar) -> Expression:
        """Return the call of an SQL function. Plain values are quoted safely."""

    def is_one_of(self, values: Sequence[Scalar]) -> Expression:
        """Return whether the column has one of the values; rows without a value do not."""

    def is_none_of(self, values: Sequence[Scalar]) -> Expression:
        """Return whether the column has none of the values, or no value."""

    def is_missing(self) -> Expression:
        """Return whether the column has no value; for a vocabulary, no word of it."""

    def is_present(self) -> Expression:
        """Return the opposite of `is_missing`."""

    def is_in_networks(self, networks: Sequence[str]) -> Expression:
        """Return whether the column is an address inside one of the networks; other text never is."""


class Takes(StrEnum):
    """How many values an operator takes."""

    ONE = "one"
    LIST = "list"
    EITHER = "either"  # a list, or one value alone


class Operand(StrEnum):
    """What the values of an operator are. It decides what a private dataset shows of a filter."""

    VALUE = "value"  # whole values of the column: their pseudonyms are shown
    PARTIAL = "partial"  # bounds, parts or ranges of values: hidden in columns of text
    FLAG = "flag"  # true or false, true if left out: shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """Everything about an operator. A missing field is a type error, and an error at import.

    name        its name in a config and on the command line: lower-case letters and underscores
    label       what a form shows between the column and the value
    columns     the columns that it works on, by their `filtering`
    takes       one value or a list
    operand     what the values are
    check       returns a value in the type that `sql` gets; raises ValueError that says what is wrong with it
    sql         returns the condition, given the column and the checked values
    signs       the signs that stand for it on the command line
    list_form   the operator that takes its place on the command line if there are several values
    """

    name: str
    label: str
    columns: frozenset[Filtering]
    takes: Takes
    operand: Operand
    check: Callable[[Column, Any], Scalar]
    sql: Callable[[FilterColumn, tuple[Scalar, ...]], Expression]
    signs: tuple[str, ...] = ()
    list_form: str | None = None

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"operator {self.name!r}: a name has lower-case letters and underscores only")
        if not self.columns:
            raise ValueError(f"operator {self.name!r} works on no column: say which in `columns`")

    def __str__(self) -> str:
        return self.name


def _contains(column: FilterColumn, given: tuple[Scalar, ...]) -> Expression:
    position = "instr" if column.dialect == "sqlite" else "strpos"
    return column.call(position, column.value, given[0]) > 0


def _starts_with(column: FilterColumn, given: tuple[Scalar, ...]) -> Expression:
    prefix = str(given[0])
    if column.dialect == "sqlite":
        return column.call("substr", column.value, 1, len(prefix)) == column.literal(prefix)
    return column.call("starts_with", column.value, prefix)


_COMPARED = frozenset({Filtering.ORDERED, Filtering.TEXTUAL, Filtering.ADDRESS, Filtering.VOCABULARY})
_TEXTS = frozenset({Filtering.TEXTUAL, Filtering.ADDRESS})
_ORDERED = frozenset({Filtering.ORDERED})

EQ = Operator(
    name="eq",
    label="is",
    columns=_COMPARED,
    takes=Takes.ONE,
    operand=Operand.VALUE,
    check=column_value,
    sql=lambda column, given: column.is_one_of(given),
    signs=("=", "=="),
    list_form="in",
)
NE = Operator(
    name="ne",
    label="is not",
    columns=_COMPARED,
    takes=Takes.ONE,
    operand=Operand.VALUE,
    check=column_value,
    sql=lambda column, given: column.is_none_of(given),
    signs=("!=",),
    list_form="not_in",
)
IN = Operator(
    name="in",
    label="is any of",
    columns=_COMPARED,
    takes=Takes.LIST,
    operand=Operand.VALUE,
    check=column_value,
    sql=lambda column, given: column.is_one_of(given),
)
NOT_IN = Operator(
    name="not_in",
    label="is none of",
    columns=_COMPARED,
    takes=Takes.LIST,
    operand=Operand.VALUE,
    check=column_value,
    sql=lambda column, given: column.is_none_of(given),
)
GT = Operator(
    name="gt",
    label="is more than",
    columns=_ORDERED,
    takes=Takes.ONE,
    operand=Operand.PARTIAL,
    check=column_value,
    sql=lambda column, given: column.value > column.literal(given[0]),
    signs=(">",),
)
GTE = Operator(
    name="gte",
    label="is at least",
    columns=_ORDERED,
    takes=Takes.ONE,
    operand=Operand.PARTIAL,
    check=column_value,
    sql=lambda column, given: column.value >= column.literal(given[0]),
    signs=(">=",),
)
LT = Operator(
    name="lt",
    label="is less than",
    columns=_ORDERED,
    takes=Takes.ONE,
    operand=Operand.PARTIAL,
    check=column_value,
    sql=lambda column, given: column.value < column.literal(given[0]),
    signs=("<",),
)
LTE = Operator(
    name="lte",
    label="is at most",
    columns=_ORDERED,
    takes=Takes.ONE,
    operand=Operand.PARTIAL,
    check=column_value,
    sql=lambda column, given: column.value <= column.literal(given[0]),
    signs=("<=",),
)
CONTAINS = Operator(
    name="contains",
    label="contains",
    columns=_TEXTS | {Filtering.OPAQUE},
    takes=Takes.ONE,
    operand=Operand.PARTIAL,
    check=column_value,
    sql=_contains,
)
STARTS_WITH = Operator(
    name="starts_with",
    label="begins with",
    columns=_TEXTS,
    takes=Takes.ONE,
    operand=Operand.PARTIAL,
    check=column_value,
    sql=_starts_with,
)
IS_NULL = Operator(
    name="is_null",
    label="is empty",
    columns=frozenset(Filtering),
    takes=Takes.ONE,
    operand=Operand.FLAG,
    check=boolean,
    sql=lambda column, given: column.is_missing() if given[0] else column.is_present(),
)
CIDR = Operator(
    name="cidr",
    label="is in the network",
    columns=frozenset({Filtering.ADDRESS}),
    takes=Takes.EITHER,
    operand=Operand.PARTIAL,
    check=network,
    sql=lambda column, given: column.is_in_networks([str(each) for each in given]),
)

# In the order in which people read them.
BUILT_IN = (EQ, NE, IN, NOT_IN, GT, GTE, LT, LTE, CONTAINS, STARTS_WITH, IS_NULL, CIDR)


@cache
def all_operators() -> MappingProxyType[str, Operator]:
    """Return every operator by name, the built-in ones first. Raises ValueError for a bad declaration."""
    offered = [entry_point.load() for entry_point in entry_points(group="lumber.operators")]
    return checked((*BUILT_IN, *offered))


def checked(operators: Iterable[Operator]) -> MappingProxyType[str, Operator]:
    """Return operators by name. Raises ValueError for a name or sign given twice, or a bad list form."""
    found: dict[str, Operator] = {}
    signs: dict[str, str] = {}
    for operator in operators:
        if operator.name in found:
            raise ValueError(f"two operators are named {operator.name!r}")
        found[operator.name] = operator
        for sign in operator.signs:
            if sign in signs:
                raise ValueError(f"operators {signs[sign]!r} and {operator.name!r} have the sign {sign!r}")
            signs[sign] = operator.name
    for operator in found.values():
        form = operator.list_form
        if form is not None and (form not in found or found[form].takes is Takes.ONE):
            raise ValueError(f"operator {operator.name!r}: its list form {form!r} takes no list")
    return MappingProxyType(found)


def operators_for(column: Column) -> dict[str, Operator]:
    """Return the operators that filters may use on a column, by name."""
    return {name: each for name, each in all_operators().items() if column.filtering in each.columns}
