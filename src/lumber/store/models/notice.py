"""Notices: who gets a message about which events, and the outbox of these messages."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from lumber.store.models.base import Base, utc_now
from lumber.store.types import BigInt, JsonText, UtcDateTime

_STRICT = {"sqlite_strict": True}
_IS_PENDING = sa.text("status = 'pending'")


class Notice(Base):
    """A webhook or a list of e-mail addresses, and the events that are sent there.

    Without an owner it belongs to the machine itself. A webhook has either `secret`, or `secret_source`,
    which names a file or a variable: `file:/path`, `env:NAME`. While a secret is replaced, `old_secret` also
    signs, on this machine's clock.
    """

    __tablename__ = "notices"

    id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    owner_id: Mapped[str | None] = mapped_column(sa.Text, sa.ForeignKey("users.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(sa.Text)
    channel: Mapped[str] = mapped_column(sa.Text)
    url: Mapped[str | None] = mapped_column(sa.Text)
    recipients: Mapped[Any | None] = mapped_column(JsonText)
    events: Mapped[Any] = mapped_column(JsonText)
    datasets: Mapped[Any | None] = mapped_column(JsonText)
    is_for_all: Mapped[int] = mapped_column(BigInt)
    is_enabled: Mapped[int] = mapped_column(BigInt)
    secret: Mapped[str | None] = mapped_column(sa.Text)
    secret_source: Mapped[str | None] = mapped_column(sa.Text)
    old_secret: Mapped[str | None] = mapped_column(sa.Text)
    old_secret_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    __table_args__ = (sa.Index("ix_notices_owner_id", "owner_id"), _STRICT)


class NoticeDelivery(Base):
    """One event for one notice: written in the event's transaction, sent afterwards.

    `claim` is the mark of the process that sends it now, until `lease_until`. Times of claims and of the next
    attempt are on the database's clock.
    """

    __tablename__ = "notice_deliveries"

    id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    notice_id: Mapped[str] = mapped_column(sa.Text, sa.ForeignKey("notices.id", ondelete="CASCADE"))
    event: Mapped[str] = mapped_column(sa.Text)
    payload: Mapped[Any] = mapped_column(JsonText)
    status: Mapped[str] = mapped_column(sa.Text)
    attempts: Mapped[int] = mapped_column(BigInt)
    next_attempt_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    claim: Mapped[str | None] = mapped_column(sa.Text)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    response_status: Mapped[int | None] = mapped_column(BigInt)
    error: Mapped[str | None] = mapped_column(sa.Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        # Whoever delivers looks here every second: it has only what isn't sent yet.
        sa.Index(
            "ix_notice_deliveries_pending",
            "next_attempt_at",
            "notice_id",
            sqlite_where=_IS_PENDING,
            postgresql_where=_IS_PENDING,
        ),
        sa.Index("ix_notice_deliveries_notice_id", "notice_id", "created_at", "id"),
        sa.Index("ix_notice_deliveries_finished_at", "finished_at"),
        _STRICT,
    )
