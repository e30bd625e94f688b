"""Says which log lines a version has seen, so that the next one knows whether they are there, unchanged.

A version's watermark has their number and a digest, for which all of them are read. On SQLite that is the
time index, and a trigger counts changes. PostgreSQL marks every row with the transaction that added it, and
triggers note the transactions that did anything else: without such a one, no row is read. Of a source, the
last key takes the place of the snapshot, and nothing counts or notes changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import sqlalchemy as sa

from lumber.catalog.kind import Kind
from lumber.catalog.selection import Selection
from lumber.exports.snapshot import Snapshot
from lumber.exports.versions.reserving import Parent
from lumber.store.keyset import Cutoff, Keyset
from lumber.store.types import from_microseconds
from lumber.store.url import Dialect
from lumber.text import counted

# The triggers of PostgreSQL that note what isn't an addition; "A" fires in every session.
_TRIGGERS = (
    "SELECT count(*) FROM pg_trigger WHERE tgrelid = to_regclass(:table) AND tgenabled = 'A' "
    "AND tgname IN (:table || '_changed', :table || '_emptied', :table || '_copied')"
)
_NEEDED_TRIGGERS = 3
# The present form of the digests of each database.
_FORMS: Mapping[Dialect, int] = {"sqlite": 2, "postgresql": 1}
_CHANGED = (
    "SELECT EXISTS (SELECT FROM row_changers WHERE table_name = :table "
    "AND NOT pg_visible_in_snapshot("
    "CAST(CAST(tx AS text) AS xid8), CAST(CAST(:snapshot AS text) AS pg_snapshot)))"
)


@dataclass(frozen=True, slots=True)
class Seen:
    """The rows of one kind that a version has seen.

    `changes`: how often SQLite had changed rows of the table by then. `is_watched`: PostgreSQL notes what
    changes later. `form`: how the digest was made; those of another form can't be compared.
    """

    rows: int
    digest: str
    changes: int | None = None
    is_watched: bool = False
    form: int = 1

    def as_json(self) -> dict[str, Any]:
        """Return plain JSON values, for the watermark."""
        return asdict(self)

    def plus(self, rows: int, digest: int) -> Seen:
        """Return the same with more rows."""
        total = (int(self.digest, 16) + digest) % 2**64
        return replace(self, rows=self.rows + rows, digest=f"{total:016x}")


async def unchanged_since(snapshot: Snapshot, kind: Kind, parent: Parent) -> Seen | None:
    """Return what the parent has seen if PostgreSQL has only added rows to the table since.

    None: it has done something else, or nobody can tell without reading the rows.
    """
    known = parent.watermark.get("seen", {}).get(kind.name)
    if known is None or known["rows"] != int(parent.totals[kind.name]["read"]):
        return None
    before = Seen(**known)
    if not (before.is_watched and await _is_watched(snapshot, kind.table)):
        return None
    values = {"table": kind.table, "snapshot": parent.watermark["snapshot"]}
    has_changed = (await snapshot.connection.execute(sa.text(_CHANGED), values)).scalar()
    return None if has_changed else before


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
    table = selection.kind.table
    form = _FORMS[snapshot.source.dialect]
    known = Seen(0, "0", await _changes(snapshot, table), await _is_watched(snapshot, table), form)
    keyset = Keyset(snapshot.connection, selection, snapshot.source.dialect, cutoff, snapshot.relations)
    return known.plus(*await keyset.digest(snapshot.beside))


async def new_rows(snapshot: Snapshot, selection: Selection) -> tuple[int, int]:
    """Return number and digest of the rows that are new since the parent; the snapshot shows only these."""
    cutoff = snapshot.cutoffs[selection.kind.name]
    keyset = Keyset(snapshot.connection, selection, snapshot.source.dialect, cutoff, snapshot.relations)
    return await keyset.digest()


def why_changed(found: Seen, parent: Parent, kind: str) -> str | None:
    """Return why rows that the parent has seen must be read again; None if they are as it saw them."""
    known = int(parent.totals[kind]["read"])
    if found.rows != known:
        rows = counted(abs(known - found.rows), "row")
        other = "fewer" if found.rows < known else "more"
        return f"the table has {rows} {other} of those that version {parent.number} read"
    # Versions of earlier releases have only the number, or don't say whether the table is watched.
    before: Mapping[str, Any] | None = parent.watermark.get("seen", {}).get(kind)
    if before is None:
        return None
    is_same_form = before.get("form", 1) == found.form
    if before["changes"] != found.changes or (is_same_form and before["digest"] != found.digest):
        return f"rows that version {parent.number} read were changed or replaced"
    return None


async def _is_watched(snapshot: Snapshot, table: str) -> bool:
    if snapshot.source.dialect == "sqlite" or not snapshot.relations.are_own:
        return False
    found = await snapshot.connection.execute(sa.text(_TRIGGERS), {"table": table})
    return bool(found.scalar() == _NEEDED_TRIGGERS)


async def _changes(snapshot: Snapshot, table: str) -> int | None:
    if snapshot.source.dialect != "sqlite" or not snapshot.relations.are_own:
        return None
    asked = sa.text("SELECT changes FROM row_changes WHERE table_name = :table")
    value = (await snapshot.connection.execute(asked, {"table": table})).scalar()
    return None if value is None else int(value)
