"""Probes whether rows of a table are only added, as a mapping with the guarantee `append_only` declares.

When a mapping is kept, the rows with the last keys are counted and digested. Every later check and preview
compares them with what the same range of keys has then. PostgreSQL also counts updates and deletions itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from lumber.sources.guarantee import Guarantee
from lumber.sources.guest import Guest
from lumber.sources.tables import text_literal
from lumber.store.keyset import row_digest
from lumber.store.models.base import utc_now
from lumber.text import counted

# So few that an index finds them at once, and so many that late rows and corrections are among them.
PROBED_ROWS = 10_000
_CHANGED = "SELECT n_tup_upd, n_tup_del FROM pg_stat_user_tables WHERE relid = to_regclass({name})"


@dataclass(frozen=True, slots=True)
class Probe:
    """The rows that a range of keys had at a moment. Both ends belong to it."""

    low: int
    high: int
    rows: int
    digest: str
    at: datetime

    def as_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {**asdict(self), "at": self.at.isoformat()}

    @classmethod
    def of_json(cls, values: Mapping[str, Any] | None) -> Probe | None:
        """Read what `as_json` returned."""
        return None if values is None else cls(**{**values, "at": datetime.fromisoformat(values["at"])})


async def take_probe(guest: Guest, kind_name: str, connection: AsyncConnection) -> Probe | None:
    """Probe the rows with the last keys; None: nothing is promised about them, or no index finds them."""
    if not _can_probe(guest, kind_name):
        return None
    kind = guest.source.mappings[kind_name].mapping.kind
    key = kind.id_column
    last = f"SELECT {key} FROM {kind.table} ORDER BY {key} DESC LIMIT {PROBED_ROWS}"  # noqa: S608
    text = f"SELECT min({key}), max({key}) FROM ({last}) AS latest"  # noqa: S608
    low, high = tuple((await connection.exec_driver_sql(guest.relations.sql(text))).one())
    return None if high is None else await _probed(guest, kind_name, connection, int(low), int(high))


async def probe_notes(
    guest: Guest, kind_name: str, connection: AsyncConnection, before: Probe | None
) -> list[str]:
    """Return what is known of a promise that rows are only added, in words; empty if there is none."""
    mapping = guest.source.mappings[kind_name].mapping
    if mapping.guarantee is not Guarantee.APPEND_ONLY:
        return []
    if not _can_probe(guest, kind_name):
        why = "the rows are collected" if guest.collector is not None else "no index of a table has its key"
        return [f"Nothing has tested append_only: {why}. Versions of a dataset compare all rows."]
    found = [] if before is None else [await _compared(guest, kind_name, connection, before)]
    return found + await _counted_by_server(guest, kind_name, connection)


def _can_probe(guest: Guest, kind_name: str) -> bool:
    mapping, table = guest.source.mappings[kind_name].mapping, guest.tables[kind_name]
    if mapping.guarantee is not Guarantee.APPEND_ONLY or guest.collector is not None:
        return False
    key = table.find(mapping.columns[mapping.kind.id_column].column or "")
    is_found = key is not None and any(index[:1] == (key.name,) for index in table.indexes)
    return table.is_base and is_found and mapping.kind.is_append_only


async def _compared(guest: Guest, kind_name: str, connection: AsyncConnection, before: Probe) -> str:
    now = await _probed(guest, kind_name, connection, before.low, before.high)
    moment, keys = f"{before.at:%Y-%m-%d %H:%M} UTC", f"the keys {before.low} to {before.high}"
    if (now.rows, now.digest) == (before.rows, before.digest):
        return (
            f"append_only has held since {moment}: {keys} still have the same {counted(before.rows, 'row')}."
        )
    if now.rows < before.rows:
        what = f"{counted(before.rows - now.rows, 'row')} fewer than at {moment}: rows were deleted"
    elif now.rows > before.rows:
        what = f"{counted(now.rows - before.rows, 'row')} more than at {moment}: rows came with lower keys"
    else:
        what = f"other rows than at {moment}: some were changed or replaced"
    return (
        f"append_only doesn't hold: {keys} have {what}. An export that continues after a crash can fail. "
        "Declare snapshot, or keep the mapping again if this was an exception."
    )


async def _counted_by_server(guest: Guest, kind_name: str, connection: AsyncConnection) -> list[str]:
    if guest.database.is_sqlite:
        return []
    table = guest.tables[kind_name]
    asked = _CHANGED.format(name=text_literal(table.sql))
    row = (await connection.exec_driver_sql(asked)).one_or_none()
    counts = () if row is None else tuple(row)
    changes = zip(counts, ("update", "deletion"), strict=False)
    told = [counted(int(number), word) for number, word in changes if number]
    if not told:
        return []
    return [
        f"The server has counted {' and '.join(told)} in {table.name}, also of transactions that were rolled "
        "back. append_only promises that rows aren't changed."
    ]


async def _probed(guest: Guest, kind_name: str, connection: AsyncConnection, low: int, high: int) -> Probe:
    kind = guest.source.mappings[kind_name].mapping.kind
    each = row_digest(kind, guest.database.url.dialect, guest.relations, high)
    where = f"{kind.id_column} >= {low} AND {kind.id_column} <= {high}"
    text = f"SELECT count(*), sum({each}) FROM {kind.table} WHERE {where}"  # noqa: S608 - names of the catalog
    rows, total = tuple((await connection.exec_driver_sql(guest.relations.sql(text))).one())
    return Probe(low, high, int(rows), f"{int(total or 0) % 2**64:016x}", utc_now())
