"""Who signs in through other providers: the identities of accounts, and sign-ins that aren't finished."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from lumber.store.models.base import Base, utc_now
from lumber.store.types import UtcDateTime

_STRICT = {"sqlite_strict": True}


class UserIdentity(Base):
    """A person at a provider, who is a user here.

    Issuer and subject name the person for ever. `provider` is the id of the provider in the settings at the
    time, which only shows where the identity is from.
    """

    __tablename__ = "user_identities"

    issuer: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    subject: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    user_id: Mapped[str] = mapped_column(sa.Text, sa.ForeignKey("users.id", ondelete="CASCADE"))
    provider: Mapped[str] = mapped_column(sa.Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    last_login_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (sa.Index("ix_user_identities_user_id", "user_id"), _STRICT)


class PendingLogin(Base):
    """A sign-in that was begun in a browser, until it comes back. Of its secrets there are hashes."""

    __tablename__ = "pending_logins"

    state_sha256: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    browser_sha256: Mapped[str] = mapped_column(sa.Text)
    provider: Mapped[str] = mapped_column(sa.Text)
    redirect_uri: Mapped[str] = mapped_column(sa.Text)
    next_path: Mapped[str] = mapped_column(sa.Text)
    address: Mapped[str] = mapped_column(sa.Text)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        sa.Index("ix_pending_logins_expires_at", "expires_at"),
        sa.Index("ix_pending_logins_address", "address", "expires_at"),
        _STRICT,
    )
