"""Reads the sample rows of a preview."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from lumber.catalog.kind import LEADER_GROUP, LEADER_TIME, Column, Kind, Storage
from lumber.catalog.selection import Selection
from lumber.engine.plan import KindPlan, keys_at
from lumber.exports.planner import keys_of
from lumber.exports.snapshot import Snapshot
from lumber.store.reading import sample_statement

_PLACES = 10
_ROWS_PER_PLACE = 200
_ARROW: dict[Storage, Any] = {
    Storage.INTEGER: pa.int64(),
    Storage.BOOLEAN: pa.int64(),
    Storage.TIME: pa.int64(),
    Storage.REAL: pa.float64(),
    Storage.TEXT: pa.binary(),
    Storage.JSON: pa.binary(),
}


async def read_sample(
    selection: Selection, plan: KindPlan, snapshot: Snapshot, led: Column | None
) -> pa.RecordBatch:
    """Read rows at even steps through the selection, or every row of a small one."""
    kind = selection.kind
    everything = plan.rows <= _PLACES * _ROWS_PER_PLACE
    places = [plan.rows * place // _PLACES for place in range(1, _PLACES)]
    later = [] if everything else await keys_at(keys_of(selection, snapshot, plan), plan, places)
    limit = _PLACES * _ROWS_PER_PLACE if everything else _ROWS_PER_PLACE
    rows: dict[Any, tuple[Any, ...]] = {}
    id_at = [column.name for column in kind.columns].index(kind.id_column)
    for lower in (None, *later):
        statement = sample_statement(
            selection,
            snapshot.source.dialect,
            snapshot.cutoffs[kind.name],
            lower=lower,
            limit=limit,
            led_by=led,
            relations=snapshot.relations,
        )
        for row in await snapshot.connection.exec_driver_sql(statement):
            rows[row[id_at]] = tuple(row)
    return plain_batch(kind, list(rows.values()), led)


def plain_batch(kind: Kind, rows: Sequence[tuple[Any, ...]], led: Column | None) -> pa.RecordBatch:
    """Convert rows of `sample_statement` to a batch, or rows that were read like them."""
    names = {column.name: _ARROW[column.storage] for column in kind.columns}
    names |= {reference.name: pa.int64() for reference in kind.references}
    if led is not None:
        names |= {LEADER_TIME: pa.int64(), LEADER_GROUP: _ARROW[led.storage]}
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    arrays = {}
    for (name, type_), values in zip(names.items(), columns, strict=True):
        array: pa.Array[Any] = pa.array(list(values), type_)
        arrays[name] = array.view(pa.string()) if pa.types.is_binary(array.type) else array
    return pa.RecordBatch.from_pydict(arrays)
