"""Examples of what calls about rows return."""

from __future__ import annotations

from typing import Any

_SPLIT = {"name": "train", "rows": 1000000}
PAGE: dict[str, Any] = {
    "kind": "logs",
    "split": "train",
    "total": 1000000,
    "tables": [{"name": "logs", "rows": 1000000, "is_derived": False, "splits": [_SPLIT], "rejected": 1}],
    "columns": [
        {
            "name": "log_level",
            "type": "string",
            "is_nullable": True,
            "is_json": False,
            "operators": [{"name": "eq", "label": "is"}],
            "is_sortable": True,
        }
    ],
    "rows": [
        {
            "place": 0,
            "split": "train",
            "file": "logs/train-00000-of-00001.parquet",
            "values": {"id": 1, "timestamp": "2026-01-31T12:00:00.000000Z", "log_level": "ERROR"},
            "cut": [],
        }
    ],
    "looked": 1,
    "next": 1,
    "sort_refusal": None,
}

ONE = {
    **PAGE["rows"][0],
    "kind": "logs",
    "columns": PAGE["columns"],
    "raw_column": None,
}
HEADS = {
    "kind": "logs",
    "split": "train",
    "looked": 1000000,
    "total": 1000000,
    "note": None,
    "columns": [
        {
            "name": "log_level",
            "nulls": 12,
            "distinct": 5,
            "minimum": None,
            "maximum": None,
            "bins": [],
            "outside": 0,
            "top": [{"value": "INFO", "rows": 800000}],
        }
    ],
}
REJECTS = {
    "kind": "logs",
    "total": 1,
    "rules": [{"column": "device_ip", "rule": "is_address", "rows": 1}],
    "rows": [
        {
            "place": 0,
            "id": 7,
            "rule": "is_address",
            "column": "device_ip",
            "value": "10.0.0.300",
            "reason": "is not an address",
            "is_cut": False,
        }
    ],
    "looked": 1,
    "next": None,
}
EXPLAINED: dict[str, Any] = {
    "kind": "logs",
    "row": 4711,
    "outcome": "duplicate",
    "text": "A duplicate of row 4710: the same time, device, process and message. That row stands for it.",
    "split": None,
    "file": None,
    "place": None,
    "rules": [],
    "duplicate_of": 4710,
    "filters": [],
    "next": None,
}
