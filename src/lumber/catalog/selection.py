"""Which rows of a kind: a date range and closed filters, checked against what the kind declares."""

from __future__ import annotations

import ipaddress
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from lumber.catalog.kind import Column, Kind, Operator, Storage
from lumber.errors import ConfigError, FieldProblem

Scalar = str | int | float | bool | datetime

_LIST_OPERATORS = (Operator.IN, Operator.NOT_IN, Operator.CIDR)
_INT64 = (-(2**63), 2**63 - 1)


@dataclass(frozen=True, slots=True)
class Condition:
    """One filter on one column; `values` holds one value, or several where the operator takes a list."""

    column: str
    operator: Operator
    values: tuple[Scalar, ...]


@dataclass(frozen=True, slots=True)
class Selection:
    """The rows of one kind that an export covers: all conditions hold, both dates are inclusive, UTC."""

    kind: Kind
    start: datetime | None = None
    end: datetime | None = None
    conditions: tuple[Condition, ...] = ()


def select(
    kinds: Sequence[Kind],
    *,
    start: datetime | None = None,
    end: datetime | None = None,
    filters: Mapping[str, Any] | None = None,
    processes: Sequence[str] = (),
) -> tuple[Selection, ...]:
    """Build one selection per kind.

    A filter's column may carry its kind (`ips.risk_score`); without one it applies to every selected kind
    that has the column. A scalar means equal, a list means any of, an object maps operators to values.
    Raises ConfigError that names every offending filter, its value and what is allowed.
    """
    problems: list[FieldProblem] = []
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
            by_kind[kind.name].append(Condition(kind.process_column, Operator.IN, tuple(processes)))
    return tuple(Selection(kind, start, end, tuple(by_kind[kind.name])) for kind in kinds)


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
        pairs = list(raw.items())
        if not pairs:
            problems.append(FieldProblem(field, raw, "needs an operator", tuple(column.operators)))
    elif isinstance(raw, list | tuple | set | frozenset):
        pairs = [(Operator.IN, list(raw))]
    elif raw is None:
        pairs = [(Operator.IS_NULL, True)]
    else:
        pairs = [(Operator.EQ, raw)]
    found = []
    for name, value in pairs:
        condition = _condition(field, column, str(name), value, problems)
        if condition is not None:
            found.append(condition)
    return found


def _condition(
    field: str, column: Column, name: str, value: Any, problems: list[FieldProblem]
) -> Condition | None:
    if name not in column.operators:
        message = f"{name!r} is not an operator of {column.name}"
        problems.append(FieldProblem(field, value, message, tuple(column.operators)))
        return None
    operator = Operator(name)
    values = value if isinstance(value, list | tuple | set | frozenset) else [value]
    if operator not in _LIST_OPERATORS and len(values) != 1:
        problems.append(FieldProblem(field, value, f"{operator} takes one value, got {len(values)}"))
        return None
    if not values:
        problems.append(FieldProblem(field, value, f"{operator} needs at least one value"))
        return None
    try:
        checked = tuple(_checked(column, operator, item) for item in values)
    except ValueError as error:
        allowed = tuple(column.vocabulary) if column.vocabulary else ()
        problems.append(FieldProblem(field, value, f"{operator}: {error}", allowed))
        return None
    return Condition(column.name, operator, checked)


def _checked(column: Column, operator: Operator, value: Any) -> Scalar:
    """Return `value` in the column's type. Raises ValueError that says what is wrong with it."""
    if operator is Operator.IS_NULL:
        return _boolean(value)
    if operator is Operator.CIDR:
        return _network(value)
    if column.vocabulary is not None:
        text = str(value).upper()
        if text not in column.vocabulary:
            raise ValueError(f"{value!r} is not a {column.name}")
        return text
    if column.storage is Storage.INTEGER:
        return _integer(value)
    if column.storage is Storage.REAL:
        return _number(value)
    if column.storage is Storage.TIME:
        return _time(value)
    return _text(value)


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if str(value).lower() in ("true", "false"):
        return str(value).lower() == "true"
    raise ValueError(f"{value!r} is neither true nor false")


def _network(value: Any) -> str:
    try:
        return str(ipaddress.ip_network(str(value), strict=False))
    except ValueError:
        raise ValueError(f"{value!r} is not a network such as 10.0.0.0/8 or 2001:db8::/32") from None


def _integer(value: Any) -> int:
    if isinstance(value, bool):
        raise ValueError(f"{value!r} is not a whole number")
    try:
        number = int(str(value))
    except ValueError:
        raise ValueError(f"{value!r} is not a whole number") from None
    if not _INT64[0] <= number <= _INT64[1]:
        raise ValueError(f"{value!r} does not fit 64 bits")
    return number


def _number(value: Any) -> float:
    try:
        number = float("x" if isinstance(value, bool) else value)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"{value!r} is not a number") from None
    if not math.isfinite(number):
        raise ValueError(f"{value!r} is not a finite number")
    return number


def _time(value: Any) -> datetime:
    if isinstance(value, datetime):
        moment = value
    else:
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError:
            raise ValueError(f"{value!r} is not a time such as 2026-01-31T12:00:00Z") from None
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{value!r} is outside the years 1 to 9999 in UTC") from None


def _text(value: Any) -> str:
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        raise ValueError(f"{value!r} is not text")
    text = str(value)
    if "\x00" in text:
        raise ValueError("text must not hold a NUL character")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError(f"{value!r} is not valid Unicode") from None
    return text
