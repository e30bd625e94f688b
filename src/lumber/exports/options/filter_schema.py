"""The JSON schema of filters: every column of every kind, with the values that its operators take."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from lumber.catalog.filter_values import (
    MAX_CONDITIONS,
    MAX_TEXT,
    MAX_VALUES,
    boolean,
    column_value,
    network,
)
from lumber.catalog.kind import Column, Kind, Storage
from lumber.catalog.operators import EQ, IN, Operator, Takes, operators_for
from lumber.catalog.registry import all_kinds
from lumber.exports.options.json_types import MOMENT, TEXT

_INT64 = {"type": "integer", "minimum": -(2**63), "maximum": 2**63 - 1}
_PART = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_NETWORK = {
    "anyOf": [
        {"type": "string", "format": "ipv4"},
        {"type": "string", "format": "ipv6"},
        {"type": "string", "pattern": rf"^{_PART}(\.{_PART}){{3}}/(3[0-2]|[12]?[0-9])$"},
        {"type": "string", "pattern": r"^[0-9A-Fa-f:]*::[0-9A-Fa-f:]*/[0-9]{1,3}$"},
    ]
}
_FLAG = {"anyOf": [{"type": "boolean"}, {"type": "string", "enum": ["true", "false"]}]}
_NUMBER = r"^[+-]?([0-9]{1,15}(\.[0-9]{0,15})?|\.[0-9]{1,15})([eE][+-]?[0-9]{1,2})?$"


def filters_schema() -> dict[str, Any]:
    """Return the JSON schema of `filters` for all kinds, also those that other packages add.

    Columns that take the same values share one pattern: a schema for each would be very long.
    """
    schemas: dict[str, list[Any]] = {}
    for name, kind in all_kinds().items():
        for column_name, schema in _columns(kind).items():
            schemas.setdefault(column_name, []).append(schema)
            schemas[f"{name}.{column_name}"] = [schema]
    return {
        "type": "object",
        "propertyNames": {"enum": list(schemas)},
        "patternProperties": _by_pattern({name: _any_of(found) for name, found in schemas.items()}),
        "additionalProperties": True,
        "maxProperties": MAX_CONDITIONS,
    }


def _by_pattern(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return the properties as patterns: properties with the same schema share one."""
    alike: dict[str, list[str]] = {}
    for name, schema in properties.items():
        alike.setdefault(json.dumps(schema), []).append(re.escape(name))
    return {f"^({'|'.join(names)})$": json.loads(schema) for schema, names in alike.items()}


def _columns(kind: Kind) -> Mapping[str, Any]:
    return {name: _column(column) for name, column in kind.filterable.items()}


def _column(column: Column) -> dict[str, Any]:
    operators = operators_for(column)
    by_operator = {
        "type": "object",
        "propertyNames": {"enum": list(operators)},
        "patternProperties": _by_pattern(
            {name: _values(column, operator) for name, operator in operators.items()}
        ),
        "minProperties": 1,
    }
    forms: list[Any] = [by_operator, {"type": "null"}]
    if EQ.name in operators:
        forms.append(_value(column, EQ))
    if IN.name in operators:
        forms.append(_list(_value(column, IN)))
    return _any_of(forms)


def _values(column: Column, operator: Operator) -> dict[str, Any]:
    """Return the schema of an operator's value: one, or a list."""
    value = _value(column, operator)
    limits = {"maxItems": 1} if operator.takes is Takes.ONE else {}
    return _any_of([value, {**_list(value), **limits}])


def _list(value: Any) -> dict[str, Any]:
    return {"type": "array", "items": value, "minItems": 1, "maxItems": MAX_VALUES}


def _value(column: Column, operator: Operator) -> dict[str, Any]:
    if operator.check is boolean:
        return _FLAG
    if operator.check is network:
        return _NETWORK
    # An operator of another package may check its values in any way.
    return _column_value(column) if operator.check is column_value else {}


def _column_value(column: Column) -> dict[str, Any]:
    if column.vocabulary is not None:
        return {"type": "string", "enum": list(column.vocabulary)}
    if column.storage is Storage.BOOLEAN:
        return {"type": "boolean"}
    if column.storage is Storage.INTEGER:
        return _any_of([_INT64, {"type": "string", "pattern": "^[+-]?[0-9]{1,18}$"}])
    if column.storage is Storage.REAL:
        return _any_of([{"type": "number"}, {"type": "string", "pattern": _NUMBER}])
    if column.storage is Storage.TIME:
        return MOMENT
    return {**TEXT, "type": ["string", "number"], "maxLength": MAX_TEXT}


def _any_of(schemas: list[Any]) -> dict[str, Any]:
    unique = [schema for index, schema in enumerate(schemas) if schema not in schemas[:index]]
    return unique[0] if len(unique) == 1 else {"anyOf": unique}
