"""Quotas: what an account exported and downloaded on this day in UTC, and whether there is room for more.

`quota_uses` counts what is complete, so that a deleted export still counts. Running exports count with the
rows of their plans. Days begin at midnight in UTC, by the clock of the database.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from math import ceil
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from lumber.errors import QuotaExceeded
from lumber.exports.status import Status
from lumber.identity.policies.stored import Policy
from lumber.store.clock import database_now
from lumber.store.models import ExportStatus
from lumber.text import counted

_INTEGER = sa.BigInteger()
USES = sa.table(
    "quota_uses",
    *(sa.column(name, sa.Text()) for name in ("user_id", "day")),
    *(sa.column(name, _INTEGER) for name in ("rows", "written_bytes", "downloaded_bytes")),
)
_ADD = sa.text(
    "INSERT INTO quota_uses (user_id, day, rows, written_bytes, downloaded_bytes) "
    "VALUES (:user_id, :day, :rows, :written_bytes, :downloaded_bytes) "
    "ON CONFLICT (user_id, day) DO UPDATE SET rows = quota_uses.rows + excluded.rows, "
    "written_bytes = quota_uses.written_bytes + excluded.written_bytes, "
    "downloaded_bytes = quota_uses.downloaded_bytes + excluded.downloaded_bytes"
)
_DAY = timedelta(days=1)

Rule = Literal["rows_per_day", "bytes_per_day"]


@dataclass(frozen=True, slots=True)
class Use:
    """What an account used on a day. `running_rows` are those of the plans of its running exports."""

    now: datetime
    rows: int = 0
    written_bytes: int = 0
    downloaded_bytes: int = 0
    running_rows: int = 0

    @property
    def until(self) -> datetime:
        """The moment from which the next day counts."""
        return datetime.combine(self.now.astimezone(UTC).date(), time.min, tzinfo=UTC) + _DAY

    @property
    def retry_after_seconds(self) -> int:
        """The seconds until then."""
        return max(1, ceil((self.until - self.now).total_seconds()))


def day_of(moment: datetime) -> str:
    """Return the day of a moment in UTC."""
    return moment.astimezone(UTC).date().isoformat()


async def use_of(session: AsyncSession, user_id: str, *, without: str | None = None) -> Use:
    """Return what an account used today. `without` is a running export that doesn't count."""
    now = await database_now(session)
    mine = sa.select(USES.c.rows, USES.c.written_bytes, USES.c.downloaded_bytes)
    mine = mine.where(USES.c.user_id == user_id, USES.c.day == day_of(now))
    row = (await session.execute(mine)).one_or_none()
    running = sa.select(sa.func.coalesce(sa.func.sum(ExportStatus.planned_rows), 0)).where(
        ExportStatus.owner_id == user_id,
        ExportStatus.status == Status.RUNNING,
        ExportStatus.id != (without or ""),
    )
    running_rows = int(await session.scalar(running) or 0)
    if row is None:
        return Use(now, running_rows=running_rows)
    return Use(now, row.rows, row.written_bytes, row.downloaded_bytes, running_rows)


async def add_use(
    session: AsyncSession,
    user_id: str,
    day: str,
    *,
    rows: int = 0,
    written_bytes: int = 0,
    downloaded_bytes: int = 0,
) -> None:
    """Add to what an account used on a day."""
    values = {"rows": rows, "written_bytes": written_bytes, "downloaded_bytes": downloaded_bytes}
    await session.execute(_ADD, {"user_id": user_id, "day": day, **values})


async def reserve_download(session: AsyncSession, user_id: str, policies: Sequence[Policy], size: int) -> str:
    """Count a download that begins, and return the day that it counts for. Raises QuotaExceeded."""
    now = await database_now(session)
    # Whoever writes the row first holds it, so two downloads can't take the same bytes.
    await add_use(session, user_id, day_of(now), downloaded_bytes=size)
    use = await use_of(session, user_id)
    require_room(policies, "bytes_per_day", use.downloaded_bytes, use, "downloads")
    return day_of(now)


def require_room(policies: Sequence[Policy], rule: Rule, amount: int, use: Use, what: str) -> None:
    """Raise QuotaExceeded if a policy allows less than an amount."""
    for policy in policies:
        most = getattr(policy.document, rule)
        if most is not None and amount > most:
            unit = "row" if rule == "rows_per_day" else "byte"
            raise QuotaExceeded(
                policy.named,
                f"rule {rule}: {what} of this account would have {counted(amount, unit)} today, and {most:,} "
                f"are allowed ({policy.named}). The quota is full again at {use.until:%Y-%m-%dT%H:%M}Z.",
                use.retry_after_seconds,
            )


def require_any_room(policies: Sequence[Policy], use: Use) -> None:
    """Raise QuotaExceeded if nothing is left for another export."""
    require_room(policies, "rows_per_day", use.rows + use.running_rows + 1, use, "exports")
    require_room(policies, "bytes_per_day", use.written_bytes + 1, use, "exports")


def has_quotas(policies: Sequence[Policy], *rules: Rule) -> bool:
    """Say whether a policy has one of these quotas."""
    return any(getattr(policy.document, rule) is not None for policy in policies for rule in rules)
