"""Which exports in the ledger may be claimed, and which have lost the process that ran them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from lumber.exports.status import Status
from lumber.store.models import ExportStatus

LONGEST_WAIT_SECONDS = 60.0
# The longest lease that the settings allow. One that ends later shows that the clock was set back.
_LONGEST_LEASE_SECONDS = 86_400.0
# A command claims its export right after creating it.
_COMMAND_CLAIMS_WITHIN_SECONDS = 120.0


def claimable(now: datetime, max_rows: int | None, running: Collection[str]) -> sa.Select[ExportStatus]:
    """Select the exports that a worker may claim: queued ones whose wait is over, and those of lost workers.

    Exports in `running` are the worker's own. With `max_rows`, those known to be longer are left out.
    """
    is_waiting = sa.and_(
        ExportStatus.status == Status.PENDING,
        ExportStatus.executor == "service",
        sa.or_(
            ExportStatus.not_before.is_(None),
            _is_over(ExportStatus.not_before, now, LONGEST_WAIT_SECONDS),
        ),
    )
    is_lost = _is_lost(now)
    if running:
        is_lost = sa.and_(is_lost, ExportStatus.id.not_in(running))
    found = sa.select(ExportStatus).where(sa.or_(is_waiting, is_lost))
    if max_rows is None:
        return found
    return found.where(sa.or_(ExportStatus.planned_rows.is_(None), ExportStatus.planned_rows <= max_rows))


def is_command_lost(now: datetime) -> sa.ColumnElement[bool]:
    """Select the exports of commands that died, also before they claimed their export."""
    never_claimed = sa.and_(
        ExportStatus.status == Status.PENDING,
        ExportStatus.created_at <= now - timedelta(seconds=_COMMAND_CLAIMS_WITHIN_SECONDS),
    )
    return sa.and_(ExportStatus.executor == "command", sa.or_(_is_lost(now), never_claimed))


def _is_lost(now: datetime) -> sa.ColumnElement[bool]:
    has_passed = is_lease_over(ExportStatus.lease_until, now)
    return sa.and_(ExportStatus.status == Status.RUNNING, has_passed)


def is_lease_over(end: InstrumentedAttribute[datetime | None], now: datetime) -> sa.ColumnElement[bool]:
    """Select rows whose lease has passed."""
    return _is_over(end, now, _LONGEST_LEASE_SECONDS)


def _is_over(
    end: InstrumentedAttribute[datetime | None], now: datetime, longest_seconds: float
) -> sa.ColumnElement[bool]:
    """Select rows whose time is over, or was set by a clock that has since been set back."""
    return sa.or_(end <= now, end > now + timedelta(seconds=longest_seconds))
