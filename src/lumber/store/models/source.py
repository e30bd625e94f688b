"""The databases of other programs that rows are read from, and the mappings of their tables."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from lumber.store.models.base import Base, utc_now
from lumber.store.types import JsonText, UtcDateTime


class Source(Base):
    """A registered source. `password` says where the password is: a file or a variable. It has no secret."""

    __tablename__ = "sources"

    id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    name: Mapped[str] = mapped_column(sa.Text)
    name_key: Mapped[str] = mapped_column(sa.Text)
    url: Mapped[str] = mapped_column(sa.Text)
    password: Mapped[Any] = mapped_column(JsonText)
    options: Mapped[Any] = mapped_column(JsonText)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    __table_args__ = (
        sa.Index("uq_sources_name_key", "name_key", unique=True),
        {"sqlite_strict": True},
    )


class SourceMapping(Base):
    """The mapping of one kind of a source, as it was checked. `types` are those of the columns it reads.

    `probe`: what the last keys had then, if the mapping promises that rows are only added.
    """

    __tablename__ = "source_mappings"

    source_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    kind: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    text: Mapped[str] = mapped_column(sa.Text)
    sha256: Mapped[str] = mapped_column(sa.Text)
    types: Mapped[Any] = mapped_column(JsonText)
    probe: Mapped[Any | None] = mapped_column(JsonText)
    checked_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    __table_args__ = ({"sqlite_strict": True},)
