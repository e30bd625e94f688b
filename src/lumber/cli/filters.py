"""The filters of the command line, `--filter 'COLUMN OPERATOR VALUE'`, as the config's JSON."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from lumber.catalog.kind import Operator
from lumber.errors import ConfigError, FieldProblem

_SIGNS = {"=": "eq", "==": "eq", "!=": "ne", ">=": "gte", "<=": "lte", ">": "gt", "<": "lt"}
_WITH_SIGN = re.compile(r"^\s*([\w.]+)\s*(==|!=|>=|<=|=|>|<)\s*(.*?)\s*$", re.DOTALL)
_WITH_WORD = re.compile(r"^\s*([\w.]+)\s+([a-z_]+)(?:\s+(.*?))?\s*$", re.DOTALL)
_LISTS = {"eq": "in", "ne": "not_in", "in": "in", "not_in": "not_in", "cidr": "cidr"}
_EXAMPLES = (
    "log_level=ERROR,CRITICAL",
    "device_ip cidr 10.0.0.0/8",
    "ips.risk_score>=50",
    "device_id is_null",
)


def parse_filters(texts: Sequence[str]) -> dict[str, Any]:
    """Turn filters of the command line into the config's `filters`.

    A comma means any of, with `=`, `!=`, `in`, `not_in` and `cidr`. Raises ConfigError.
    """
    filters: dict[str, dict[str, Any]] = {}
    for text in texts:
        column, operator, value = _parse(text)
        operators = filters.setdefault(column, {})
        if operator in operators:
            problem = FieldProblem(
                "--filter", text, f"{text!r}: {column} has {operator} twice; join them with a comma"
            )
            raise ConfigError([problem])
        operators[operator] = value
    return filters


def _parse(text: str) -> tuple[str, str, Any]:
    found = _WITH_SIGN.match(text)
    if found:
        column, sign, value = found.groups()
        return _listed(text, column, _SIGNS[sign], value)
    found = _WITH_WORD.match(text)
    if found and found.group(2) in set(Operator):
        column, operator, value = found.groups()
        if operator == Operator.IS_NULL:
            return column, operator, value or "true"
        return _listed(text, column, operator, value or "")
    raise ConfigError(
        [FieldProblem("--filter", text, f"{text!r} is not a filter, write for example", _EXAMPLES)]
    )


def _listed(text: str, column: str, operator: str, value: str) -> tuple[str, str, Any]:
    if value == "":
        raise ConfigError([FieldProblem("--filter", text, f"{text!r} has no value", _EXAMPLES)])
    parts = [part.strip() for part in value.split(",")]
    if operator in _LISTS and (len(parts) > 1 or operator in ("in", "not_in")):
        return column, _LISTS[operator], parts
    return column, operator, value
