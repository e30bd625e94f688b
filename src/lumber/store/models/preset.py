"""Presets: named configs of exports."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from lumber.store.models.base import Base, utc_now
from lumber.store.types import JsonText, UtcDateTime


class Preset(Base):
    """A config of exports under a name. Each account has its own names."""

    __tablename__ = "presets"

    id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    name: Mapped[str] = mapped_column(sa.Text)
    # With the owner in front.
    name_key: Mapped[str] = mapped_column(sa.Text)
    # No foreign key: admins still see the presets of a deleted account.
    owner_id: Mapped[str | None] = mapped_column(sa.Text)
    config: Mapped[Any] = mapped_column(JsonText)
    read_kinds: Mapped[str] = mapped_column(sa.Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    __table_args__ = (sa.Index("uq_presets_name_key", "name_key", unique=True), {"sqlite_strict": True})
