"""The places that datasets are written to: folders and object stores."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from lumber.store.models.base import Base, utc_now
from lumber.store.types import JsonText, UtcDateTime


class Destination(Base):
    """A registered destination, and what it was found to promise.

    `credentials` says where the secrets are: a file, or names of environment variables. It has no secret.
    """

    __tablename__ = "destinations"

    id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    name: Mapped[str] = mapped_column(sa.Text)
    name_key: Mapped[str] = mapped_column(sa.Text)
    url: Mapped[str] = mapped_column(sa.Text)
    options: Mapped[Any] = mapped_column(JsonText)
    credentials: Mapped[Any] = mapped_column(JsonText)
    promises: Mapped[Any] = mapped_column(JsonText)
    status: Mapped[str] = mapped_column(sa.Text)
    message: Mapped[str] = mapped_column(sa.Text)
    probed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    __table_args__ = (
        sa.Index("uq_destinations_name_key", "name_key", unique=True),
        {"sqlite_strict": True},
    )
