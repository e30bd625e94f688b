"""The SQL of SQLite for each form of a mapping.

A column of SQLite may hold any type of value. Declared types decide what values become when they are stored,
so they decide here what can be taken as it is.
"""

from __future__ import annotations

from collections.abc import Sequence

from lumber.catalog.declared import FieldType
from lumber.catalog.kind import Storage
from lumber.sources.expressions import FALSE, TRUE, Expression, Unfit, Value
from lumber.sources.mapping import UNITS, Made, offset_minutes
from lumber.sources.tables import SourceTable, text_literal
from lumber.store.relations import RawTime

_OFFSETS = ('zone = "UTC"', 'zone = "+02:00"')


def affinity(type_: str) -> str:
    """Return what SQLite makes of values in a column of this declared type: see sqlite.org/datatype3.html."""
    upper = type_.upper()
    if "INT" in upper:
        return "integer"
    if any(word in upper for word in ("CHAR", "CLOB", "TEXT")):
        return "text"
    if not upper or "BLOB" in upper:
        return "none"
    return "real" if any(word in upper for word in ("REAL", "FLOA", "DOUB")) else "numeric"


def field_type(type_: str) -> FieldType | None:
    """Return the type of a declared column for one of the table; None: it has to be said."""
    upper = type_.upper()
    for known, word in ((FieldType.BOOLEAN, "BOOL"), (FieldType.JSON, "JSON")):
        if word in upper:
            return known
    # A date or a number may be stored as anything.
    known_types = {"integer": FieldType.INTEGER, "real": FieldType.FLOAT, "text": FieldType.TEXT}
    return known_types.get(affinity(type_))


def key(value: Value, table: SourceTable) -> Expression:
    """Return the SQL of the key. Raises Unfit."""
    if affinity(value.type) not in ("integer", "none"):
        raise Unfit(f"column {value.name} has the type {value.type}, and a key is an integer", ("INTEGER",))
    wrong = None if value.name == table.row_id else f"typeof({value.sql}) <> 'integer'"
    return Expression(value.sql, wrong)


def time(value: Value, made: Made) -> Expression:
    """Return the SQL of a time, in microseconds since 1970 UTC. Raises Unfit."""
    sql = _inside(value, made.path) if made.path else value.sql
    if made.unit is not None:
        if not made.path and affinity(value.type) == "text":
            raise Unfit(f"column {value.name} has the type {value.type}; only a number has a unit")
        return _epoch(sql, made.unit, None if made.path else value.type)
    if not made.path and affinity(value.type) in ("integer", "real"):
        raise Unfit(
            f"column {value.name} has the type {value.type}: say its unit",
            tuple(f'unit = "{unit}"' for unit in UNITS),
        )
    minutes = 0 if made.zone is None else offset_minutes(made.zone)
    if minutes is None:
        raise Unfit(f"SQLite knows no time zones, and {made.zone!r} isn't always the same offset", _OFFSETS)
    made_of = _text_time(sql, minutes)
    return Expression(made_of, f"(typeof({sql}) <> 'text' OR {made_of} IS NULL)")


def constant(value: str | int | float | bool, storage: Storage) -> str:
    """Return a constant as SQL. Raises Unfit."""
    if storage is Storage.BOOLEAN:
        if not isinstance(value, bool):
            raise Unfit("must be true or false")
        return str(int(value))
    if storage in (Storage.INTEGER, Storage.REAL):
        if isinstance(value, bool | str):
            raise Unfit("must be a number")
        if storage is Storage.INTEGER and not isinstance(value, int):
            raise Unfit("must be a whole number")
        return repr(value if storage is Storage.INTEGER else float(value))
    return text_literal(str(value).lower() if isinstance(value, bool) else str(value))


