"""Turn the filters of the command line, `--filter 'COLUMN OPERATOR VALUE'`, into the config's JSON."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from lumber.catalog.operators import Operand, Operator, Takes, all_operators
from lumber.errors import ConfigError, FieldProblem

_WITH_WORD = re.compile(r"^\s*([\w.]+)\s+([a-z_]+)(?:\s+(.*?))?\s*$", re.DOTALL)
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
                "--filter",
                text,
                f"{text!r}: {column} {operator} is given twice; join the values with a comma",
            )
            raise ConfigError([problem])
        operators[operator] = value
    return filters


def _parse(text: str) -> tuple[str, str, Any]:
    signs = {sign: operator for operator in all_operators().values() for sign in operator.signs}
    # The longest first: >= is not > before a value that begins with =.
    either = "|".join(re.escape(sign) for sign in sorted(signs, key=len, reverse=True))
    if found := re.match(rf"^\s*([\w.]+)\s*({either})\s*(.*?)\s*$", text, re.DOTALL):
        column, sign, value = found.groups()
        return column, *_operand(text, signs[sign], value)
    found = _WITH_WORD.match(text)
    if found and (operator := all_operators().get(found.group(2))) is not None:
        return found.group(1), *_operand(text, operator, found.group(3) or "")
    raise ConfigError([FieldProblem("--filter", text, f"{text!r} is not COLUMN OPERATOR VALUE", _EXAMPLES)])


def _operand(text: str, operator: Operator, value: str) -> tuple[str, Any]:
    """Return the operator that is meant, and its value or values."""
    if operator.operand is Operand.FLAG:
        return operator.name, value or "true"
    if value == "":
        raise ConfigError([FieldProblem("--filter", text, f"{text!r} has no value", _EXAMPLES)])
    list_form = operator.list_form if operator.takes is Takes.ONE else operator.name
    parts = [part.strip() for part in value.split(",")]
    if list_form is not None and (len(parts) > 1 or operator.takes is Takes.LIST):
        return list_form, parts
    return operator.name, value
