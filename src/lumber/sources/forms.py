"""The forms in which values of collected columns are stored in SQLite.

| form | Arrow | in SQLite |
|---|---|---|
| integer | whole numbers | INTEGER |
| number | floating point | REAL |
| decimal | decimal | TEXT, with every digit |
| text | text, JSON, nested values | TEXT; nested values as JSON |
| boolean | Boolean | TEXT: true or false |
| time | timestamp with a time zone | INTEGER: microseconds since 1970 UTC |
| local time, date | timestamp without one, date | INTEGER: microseconds since 1970 on the clock of its zone |
| bytes | binary | BLOB; no column of a record is made of it |
"""

from __future__ import annotations

from enum import StrEnum


class Form(StrEnum):
    """A form of values, in the words that people see as the type of a column."""

    INTEGER = "integer"
    NUMBER = "number"
    DECIMAL = "decimal"
    TEXT = "text"
    BOOLEAN = "boolean"
    TIME = "time"
    LOCAL_TIME = "local time"
    DATE = "date"
    BYTES = "bytes"


# Those whose values are microseconds.
TIMES = (Form.TIME, Form.LOCAL_TIME, Form.DATE)
_STORED = {Form.INTEGER: "INTEGER", Form.NUMBER: "REAL", Form.BYTES: "BLOB"}


def stored_type(form: Form) -> str:
    """Return the type that a column of SQLite has for values of this form."""
    return "INTEGER" if form in TIMES else _STORED.get(form, "TEXT")
