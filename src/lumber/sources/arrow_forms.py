"""Values of Arrow in the forms in which collected columns are stored: see `forms`."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from lumber.sources.forms import Form


def form_of(type_: pa.DataType) -> Form:
    """Return the form of a type of Arrow."""
    if pa.types.is_dictionary(type_):
        return form_of(type_.value_type)
    if pa.types.is_integer(type_):
        return Form.INTEGER
    if pa.types.is_floating(type_):
        return Form.NUMBER
    if pa.types.is_decimal(type_):
        return Form.DECIMAL
    if pa.types.is_boolean(type_):
        return Form.BOOLEAN
    if pa.types.is_timestamp(type_):
        return Form.LOCAL_TIME if type_.tz is None else Form.TIME
    if pa.types.is_date(type_):
        return Form.DATE
    is_binary = pa.types.is_binary(type_) or pa.types.is_large_binary(type_) or pa.types.is_binary_view(type_)
    return Form.BYTES if is_binary or pa.types.is_fixed_size_binary(type_) else Form.TEXT


def stored_array(values: pa.Array[Any]) -> pa.Array[Any]:
    """Return values as SQLite stores them. Raises ArrowException for a number beyond 64 bits."""
    if pa.types.is_dictionary(values.type):
        values = pc.cast(values, values.type.value_type)
    form = form_of(values.type)
    return _STORING[form](values) if form in _STORING else _as_text(values)


def in_zone(values: pa.Array[Any], zone: str) -> pa.Array[Any]:
    """Return times without a zone, stored as microseconds, as those of UTC.

    A time that is there twice, when clocks go back, is the later one, as in PostgreSQL. One that isn't there
    is moved to the end of the gap.
    """
    local: Any = pc.cast(values, pa.timestamp("us"))
    there: pa.Array[Any] = pc.assume_timezone(local, zone, ambiguous="latest", nonexistent="latest")
    return pc.cast(there, pa.int64())


def _microseconds(values: pa.Array[Any]) -> pa.Array[Any]:
    zone = values.type.tz if pa.types.is_timestamp(values.type) else None
    # Not safe: digits below a microsecond are cut off.
    in_us = pc.cast(values, pa.timestamp("us", zone), safe=False)
    return pc.cast(in_us, pa.int64())


def _as_text(values: pa.Array[Any]) -> pa.Array[Any]:
    if pa.types.is_string(values.type):
        return values
    if pa.types.is_nested(values.type) or isinstance(values, pa.ExtensionArray):
        texts = [None if each is None else json.dumps(each, default=str) for each in values.to_pylist()]
        return pa.array(texts, pa.string())
    return pc.cast(values, pa.string())


def _boolean(values: pa.Array[Any]) -> pa.Array[Any]:
    found: pa.Array[Any] = pc.if_else(values, "true", "false")
    return found


_STORING: dict[Form, Callable[[pa.Array[Any]], pa.Array[Any]]] = {
    Form.INTEGER: lambda values: pc.cast(values, pa.int64()),
    Form.NUMBER: lambda values: pc.cast(values, pa.float64()),
    Form.BOOLEAN: _boolean,
    Form.TIME: _microseconds,
    Form.LOCAL_TIME: _microseconds,
    Form.DATE: _microseconds,
    Form.BYTES: lambda values: pc.cast(values, pa.binary()),
}
