"""How the bytes of the stored exports came together over time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field

from lumber.exports.status import Status
from lumber.exports.visibility import usable
from lumber.identity.rights import Principal
from lumber.store.database import Database
from lumber.store.models import ExportStatus

MOST_POINTS = 120
_DAY_SECONDS = 86_400
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class StoredPoint(BaseModel):
    """The exports that had finished at the end of some days, and are still stored."""

    model_config = ConfigDict(frozen=True)

    start: datetime = Field(description="Beginning of the days, in UTC.")
    end: datetime = Field(description="Their end.")
    exports: int = Field(description="Completed exports up to this end.")
    bytes: int = Field(description="Bytes of their files.")


class StoredReport(BaseModel):
    """Stored bytes over time. Deleted exports are not counted."""

    model_config = ConfigDict(frozen=True)

    points: list[StoredPoint] = Field(
        description=f"Oldest first, at most {MOST_POINTS}; days without a new export are left out."
    )


async def stored_over_time(database: Database, *, principal: Principal | None = None) -> StoredReport:
    """Add up the bytes of completed exports that a principal may see, by the UTC days when they finished."""
    day = sa.literal_column(_day_text(database.is_sqlite), sa.BigInteger()).label("day")
    wanted = (
        sa.select(day, sa.func.count(), sa.func.coalesce(sa.func.sum(ExportStatus.file_size), 0))
        .where(
            ExportStatus.status == Status.COMPLETED,
            ExportStatus.finished_at.is_not(None),
            *usable(principal),
        )
        .group_by(day)
        .order_by(day)
    )
    async with database.session() as session:
        days = [(int(row[0]), int(row[1]), int(row[2])) for row in await session.execute(wanted)]
    if not days:
        return StoredReport(points=[])
    first, last = days[0][0], days[-1][0]
    width = -(-(last - first + 1) // MOST_POINTS)
    exports = size = 0
    points: dict[int, StoredPoint] = {}
    for number, count, bytes_ in days:
        exports, size = exports + count, size + bytes_
        start = first + (number - first) // width * width
        points[start] = StoredPoint(
            start=_EPOCH + timedelta(days=start),
            end=_EPOCH + timedelta(days=start + width),
            exports=exports,
            bytes=size,
        )
    return StoredReport(points=list(points.values()))


def _day_text(is_sqlite: bool) -> str:
    """Return the number of the UTC day in which an export finished, as SQL."""
    if is_sqlite:
        return f"(exports.finished_at / {_DAY_SECONDS * 1_000_000})"
    return f"CAST(floor(extract(epoch FROM exports.finished_at) / {_DAY_SECONDS}) AS bigint)"
