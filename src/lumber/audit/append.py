"""Adds lines to the audit trail: in the transaction of what they tell, or in one of their own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from lumber.audit.line import Line, NewLine, canonical, chained
from lumber.errors import AuditFailed, DatabaseError, DatabaseLocked
from lumber.store.clock import clock_sql
from lumber.store.database import Database, open_database
from lumber.store.models.audit import AUDIT_HEAD, AUDIT_LINES
from lumber.store.patience import PATIENCE_SECONDS, promptly

# With a longer busy timeout, SQLite looks for the lock too rarely: see `promptly`.
_LOCK_SECONDS = 0.05


async def append(session: AsyncSession, lines: Sequence[NewLine]) -> Sequence[Line]:
    """Add lines in the transaction of `session`, and return them as they are in the chain.

    They are there if and only if the transaction is committed. From here to its end, the transaction keeps
    all others from adding lines: append last, and lock nothing afterwards, or two of them can block each
    other. Raises AuditFailed if the lines can't be written, and ValueError for details that aren't declared.
    """
    if not lines:
        return ()
    members = [line.members() for line in lines]
    await session.flush()
    try:
        last_seq, last_hash, now = await _next_place(session, len(lines))
        added = _chain(members, last_seq, last_hash, now)
        await session.execute(sa.insert(AUDIT_LINES), [_row(line, now) for line in added])
        head = sa.update(AUDIT_HEAD).where(AUDIT_HEAD.c.id == 1)
        await session.execute(head.values(last_hash=added[-1].hash))
    except DBAPIError as error:
        if "locked" in str(error.orig):
            raise  # the transaction is repeated
        raise failed(str(error.orig)) from error
    except SQLAlchemyError as error:
        raise failed(str(error)) from error
    return added


async def record(
    database: Database, lines: Sequence[NewLine], *, seconds: float = PATIENCE_SECONDS
) -> Sequence[Line]:
    """Add lines in a transaction of their own. Waits for the lock of SQLite for so many seconds.

    Raises AuditFailed if they can't be written.
    """
    if not database.is_sqlite:
        return await _record(database, lines, seconds)
    # Another connection, because this one waits differently.
    opened = open_database(database.url, connections=1, busy_timeout_seconds=_LOCK_SECONDS)
    try:
        return await _record(opened, lines, seconds)
    finally:
        await opened.close()


async def record_all(
    database: Database, wanted: Sequence[Sequence[NewLine]], *, seconds: float
) -> Sequence[Sequence[Line]]:
    """Add the lines of several callers in one transaction; return those of each caller.

    `database` has a short busy timeout. Raises AuditFailed.
    """
    added = list(await _record(database, [line for lines in wanted for line in lines], seconds))
    ends = [sum(len(lines) for lines in wanted[: number + 1]) for number in range(len(wanted))]
    return [added[end - len(lines) : end] for lines, end in zip(wanted, ends, strict=True)]


async def _record(database: Database, lines: Sequence[NewLine], seconds: float) -> Sequence[Line]:
    try:
        return await promptly(partial(_append_alone, database, lines), seconds=seconds)
    except DatabaseLocked as error:
        raise failed(str(error)) from error
    except DatabaseError as error:
        raise failed(error.public) from error


async def _append_alone(database: Database, lines: Sequence[NewLine]) -> Sequence[Line]:
    async with database.session() as session:
        return await append(session, lines)


def failed(reason: str) -> AuditFailed:
    """Return the error for an audit trail that can't be written."""
    text = reason.strip().splitlines()[0] if reason.strip() else "unknown"
    return AuditFailed(f"The audit trail can't be written: {text}. Check the database, then try again.")


async def _next_place(session: AsyncSession, lines: int) -> tuple[int, str, datetime]:
    """Take the lock of the chain, and reserve numbers. Return the last number and hash, and the time."""
    # The clock is read when the lock is held: later lines have later times, if the clock isn't set back.
    statement = (
        sa.update(AUDIT_HEAD)
        .where(AUDIT_HEAD.c.id == 1)
        .values(last_seq=AUDIT_HEAD.c.last_seq + lines)
        .returning(
            AUDIT_HEAD.c.last_seq,
            AUDIT_HEAD.c.last_hash,
            clock_sql(session).label("now"),
        )
    )
    found = (await session.execute(statement)).one_or_none()
    if found is None:
        raise failed("its head is missing, see `lumber audit verify`")
    return found.last_seq - lines, found.last_hash, found.now


def _chain(members: Sequence[dict[str, Any]], last_seq: int, last_hash: str, now: datetime) -> list[Line]:
    added: list[Line] = []
    for number, each in enumerate(members, start=1):
        prev_hash = added[-1].hash if added else last_hash
        added.append(chained(each, last_seq + number, now, prev_hash))
    return added


def _row(line: Line, at: datetime) -> dict[str, Any]:
    return {**line.members, "at": at, "details": canonical(line.members["details"]), "hash": line.hash}
