"""Batches as the bulk reader hands them over: one row per dictionary, in a kind's stored types."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from lumber.catalog.kind import Kind, Storage
from lumber.catalog.registry import get_kind
from lumber.store.types import to_microseconds

STORED = {
    Storage.INTEGER: pa.int64(),
    Storage.TIME: pa.int64(),
    Storage.REAL: pa.float64(),
    Storage.TEXT: pa.string(),
    Storage.JSON: pa.string(),
}
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
# A row of each kind that breaks no rule.
SOUND: dict[str, dict[str, Any]] = {
    "logs": {"timestamp": NOON, "message": "Accepted password", "severity_text": "info"},
    "anomalies": {"timestamp": NOON, "anomaly_type": "burst", "score": 0.5},
    "ips": {"address": "10.0.0.1", "first_seen": NOON, "last_seen": NOON, "risk_score": 5.0},
}


def batch_of(kind: str | Kind, *rows: dict[str, Any]) -> pa.RecordBatch:
    """Make a batch of sound rows, changed as given; ids count up. Text may be given as raw bytes."""
    found = get_kind(kind) if isinstance(kind, str) else kind
    whole = [{"id": index, **SOUND[found.name], **row} for index, row in enumerate(rows)]
    arrays = {
        column.name: _array([row.get(column.name) for row in whole], STORED[column.storage])
        for column in found.columns
    }
    for reference in found.references:
        arrays[reference.name] = pa.array([row.get(reference.name, 0) for row in whole], pa.int64())
    return pa.RecordBatch.from_pydict(arrays)


def _array(values: Sequence[Any], type_: pa.DataType) -> pa.Array:
    if pa.types.is_string(type_):
        raw = [value.encode() if isinstance(value, str) else value for value in values]
        return pa.array(raw, pa.binary()).view(pa.string())
    return pa.array([to_microseconds(v) if isinstance(v, datetime) else v for v in values], type_)
