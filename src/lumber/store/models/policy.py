"""Export policies, the shares of exports, and what each account used of its quotas."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from lumber.store.models.base import Base, utc_now
from lumber.store.types import BigInt, JsonText, UtcDateTime

_STRICT = {"sqlite_strict": True}


class ExportPolicy(Base):
    """One rule of what roles or accounts may export. `version` rises at each change."""

    __tablename__ = "export_policies"

    id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    name: Mapped[str] = mapped_column(sa.Text)
    name_key: Mapped[str] = mapped_column(sa.Text)
    version: Mapped[int] = mapped_column(BigInt)
    is_enabled: Mapped[int] = mapped_column(BigInt)
    rules: Mapped[Any] = mapped_column(JsonText)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    __table_args__ = (sa.Index("uq_export_policies_name_key", "name_key", unique=True), _STRICT)


class ExportShare(Base):
    """An account or a role that may read an export of somebody else. One of `user_id` and `role` is null."""

    __tablename__ = "export_shares"

    id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    export_id: Mapped[str] = mapped_column(sa.Text, sa.ForeignKey("exports.id", ondelete="CASCADE"))
    user_id: Mapped[str | None] = mapped_column(sa.Text, sa.ForeignKey("users.id", ondelete="CASCADE"))
    role: Mapped[str | None] = mapped_column(sa.Text)
    created_by: Mapped[str] = mapped_column(sa.Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    __table_args__ = (
        sa.Index("ix_export_shares_export_id", "export_id"),
        sa.Index("ix_export_shares_user_id", "user_id", "export_id"),
        sa.Index("ix_export_shares_role", "role", "export_id"),
        _STRICT,
    )


class QuotaUse(Base):
    """What an account used of its quotas on one day in UTC. Deleting an export doesn't change it."""

    __tablename__ = "quota_uses"

    user_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    day: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    rows: Mapped[int] = mapped_column(BigInt, default=0)
    written_bytes: Mapped[int] = mapped_column(BigInt, default=0)
    downloaded_bytes: Mapped[int] = mapped_column(BigInt, default=0)

    __table_args__ = (_STRICT,)
