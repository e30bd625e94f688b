"""The SQL of PostgreSQL for each form of a mapping."""

from __future__ import annotations

from collections.abc import Sequence

from lumber.catalog.declared import FieldType
from lumber.catalog.kind import Storage
from lumber.sources.expressions import FALSE, TRUE, Expression, Unfit, Value
from lumber.sources.mapping import UNITS, Made, offset_minutes
from lumber.sources.tables import SourceTable, text_literal
from lumber.store.relations import RawTime

_WHOLE = ("smallint", "integer", "bigint")
_NUMBERS = (*_WHOLE, "numeric", "real", "double precision")
_TEXTS = ("text", "character varying", "character", "name", "citext")
_LOCAL = "timestamp without time zone"
_ZONED = "timestamp with time zone"
_ADDRESSES = ("inet", "cidr")
_TYPES = {
    FieldType.INTEGER: _WHOLE,
    FieldType.FLOAT: ("numeric", "real", "double precision"),
    FieldType.BOOLEAN: ("boolean",),
    FieldType.JSON: ("json", "jsonb"),
    FieldType.TIME: (_LOCAL, _ZONED, "date"),
}
_DAY_US = 86_400_000_000


def field_type(type_: str) -> FieldType | None:
    """Return the type of a declared column for one of the table; None: it has to be said."""
    for known, types in _TYPES.items():
        if type_ in types:
            return known
    return None if type_ == "bytea" else FieldType.TEXT


def key(value: Value, _table: SourceTable) -> Expression:
    """Return the SQL of the key. Raises Unfit."""
    if value.type not in _WHOLE:
        raise Unfit(f"column {value.name} has the type {value.type}, and a key is an integer", _WHOLE)
    return Expression(value.sql)


def time(value: Value, made: Made) -> Expression:
    """Return the SQL of a time. Raises Unfit."""
    if made.path:
        return _text_time(_inside(value, made.path), made)
    if value.type in _NUMBERS:
        return _epoch(value, made)
    if made.unit is not None:
        raise Unfit(f"column {value.name} has the type {value.type}; only a number has a unit", _NUMBERS)
    if value.type == _ZONED:
        if made.zone is not None:
            raise Unfit(f"column {value.name} has a time zone already: leave out zone")
        return Expression(value.sql)
    if value.type in (_LOCAL, "date"):
        return _local(value, made)
    if value.type in _TEXTS:
        return _text_time(f"{value.sql}::text", made)
    raise Unfit(
        f"column {value.name} has the type {value.type}, which is no time",
        (_ZONED, _LOCAL, "date", "text", *_NUMBERS),
    )


def constant(value: str | int | float | bool, storage: Storage) -> str:
    """Return a constant as SQL. Raises Unfit."""
    if storage is Storage.BOOLEAN:
        if not isinstance(value, bool):
            raise Unfit("must be true or false")
        return f"{int(value)}::bigint"
    if storage in (Storage.INTEGER, Storage.REAL):
        if isinstance(value, bool | str):
            raise Unfit("must be a number")
        if storage is Storage.INTEGER and not isinstance(value, int):
            raise Unfit("must be a whole number")
        return f"({value!r})::{'bigint' if storage is Storage.INTEGER else 'double precision'}"
    return f"{text_literal(_plain(value))}::text"


def stored(made: Made, values: Sequence[Value], storage: Storage) -> str:
    """Return the SQL of a column that is neither a key nor a time. Raises Unfit."""
    if made.join:
        joined = ", ".join(_as_text(value) for value in values)
        return f"concat_ws({text_literal(made.separator)}, {joined})"
    value = values[0]
    if made.path:
        value = Value(value.name, _inside(value, made.path), "text")
    if made.map:
        text = _as_text(value)
        cases = " ".join(f"WHEN {text_literal(old)} THEN {text_literal(new)}" for old, new in made.map)
        value = Value(value.name, f"(CASE {text} {cases} ELSE {text} END)", "text")
    if storage is Storage.TEXT:
        return _as_text(value)
    if storage is Storage.JSON:
        if value.type in ("json", "jsonb"):
            return f"{value.sql}::text"
        return value.sql if value.type in _TEXTS else f"to_jsonb({value.sql})::text"
    if storage is Storage.BOOLEAN:
        return _truth(value)
    derived = bool(made.path or made.map)
    if value.type not in _NUMBERS and not derived:
        raise Unfit(f"column {value.name} has the type {value.type}, which is no number", _NUMBERS)
    if storage is Storage.INTEGER:
        if value.type in ("real", "double precision", "numeric"):
            raise Unfit(f"column {value.name} has the type {value.type}, which isn't whole", _WHOLE)
        return f"CAST({value.sql} AS bigint)"
    return f"CAST({value.sql} AS double precision)"


