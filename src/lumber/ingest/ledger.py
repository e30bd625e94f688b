"""How far each source was loaded: read before a load, and updated in the transaction of each chunk."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa

from lumber.errors import DatabaseError, IngestError
from lumber.ingest.recognition import Recognition
from lumber.store.bulk import BulkConnection
from lumber.store.models import IngestSource
from lumber.store.models.base import utc_now

_TABLE: Any = IngestSource.__table__
_COLUMNS = (
    "source_id", "kind", "name", "fingerprint", "content_sha256", "bytes_done", "lines_done", "loaded",
    "rejected", "reject_bytes", "state", "reading", "recognition", "is_complete",
)  # fmt: skip
# A first line that was incomplete when it was loaded has another fingerprint now.
FINGERPRINT_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Entry:
    """A source in the ledger. With bytes_done 0, it is not in the database yet.

    `reading` is the JSON of the options of its last load; None if an earlier version loaded it.
    `recognition` counts the lines that this and later versions loaded.
    """

    source_id: str
    kind: str
    name: str
    fingerprint: str
    content_sha256: str = hashlib.sha256(b"").hexdigest()
    bytes_done: int = 0
    lines_done: int = 0
    loaded: int = 0
    rejected: int = 0
    reject_bytes: int = 0
    state: dict[str, Any] = field(default_factory=dict)
    reading: str | None = None
    recognition: Recognition = field(default=Recognition())
    is_complete: bool = False
    is_stored: bool = False


def entry_named(connection: BulkConnection, source_id: str) -> Entry | None:
    """Return the entry of a source; None if nothing was loaded under this id."""
    found = _select(connection, _TABLE.c.source_id == source_id)
    return found[0] if found else None


def entries_like(connection: BulkConnection, kind: str, fingerprint: str) -> list[Entry]:
    """Return the entries that may be the same content: same kind and same first line, longest first."""
    is_short = _TABLE.c.bytes_done < FINGERPRINT_BYTES
    condition = (_TABLE.c.kind == kind) & ((_TABLE.c.fingerprint == fingerprint) | is_short)
    found = [entry for entry in _select(connection, condition) if entry.bytes_done > 0]
    return sorted(found, key=lambda entry: entry.bytes_done, reverse=True)


def latest_named(connection: BulkConnection, kind: str, names: Collection[str], count: int) -> list[Entry]:
    """Return the entries that were loaded last under one of these names of files, the last one first."""
    is_it = (_TABLE.c.kind == kind) & _TABLE.c.name.in_(names) & (_TABLE.c.bytes_done > 0)
    return _select(connection, is_it, sa.desc(_TABLE.c.updated_at), count)


def _select(
    connection: BulkConnection, condition: Any, order: Any = None, count: int | None = None
) -> list[Entry]:
    columns = [_TABLE.c[name] for name in _COLUMNS]
    query = sa.select(*(sa.type_coerce(c, c.type) for c in columns)).where(condition)
    rows = connection.query(query.order_by(order).limit(count))
    connection.rollback()
    found = [dict(zip(_COLUMNS, row, strict=True)) for row in rows]
    for values in found:
        values["state"] = json.loads(values["state"] or "{}")
        values["recognition"] = Recognition.read(json.loads(values["recognition"] or "{}"))
        values["is_complete"] = bool(values["is_complete"])
    return [Entry(**values, is_stored=True) for values in found]


def move_on(connection: BulkConnection, before: Entry, after: Entry) -> Entry:
    """Replace `before` by `after`: the first statement of a chunk's transaction.

    As a write, it also takes the write lock. Raises IngestError if another process has loaded more of the
    source meanwhile.
    """
    values = {name: getattr(after, name) for name in _COLUMNS if name != "source_id"}
    values |= {"state": json.dumps(after.state, sort_keys=True), "is_complete": int(after.is_complete)}
    values["recognition"] = after.recognition.as_text()
    values["updated_at"] = utc_now()
    if not before.is_stored:
        _insert(connection, {**values, "source_id": after.source_id, "created_at": utc_now()})
        return replace(after, is_stored=True)
    is_mine = (_TABLE.c.source_id == before.source_id) & (_TABLE.c.bytes_done == before.bytes_done)
    is_mine &= _TABLE.c.lines_done == before.lines_done
    statement = sa.update(_TABLE).where(is_mine).values(values).returning(_TABLE.c.source_id)
    if not connection.query(statement):
        raise _taken(before.source_id)
    return after


def _insert(connection: BulkConnection, values: dict[str, Any]) -> None:
    try:
        connection.execute(sa.insert(_TABLE).values(values))
    except DatabaseError as error:
        if "unique" in str(error).lower():
            raise _taken(values["source_id"]) from error
        raise


def _taken(source_id: str) -> IngestError:
    return IngestError(
        f"Another process is also loading the source {source_id}, or has deleted it. Nothing of this chunk "
        "was written. Wait until the other process has finished, then run the same command again."
    )
