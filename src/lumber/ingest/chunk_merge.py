"""Merges the records of a live load's rows, which arrive in many small batches."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, NamedTuple

import sqlalchemy as sa

from lumber.store.bulk import BulkConnection
from lumber.store.models import IngestChunk

# So many records are merged at once: a merge costs a transaction.
MERGED_CHUNKS = 16
_TABLE: Any = IngestChunk.__table__
_COLUMNS = ("lines_done", "first_id", "last_id", "rows")


class _Record(NamedTuple):
    lines_done: int
    first_id: int
    last_id: int
    rows: int

    @property
    def is_whole(self) -> bool:
        """Say whether all ids from first to last are those of its rows."""
        return self.rows == self.last_id - self.first_id + 1

    def is_followed_by(self, other: _Record) -> bool:
        if self.first_id == other.first_id == 0:  # rows without ids of their own
            return True
        return self.is_whole and other.is_whole and self.last_id + 1 == other.first_id


def merge_chunks(connection: BulkConnection, source_id: str) -> None:
    """Merge the last records of a source whose ids follow each other, if there are many. Commits.

    The rows that they mean stay the same. To be called by whoever loads the source, between two batches.
    Raises DatabaseError.
    """
    for group in _groups(_last(connection, source_id)):
        if not _merge(connection, source_id, group):
            return


def _last(connection: BulkConnection, source_id: str) -> list[_Record]:
    columns = [_TABLE.c[name] for name in _COLUMNS]
    order = (_TABLE.c.lines_done.desc(), _TABLE.c.first_id.desc())
    query = sa.select(*columns).where(_TABLE.c.source_id == source_id).order_by(*order).limit(MERGED_CHUNKS)
    found = [_Record(*row) for row in connection.query(query)]
    connection.rollback()
    return found[::-1] if len(found) == MERGED_CHUNKS else []


def _groups(records: list[_Record]) -> list[list[_Record]]:
    """Return the runs of at least two records that follow each other."""
    starts = [0, *(n for n, pair in enumerate(pairwise(records), 1) if not pair[0].is_followed_by(pair[1]))]
    runs = (records[start:end] for start, end in pairwise([*starts, len(records)]))
    return [run for run in runs if len(run) > 1]


def _merge(connection: BulkConnection, source_id: str, group: list[_Record]) -> bool:
    """Replace the records by one; return false if somebody has deleted the load meanwhile."""
    first, last = group[0], group[-1]
    is_source = _TABLE.c.source_id == source_id
    ends = [(record.lines_done, record.first_id) for record in group]
    is_gone = sa.or_(*((_TABLE.c.lines_done == line) & (_TABLE.c.first_id == id_) for line, id_ in ends[1:]))
    is_first = (_TABLE.c.lines_done == first.lines_done) & (_TABLE.c.first_id == first.first_id)
    # Ids without a gap are exact without their transactions.
    values = {"lines_done": last.lines_done, "last_id": last.last_id, "tx": None}
    values["rows"] = sum(record.rows for record in group)
    try:
        gone = connection.query(sa.delete(_TABLE).where(is_source & is_gone).returning(_TABLE.c.rows))
        kept = connection.query(
            sa.update(_TABLE).where(is_source & is_first).values(values).returning(_TABLE.c.rows)
        )
        is_done = len(gone) == len(group) - 1 and len(kept) == 1
        if is_done:
            connection.commit()
    finally:
        connection.rollback()
    return is_done
