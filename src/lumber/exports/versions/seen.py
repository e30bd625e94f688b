"""Says which log lines a version has seen, so that the next one knows whether they are there, unchanged.

A version's watermark has their number and a digest. PostgreSQL never shows an earlier snapshot more rows than
before, and marks every row with the transaction that wrote it. SQLite counts changes with a trigger.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import sqlalchemy as sa

from lumber.catalog.selection import Selection
from lumber.exports.snapshot import Snapshot
from lumber.exports.versions.reserving import Parent
from lumber.store.keyset import Cutoff, Keyset
from lumber.store.types import from_microseconds
from lumber.text import counted


@dataclass(frozen=True, slots=True)
class Seen:
    """The rows of one kind that a version has seen. `changes`: how often SQLite had changed rows by then."""

    rows: int
    digest: str
    changes: int | None = None

    def as_json(self) -> dict[str, Any]:
        """Return plain JSON values, for the watermark."""
        return asdict(self)

    def plus(self, rows: int, digest: int) -> Seen:
        """Return the same with more rows."""
        total = (int(self.digest, 16) + digest) % 2**64
        return replace(self, rows=self.rows + rows, digest=f"{total:016x}")


async def rows_seen(snapshot: Snapshot, selection: Selection, parent: Parent | None = None) -> Seen:
    """Return the rows of a kind that a snapshot shows; with a parent, those that this version has seen."""
    cutoff = snapshot.cutoffs[selection.kind.name]
    if parent is not None:
        name, mark = selection.kind.name, parent.watermark
        first_us, end_us = mark["ranges"][name]
        selection = replace(
            selection,
            start=None if first_us is None else from_microseconds(first_us),
            end=None,
            before=None if end_us is None else from_microseconds(end_us),
        )
        cutoff = Cutoff(max_id=mark["max_ids"].get(name), snapshot=mark["snapshot"])
    changes = await _changes(snapshot, selection.kind.table)
    keyset = Keyset(snapshot.connection, selection, snapshot.source.dialect, cutoff)
    return Seen(0, "0", changes).plus(*await keyset.digest())


async def new_rows(snapshot: Snapshot, selection: Selection) -> tuple[int, int]:
    """Return number and digest of the rows that are new since the parent; the snapshot shows only these."""
    cutoff = snapshot.cutoffs[selection.kind.name]
    return await Keyset(snapshot.connection, selection, snapshot.source.dialect, cutoff).digest()


def why_changed(found: Seen, parent: Parent, kind: str) -> str | None:
    """Return why rows that the parent has seen must be read again; None if they are as it saw them."""
    known = int(parent.totals[kind]["read"])
    if found.rows != known:
        rows = counted(abs(known - found.rows), "row")
        other = "fewer" if found.rows < known else "more"
        return f"the table has {rows} {other} of those that version {parent.number} read"
    # Versions of earlier releases have only the number.
    before: Mapping[str, Any] | None = parent.watermark.get("seen", {}).get(kind)
    if before is not None and before != found.as_json():
        return f"rows that version {parent.number} read were changed or replaced"
    return None


async def _changes(snapshot: Snapshot, table: str) -> int | None:
    if snapshot.source.dialect != "sqlite":
        return None
    asked = sa.text("SELECT changes FROM row_changes WHERE table_name = :table")
    value = (await snapshot.connection.execute(asked, {"table": table})).scalar()
    return None if value is None else int(value)
