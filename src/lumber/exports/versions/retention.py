"""Which versions of datasets are deleted: those beyond the limits of their dataset, and no others."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.engine import CursorResult
from sqlalchemy.ext.asyncio import AsyncSession

from lumber.exports.versions.reserving import VersionState
from lumber.store.types import UtcDateTime

# The models would load those of all tables, and exports are deleted without datasets too.
_DATASETS = sa.table("datasets", sa.column("id"), sa.column("keep_last"), sa.column("keep_days"))
_VERSIONS = sa.table(
    "dataset_versions",
    *(sa.column(name) for name in ("dataset_id", "number", "export_id", "state", "path", "totals")),
    sa.column("published_at", UtcDateTime()),
)
_PUBLICATIONS = sa.table("export_publications", sa.column("export_id"), sa.column("withdraw_cause"))
_TAGS = sa.table("dataset_tags", sa.column("dataset_id"), sa.column("number"))
_KEPT = (VersionState.PUBLISHED, VersionState.HELD, VersionState.BUILDING)


async def surplus_versions(session: AsyncSession, now: datetime) -> tuple[set[str], dict[str, str]]:
    """Return the exports that are versions, and those of them to delete, with the limit that they exceed.

    The latest version of a dataset, held versions and those with a tag are never deleted.
    """
    limits = {row.id: row for row in await session.execute(sa.select(_DATASETS))}
    if not limits:
        return set(), {}
    tagged = {tuple(row) for row in await session.execute(sa.select(_TAGS.c.dataset_id, _TAGS.c.number))}
    wanted = sa.select(_VERSIONS).where(_VERSIONS.c.state.in_(_KEPT))
    rows = await session.execute(wanted.order_by(_VERSIONS.c.dataset_id, _VERSIONS.c.number.desc()))
    versions: set[str] = set()
    surplus: dict[str, str] = {}
    seen: dict[str, int] = {}
    for row in rows:
        versions.add(row.export_id)
        if row.state != VersionState.PUBLISHED:
            continue
        place = seen[row.dataset_id] = seen.get(row.dataset_id, 0) + 1
        limit = limits.get(row.dataset_id)
        if place == 1 or limit is None or (row.dataset_id, row.number) in tagged:
            continue
        if limit.keep_last is not None and place > limit.keep_last:
            surplus[row.export_id] = "keep_last"
        elif limit.keep_days is not None and now - row.published_at > timedelta(days=limit.keep_days):
            surplus[row.export_id] = "days"
    return versions, surplus


async def has_limits(session: AsyncSession) -> bool:
    """Say whether a dataset has limits for its versions, or versions wait to be withdrawn."""
    limited = sa.or_(_DATASETS.c.keep_last.is_not(None), _DATASETS.c.keep_days.is_not(None))
    waiting = _PUBLICATIONS.c.withdraw_cause.is_not(None)
    either = sa.union_all(
        sa.select(_DATASETS.c.id).where(limited), sa.select(_PUBLICATIONS.c.export_id).where(waiting)
    )
    return await session.scalar(either.limit(1)) is not None


async def forget_version(session: AsyncSession, export_id: str, cause: str | None = None) -> None:
    """Note that the files of a version are deleted with its export. Its line in the log stays.

    With `cause`, the limit that it exceeds, a clean-up also removes it from its destination. What a person
    deletes stays there.
    """
    gone = sa.update(_VERSIONS).where(
        _VERSIONS.c.export_id == export_id,
        _VERSIONS.c.state.in_((VersionState.PUBLISHED, VersionState.HELD, VersionState.DROPPED)),
    )
    forgotten = gone.values(state=VersionState.DELETED, path=None, totals=None)
    is_version = bool(cast("CursorResult[Any]", await session.execute(forgotten)).rowcount)
    if is_version and cause is not None:
        published = sa.update(_PUBLICATIONS).where(_PUBLICATIONS.c.export_id == export_id)
        await session.execute(published.values(withdraw_cause=cause))
