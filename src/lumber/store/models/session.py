"""Who is signed in with a browser, failed sign-ins, and the tokens that let somebody make the first admin."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from lumber.store.models.base import Base
from lumber.store.types import BigInt, UtcDateTime

_STRICT = {"sqlite_strict": True}


class UserSession(Base):
    """One browser in which a user is signed in. Its cookie has a token, of which only the SHA-256 is stored.

    `id` may be shown. `method` is `password`, or the id of a provider.
    """

    __tablename__ = "user_sessions"

    id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    token_sha256: Mapped[str] = mapped_column(sa.Text)
    user_id: Mapped[str] = mapped_column(sa.Text, sa.ForeignKey("users.id", ondelete="CASCADE"))
    method: Mapped[str] = mapped_column(sa.Text)
    address: Mapped[str | None] = mapped_column(sa.Text)
    user_agent: Mapped[str | None] = mapped_column(sa.Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        sa.Index("uq_user_sessions_token_sha256", "token_sha256", unique=True),
        sa.Index("ix_user_sessions_user_id", "user_id"),
        sa.Index("ix_user_sessions_expires_at", "expires_at"),
        _STRICT,
    )


class LoginFailure(Base):
    """How often sign-ins failed lately for a name or from an address: `key` says which.

    Of a name there are 16 bits of its hash, so the table neither grows with guesses nor tells what was typed.
    """

    __tablename__ = "login_failures"

    key: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    failures: Mapped[int] = mapped_column(BigInt)
    failed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    blocked_until: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (sa.Index("ix_login_failures_failed_at", "failed_at"), _STRICT)


class SetupToken(Base):
    """A token that `lumber serve` printed while there were no accounts. Only its SHA-256 is stored."""

    __tablename__ = "setup_tokens"

    token_sha256: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (_STRICT,)
