"""Examples of what calls about the rows of tables return."""

from __future__ import annotations

from typing import Any

_COLUMN = {
    "name": "log_level",
    "type": "string",
    "is_nullable": True,
    "is_json": False,
    "operators": [{"name": "eq", "label": "is"}],
    "is_sortable": False,
}
_ROW: dict[str, Any] = {
    "key": "1769860800000000,4711",
    "id": "4711",
    "values": {"id": 4711, "timestamp": "2026-01-31T12:00:00.000000Z", "log_level": "ERROR"},
    "cut": [],
}
PAGE: dict[str, Any] = {
    "kind": "logs",
    "source": None,
    "columns": [_COLUMN],
    "rows": [_ROW],
    "looked": 1,
    "next": "1769860800000000,4711",
}
ROW: dict[str, Any] = {**_ROW, "kind": "logs", "columns": [_COLUMN], "raw_column": None}
HEADS: dict[str, Any] = {
    "kind": "logs",
    "looked": 5000,
    "note": "Of 5,000 rows from 25 places all over the table.",
    "columns": [
        {
            "name": "log_level",
            "nulls": 12,
            "distinct": 5,
            "minimum": None,
            "maximum": None,
            "bins": [],
            "outside": 0,
            "top": [{"value": "INFO", "rows": 4000}],
        }
    ],
}
