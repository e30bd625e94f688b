"""People and service accounts, and the API keys that act for them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from lumber.store.models.base import Base, utc_now
from lumber.store.types import BigInt, JsonText, UtcDateTime

_STRICT = {"sqlite_strict": True}


class User(Base):
    """One account. What belongs to it refers to `id`, which never changes and is never used again.

    `name_key` is the case-folded name, and unique. `password_hash` is null for service accounts, and for
    people who sign in elsewhere.
    """

    __tablename__ = "users"

    id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    name: Mapped[str] = mapped_column(sa.Text)
    name_key: Mapped[str] = mapped_column(sa.Text)
    email: Mapped[str | None] = mapped_column(sa.Text)
    role: Mapped[str] = mapped_column(sa.Text)
    password_hash: Mapped[str | None] = mapped_column(sa.Text)
    is_service: Mapped[int] = mapped_column(BigInt, default=0)
    is_disabled: Mapped[int] = mapped_column(BigInt, default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    last_login_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (sa.Index("uq_users_name_key", "name_key", unique=True), _STRICT)


class ApiKey(Base):
    """One API key of a user. The key itself is not stored, only its SHA-256.

    `kinds` is null for a key that may use all kinds.
    """

    __tablename__ = "api_keys"

    id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    user_id: Mapped[str] = mapped_column(sa.Text, sa.ForeignKey("users.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(sa.Text)
    key_sha256: Mapped[str] = mapped_column(sa.Text)
    scopes: Mapped[Any] = mapped_column(JsonText)
    kinds: Mapped[Any | None] = mapped_column(JsonText)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    __table_args__ = (sa.Index("ix_api_keys_user_id", "user_id"), _STRICT)