def stored(made: Made, values: Sequence[Value], storage: Storage) -> str:
    """Return the SQL of a column that is neither a key nor a time. Raises Unfit."""
    if made.join:
        return _joined([value.sql for value in values], text_literal(made.separator))
    value = values[0]
    if made.path:
        value = Value(value.name, _inside(value, made.path), "")
    if made.map:
        text = f"CAST({value.sql} AS TEXT)"
        cases = " ".join(f"WHEN {text_literal(old)} THEN {text_literal(new)}" for old, new in made.map)
        value = Value(value.name, f"(CASE {text} {cases} ELSE {text} END)", "")
    if storage in (Storage.TEXT, Storage.JSON):
        return value.sql if affinity(value.type) == "text" else f"CAST({value.sql} AS TEXT)"
    if storage is Storage.BOOLEAN:
        return _truth(value.sql)
    if affinity(value.type) == "text":
        raise Unfit(f"column {value.name} has the type {value.type}, which is no number")
    # A text that isn't a number is null here: CAST alone would make it 0.
    number = f"CASE WHEN typeof({value.sql}) IN ('integer', 'real') THEN {value.sql} END"
    if made.map or made.path:
        is_number = f"{value.sql} GLOB '*[0-9]*' AND {value.sql} NOT GLOB '*[^-0-9.eE+]*'"
        number = f"CASE WHEN {is_number} THEN {value.sql} END"
    return f"CAST({number} AS {'INTEGER' if storage is Storage.INTEGER else 'REAL'})"


def _truth(sql: str) -> str:
    """Return 1 for true and 0 for false; null for a text that is neither."""
    yes, no = (", ".join(map(text_literal, words)) for words in (TRUE, FALSE))
    text = f"lower({sql})"
    is_number = f"typeof({sql}) IN ('integer', 'real')"
    words = f"WHEN {text} IN ({yes}) THEN 1 WHEN {text} IN ({no}) THEN 0"
    return f"CASE WHEN {is_number} THEN {sql} <> 0 {words} END"


def _epoch(sql: str, unit: str, type_: str | None) -> Expression:
    per_second = UNITS[unit]
    if type_ is not None and affinity(type_) == "integer":
        whole = {"s": f"{sql} * 1000000", "ms": f"{sql} * 1000", "us": sql, "ns": f"{sql} / 1000"}[unit]
        wrong = f"typeof({sql}) <> 'integer'"
        if unit == "us":
            return Expression(sql, wrong)
        return Expression(f"({whole})", wrong, sql, RawTime("number", per_second))
    scaled = f"CAST(round({sql} * {1_000_000 / per_second!r}) AS INTEGER)"
    wrong = f"typeof({sql}) NOT IN ('integer', 'real')"
    if type_ is None:
        return Expression(scaled, wrong)
    return Expression(scaled, wrong, sql, RawTime("number", per_second, is_ordered=False))


def _text_time(sql: str, minutes: int) -> str:
    """Read a time as text, such as 2026-01-31 12:00:00.123456+02:00. SQLite alone keeps milliseconds only."""
    # What follows the seconds: a point with digits, and then the zone.
    rest = f"substr({sql}, 20)"
    zone = f"(CASE WHEN {rest} LIKE '.%' THEN ltrim(substr({rest}, 2), '0123456789') ELSE {rest} END)"
    digits = f"substr({rest}, 2, length({rest}) - 1 - length({zone})) || '000000'"
    # SQLite reads +02:00 and Z. Without a zone it is that of the mapping.
    seconds = f"CAST(strftime('%s', substr({sql}, 1, 19) || {zone}) AS INTEGER)"
    local = f"CASE WHEN trim({zone}) = '' THEN {minutes * 60} ELSE 0 END"
    micros = f"CASE WHEN {rest} LIKE '.%' THEN CAST(substr({digits}, 1, 6) AS INTEGER) ELSE 0 END"
    return f"(({seconds} - ({local})) * 1000000 + ({micros}))"


def _inside(value: Value, path: Sequence[str]) -> str:
    if affinity(value.type) in ("integer", "real"):
        raise Unfit(f"column {value.name} has the type {value.type}, which is no JSON", ("TEXT", "JSON"))
    steps = "$" + "".join(f'."{step}"' for step in path)
    return f"CASE WHEN json_valid({value.sql}) THEN json_extract({value.sql}, {text_literal(steps)}) END"


def _joined(texts: Sequence[str], separator: str) -> str:
    """Join the texts that aren't null, as `concat_ws` does, which older versions of SQLite don't have."""
    parts = " || ".join(f"coalesce({separator} || CAST({text} AS TEXT), '')" for text in texts)
    return f"substr({parts}, length({separator}) + 1)"