def _truth(value: Value) -> str:
    """Return 1 for true and 0 for false; null for a text that is neither."""
    if value.type == "boolean":
        return f"{value.sql}::integer::bigint"
    if value.type in _NUMBERS:
        return f"({value.sql} <> 0)::integer::bigint"
    yes, no = (", ".join(map(text_literal, words)) for words in (TRUE, FALSE))
    text = f"lower({_as_text(value)})"
    return f"(CASE WHEN {text} IN ({yes}) THEN 1 WHEN {text} IN ({no}) THEN 0 END)::bigint"


def _epoch(value: Value, made: Made) -> Expression:
    if made.unit is None:
        raise Unfit(
            f"column {value.name} has the type {value.type}: say its unit",
            tuple(f'unit = "{unit}"' for unit in UNITS),
        )
    per_second = UNITS[made.unit]
    if value.type in _WHOLE:
        # Whole numbers all the way: a double has too few digits for nanoseconds.
        scaled = {
            "s": f"{value.sql}::bigint * 1000000",
            "ms": f"{value.sql}::bigint * 1000",
            "us": value.sql,
            "ns": f"{value.sql}::bigint / 1000",
        }[made.unit]
    else:
        scaled = f"round({value.sql}::numeric * 1000000 / {per_second})"
    sql = f"(TIMESTAMPTZ '1970-01-01 00:00:00+00' + ({scaled}) * INTERVAL '1 microsecond')"
    is_whole = value.type in _WHOLE
    return Expression(sql, raw=value.sql, raw_time=RawTime("number", per_second, is_ordered=is_whole))


def _local(value: Value, made: Made) -> Expression:
    if made.zone is None:
        raise Unfit(
            f"column {value.name} has the type {value.type}: say in which time zone it is",
            ('zone = "UTC"', 'zone = "Europe/Berlin"', 'zone = "+02:00"'),
        )
    at = value.sql if value.type == _LOCAL else f"{value.sql}::timestamp"
    minutes = offset_minutes(made.zone)
    sql = f"({at} {_zone(made.zone)})"
    if value.type == "date":
        return Expression(sql)
    raw = RawTime("timestamp", slack_us=0 if minutes == 0 else _DAY_US, is_ordered=minutes is not None)
    return Expression(sql, raw=value.sql, raw_time=raw)


def _text_time(text: str, made: Made) -> Expression:
    if made.unit is not None:
        return Expression(_epoch(Value("", f"({text})::numeric", "numeric"), made).sql)
    if made.zone is None:
        return Expression(f"({text})::timestamptz")
    return Expression(f"(({text})::timestamp {_zone(made.zone)})")


def _zone(name: str) -> str:
    minutes = offset_minutes(name)
    if minutes is None:
        return f"AT TIME ZONE {text_literal(name)}"
    return f"AT TIME ZONE INTERVAL '{minutes} minutes'"


def _inside(value: Value, path: Sequence[str]) -> str:
    if value.type not in ("json", "jsonb", *_TEXTS):
        raise Unfit(
            f"column {value.name} has the type {value.type}, which is no JSON", ("json", "jsonb", "text")
        )
    json = value.sql if value.type in ("json", "jsonb") else f"{value.sql}::jsonb"
    return f"({json} #>> ARRAY[{', '.join(map(text_literal, path))}])"


def _as_text(value: Value) -> str:
    if value.type == "bytea":
        raise Unfit(f"column {value.name} has the type bytea, which is no text")
    if value.type in _ADDRESSES:
        return f"host({value.sql})" if value.type == "inet" else f"{value.sql}::text"
    return value.sql if value.type in ("text", "character varying") else f"{value.sql}::text"


def _plain(value: str | int | float | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
