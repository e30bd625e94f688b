"""Deletes old lines of the audit trail. The chain keeps an anchor, and a line that tells of the deletion."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from lumber.audit.actions import Action
from lumber.audit.actor import system_actor
from lumber.audit.append import append
from lumber.audit.line import NewLine
from lumber.errors import AuditError
from lumber.store.clock import database_now
from lumber.store.database import Database
from lumber.store.models.audit import AUDIT_HEAD, AUDIT_LINES
from lumber.store.patience import patiently

# Lines of one transaction: nobody can add a line while it runs.
_AT_ONCE = 20_000


async def prune(database: Database, days: float, *, is_stopping: Callable[[], bool] = lambda: False) -> int:
    """Delete the lines that are older than `days`, oldest first, and return their number.

    Raises DatabaseError, AuditFailed, or AuditError if the line before them is missing.
    """
    deleted = 0
    while not is_stopping():
        now = await patiently(partial(_prune_some, database, days))
        deleted += now
        if now < _AT_ONCE:
            break
    return deleted


async def _prune_some(database: Database, days: float) -> int:
    async with database.session() as session:
        # The lock of the chain comes first: no line is added between the look and the deletion.
        lock = sa.update(AUDIT_HEAD).where(AUDIT_HEAD.c.id == 1).values(id=1)
        found = await session.execute(lock.returning(AUDIT_HEAD.c.first_seq, AUDIT_HEAD.c.last_seq))
        head = found.one_or_none()
        if head is None:
            return 0
        kept = await _first_kept(session, days, head.first_seq, head.last_seq)
        if kept <= head.first_seq:
            return 0
        last = sa.select(AUDIT_LINES.c.hash).where(AUDIT_LINES.c.seq == kept - 1)
        prev_hash = (await session.execute(last)).scalar()
        if prev_hash is None:
            raise AuditError(
                f"Line {kept - 1:,} of the audit trail is missing, so nothing is deleted. "
                "Run `lumber audit verify`."
            )
        anchor = sa.update(AUDIT_HEAD).where(AUDIT_HEAD.c.id == 1)
        await session.execute(anchor.values(first_seq=kept, first_prev_hash=prev_hash))
        await session.execute(sa.delete(AUDIT_LINES).where(AUDIT_LINES.c.seq < kept))
        lines = int(kept - head.first_seq)
        details = {"first_seq": kept, "prev_hash": prev_hash, "lines": lines}
        await append(session, [NewLine(system_actor("retention"), Action.AUDIT_PRUNED, details=details)])
        return lines


async def _first_kept(session: AsyncSession, days: float, first: int, last: int) -> int:
    """Return the number of the oldest line to keep; the one after the last if all are too old."""
    oldest = await database_now(session) - timedelta(days=days)
    most = min(last + 1, first + _AT_ONCE)
    young = sa.select(sa.func.min(AUDIT_LINES.c.seq)).where(
        AUDIT_LINES.c.at >= oldest, AUDIT_LINES.c.seq < most
    )
    kept: int | None = (await session.execute(young)).scalar()
    return most if kept is None else kept
