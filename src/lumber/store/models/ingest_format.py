"""Formats of lines and records that users saved under a name."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from lumber.store.models.base import Base, utc_now
from lumber.store.types import JsonText, UtcDateTime


class IngestFormat(Base):
    """One format: its name and its definition, the reading options that it stands for."""

    __tablename__ = "ingest_formats"

    name: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    definition: Mapped[Any] = mapped_column(JsonText)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    __table_args__ = ({"sqlite_strict": True},)
