"""The SQL of collected rows for each form of a mapping: of a SQLite file of ours, with typed columns.

The types of its columns are `Form`s: those words are in messages too.
"""

from __future__ import annotations

from collections.abc import Sequence

from lumber.catalog.declared import FieldType
from lumber.catalog.kind import Storage
from lumber.sources import sqlite
from lumber.sources.expressions import Expression, Unfit, Value
from lumber.sources.forms import TIMES, Form
from lumber.sources.mapping import UNITS, Made, offset_minutes
from lumber.sources.tables import SourceTable, quoted

_NUMBERS = (Form.INTEGER, Form.NUMBER, Form.DECIMAL)
_TYPES = {
    Form.INTEGER: FieldType.INTEGER,
    Form.NUMBER: FieldType.FLOAT,
    Form.DECIMAL: FieldType.FLOAT,
    Form.TEXT: FieldType.TEXT,
    Form.BOOLEAN: FieldType.BOOLEAN,
}
_ZONES = ('zone = "UTC"', 'zone = "Europe/Berlin"', 'zone = "+02:00"')
constant = sqlite.constant


def field_type(type_: str) -> FieldType | None:
    """Return the type of a declared column for one of the table; None: it has to be said."""
    form = Form(type_)
    return FieldType.TIME if form in TIMES else _TYPES.get(form)


def key(value: Value, _table: SourceTable) -> Expression:
    """Return the SQL of the key. Raises Unfit."""
    if value.type != Form.INTEGER:
        raise Unfit(f"column {value.name} has the type {value.type}, and a key is an integer", ("integer",))
    return Expression(value.sql)


def time(value: Value, made: Made) -> Expression:
    """Return the SQL of a time, in microseconds since 1970 UTC. Raises Unfit."""
    form = Form(value.type)
    if made.path or form is Form.TEXT:
        return _text_time(value, made)
    if form in _NUMBERS:
        return _epoch(value, made, form)
    if made.unit is not None:
        raise Unfit(f"column {value.name} has the type {form}; only a number has a unit", _NUMBERS)
    if form is Form.TIME:
        if made.zone is not None:
            raise Unfit(f"column {value.name} has a time zone already: leave out zone")
        return Expression(value.sql)
    if form not in TIMES:
        raise Unfit(f"column {value.name} has the type {form}, which is no time", (*TIMES, "text", *_NUMBERS))
    if made.zone is None:
        raise Unfit(f"column {value.name} has the type {form}: say in which time zone it is", _ZONES)
    minutes = offset_minutes(made.zone)
    if minutes is None:
        return Expression(value.sql.replace(quoted(value.name), quoted(zoned_name(value.name, made.zone))))
    return Expression(value.sql if not minutes else f"({value.sql} - {minutes * 60_000_000})")


def stored(made: Made, values: Sequence[Value], storage: Storage) -> str:
    """Return the SQL of a column that is neither a key nor a time. Raises Unfit."""
    if made.path and values[0].type not in (Form.TEXT, Form.BYTES):
        raise Unfit(f"column {values[0].name} has the type {values[0].type}, which is no JSON", ("text",))
    is_number = storage in (Storage.INTEGER, Storage.REAL) and not (made.join or made.path or made.map)
    if is_number and values[0].type not in _NUMBERS:
        raise Unfit(
            f"column {values[0].name} has the type {values[0].type}, which is no number",
            tuple(each.value for each in _NUMBERS),
        )
    if is_number and values[0].type == Form.DECIMAL:
        if storage is Storage.INTEGER:
            raise Unfit(f"column {values[0].name} has the type decimal, which isn't whole", ("integer",))
        return f"CAST({values[0].sql} AS REAL)"
    return sqlite.stored(made, [_plain(value) for value in values], storage)


def zoned_name(column: str, zone: str) -> str:
    """Return the name of the column that has the times of a column, in a zone, as those of UTC."""
    return f"{column}@{zone}"


def _plain(value: Value) -> Value:
    """Return a value with a type in the words of SQLite."""
    form = Form(value.type)
    if form is Form.BYTES:
        raise Unfit(f"column {value.name} has the type bytes, which is no text")
    if form in TIMES:
        return Value(value.name, _shown_time(value.sql, form), "TEXT")
    return Value(value.name, value.sql, {Form.INTEGER: "INTEGER", Form.NUMBER: "REAL"}.get(form, "TEXT"))


def _shown_time(sql: str, form: Form) -> str:
    """Write a time as PostgreSQL does, with all six digits."""
    # The remainder of a time before 1970 would be negative.
    micros = f"(({sql} % 1000000 + 1000000) % 1000000)"
    seconds = f"(({sql} - {micros}) / 1000000)"
    if form is Form.DATE:
        return f"date({seconds}, 'unixepoch')"
    zone = " || '+00'" if form is Form.TIME else ""
    return f"(datetime({seconds}, 'unixepoch') || printf('.%06d', {micros}){zone})"


def _epoch(value: Value, made: Made, form: Form) -> Expression:
    if made.unit is None:
        raise Unfit(
            f"column {value.name} has the type {form}: say its unit",
            tuple(f'unit = "{unit}"' for unit in UNITS),
        )
    if form is Form.INTEGER:
        whole = {"s": " * 1000000", "ms": " * 1000", "us": "", "ns": " / 1000"}[made.unit]
        return Expression(f"({value.sql}{whole})" if whole else value.sql)
    return Expression(f"CAST(round(CAST({value.sql} AS REAL) * {1_000_000 / UNITS[made.unit]!r}) AS INTEGER)")


def _text_time(value: Value, made: Made) -> Expression:
    if made.unit is not None and not made.path:
        raise Unfit(f"column {value.name} has the type {value.type}; only a number has a unit", _NUMBERS)
    return sqlite.time(Value(value.name, value.sql, "TEXT"), made)
