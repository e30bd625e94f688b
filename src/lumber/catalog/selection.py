"""Which rows of a kind: a date range and closed filters, checked against what the kind declares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lumber.catalog.filter_values import MAX_CONDITIONS, MAX_TEXT, MAX_VALUES, Scalar
from lumber.catalog.kind import Column, Kind
from lumber.catalog.operators import EQ, IN, IS_NULL, Operator, Takes, operators_for
from lumber.errors import ConfigError, FieldProblem

_LISTS = (list, tuple, set, frozenset)
# An error repeats a list only up to this length.
_MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Condition:
    """One filter on one column; `values` has one value, or several if the operator takes a list."""

    column: str
    operator: Operator
    values: tuple[Scalar, ...]


@dataclass(frozen=True, slots=True)
class Selection:
    """The rows of one kind that an export covers. All conditions hold; dates are in UTC.

    `start` and `end` are inclusive; `before` is the first moment after the range.
    """

    kind: Kind
    start: datetime | None = None
    end: datetime | None = None
    conditions: tuple[Condition, ...] = ()
    before: datetime | None = None


def select(
    kinds: Sequence[Kind],
    *,
    start: datetime | None = None,
    end: datetime | None = None,
    before: datetime | None = None,
    filters: Mapping[str, Any] | None = None,
    processes: Sequence[str] = (),
) -> tuple[Selection, ...]:
    """Build one selection per kind.

    A filter's column may carry its kind (`ips.risk_score`); without one it applies to every selected kind
    that has the column. A scalar means equal, a list means any of, an object maps operators to values.
    Raises ConfigError that names every offending filter, its value and what is allowed.
    """
    problems = _too_much(filters or {})
    if problems:
        raise ConfigError(problems)
    by_kind: dict[str, list[Condition]] = {kind.name: [] for kind in kinds}
    for key, raw in (filters or {}).items():
        field = f"filters.{key}"
        owners = _owners(key, kinds)
        if not owners:
            problems.append(FieldProblem(field, raw, f"{key!r} cannot be filtered on", _names(kinds)))
            continue
        name = key.split(".", 1)[1] if _has_kind(key, kinds) else key
        for kind in owners:
            column = kind.filterable[name]
            by_kind[kind.name].extend(_conditions(field, column, raw, problems))
    if problems:
        raise ConfigError(problems)
    for kind in kinds:
        if processes and kind.process_column:
            by_kind[kind.name].append(Condition(kind.process_column, IN, tuple(processes)))
    return tuple(Selection(kind, start, end, tuple(by_kind[kind.name]), before) for kind in kinds)


def _too_much(filters: Mapping[str, Any]) -> list[FieldProblem]:
    """Return what is more than the limits allow, before any value is checked."""
    conditions = sum(max(1, len(raw)) if isinstance(raw, Mapping) else 1 for raw in filters.values())
    if conditions > MAX_CONDITIONS:
        allowed = (f"at most {MAX_CONDITIONS:,}",)
        return [FieldProblem("filters", conditions, f"has {conditions:,} conditions", allowed)]
    sizes = {key: _count(raw) for key, raw in filters.items()}
    total = sum(sizes.values())
    if total <= MAX_VALUES:
        return []
    largest = max(sizes, key=lambda key: sizes[key])
    message = f"has {sizes[largest]:,} values"
    if sizes[largest] < total:
        message += f", and all filters have {total:,}"
    return [FieldProblem(f"filters.{largest}", sizes[largest], message, (f"at most {MAX_VALUES:,} in all",))]


def _count(raw: Any) -> int:
    if isinstance(raw, Mapping):
        return sum(_count(value) for value in raw.values() if not isinstance(value, Mapping)) or 1
    return len(raw) if isinstance(raw, _LISTS) else 1


def _has_kind(key: str, kinds: Sequence[Kind]) -> bool:
    return "." in key and key.split(".", 1)[0] in {kind.name for kind in kinds}


def _owners(key: str, kinds: Sequence[Kind]) -> list[Kind]:
    if _has_kind(key, kinds):
        prefix, name = key.split(".", 1)
        return [kind for kind in kinds if kind.name == prefix and name in kind.filterable]
    return [kind for kind in kinds if key in kind.filterable]


def _names(kinds: Sequence[Kind]) -> tuple[str, ...]:
    return tuple(f"{kind.name}.{name}" for kind in kinds for name in kind.filterable)


def _conditions(field: str, column: Column, raw: Any, problems: list[FieldProblem]) -> list[Condition]:
    if isinstance(raw, Mapping):
        pairs = [(str(name), value) for name, value in raw.items()]
        if not pairs:
            problems.append(FieldProblem(field, raw, "needs an operator", tuple(operators_for(column))))
    elif isinstance(raw, _LISTS):
        pairs = [(IN.name, list(raw))]
    elif raw is None:
        pairs = [(IS_NULL.name, True)]
    else:
        pairs = [(EQ.name, raw)]
    found = [_condition(field, column, name, value, problems) for name, value in pairs]
    return [condition for condition in found if condition is not None]


def _condition(
    field: str, column: Column, name: str, value: Any, problems: list[FieldProblem]
) -> Condition | None:
    operators = operators_for(column)
    if name not in operators:
        message = f"{name!r} is not an operator of {column.name}"
        problems.append(FieldProblem(field, value, message, tuple(operators)))
        return None
    operator = operators[name]
    values = list(value) if isinstance(value, _LISTS) else [value]
    shown = value if len(values) <= _MOST_SHOWN else len(values)
    if operator.takes is Takes.ONE and len(values) != 1:
        problems.append(FieldProblem(field, shown, f"{operator} takes one value, got {len(values)}"))
        return None
    if not values:
        problems.append(FieldProblem(field, value, f"{operator} needs at least one value"))
        return None
    if unfit := next((problem for item in values if (problem := _unfit(field, operator, item))), None):
        problems.append(unfit)
        return None
    checked: list[Scalar] = []
    for item in values:
        try:
            checked.append(operator.check(column, item))
        except ValueError as error:
            allowed = tuple(column.vocabulary) if column.vocabulary else ()
            wrong = value if len(values) <= _MOST_SHOWN else item
            problems.append(FieldProblem(field, wrong, f"{operator}: {error}", allowed))
            return None
    return Condition(column.name, operator, tuple(checked))


def _unfit(field: str, operator: Operator, item: Any) -> FieldProblem | None:
    """Return what is wrong with a value that no column can have: a list, an object or a very long text."""
    if isinstance(item, (*_LISTS, Mapping)):
        what = "an object" if isinstance(item, Mapping) else "a list"
        message = f"{operator}: {what} is not text, a number, true or false"
        return FieldProblem(field, item if len(item) <= _MOST_SHOWN else len(item), message)
    if isinstance(item, str) and len(item) > MAX_TEXT:
        allowed = (f"at most {MAX_TEXT:,} characters",)
        return FieldProblem(field, len(item), f"{operator}: the text has {len(item):,} characters", allowed)
    return None
