"""The ledger of loading: how far each source was loaded, committed together with its rows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from lumber.store.models.base import Base, utc_now
from lumber.store.types import BigInt, JsonText, UtcDateTime


class IngestSource(Base):
    """One source (a file's content, or a named stream) and how much of it is in the database.

    `content_sha256` is the hash of the first `bytes_done` bytes (after decompression), so that a file
    that was loaded before, in whole or in part, is recognised by its content wherever it is now. `reading`
    has the reading options of its last load, and `recognition` which formats its lines had.
    """

    __tablename__ = "ingest_sources"

    source_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    kind: Mapped[str] = mapped_column(sa.Text)
    name: Mapped[str] = mapped_column(sa.Text)
    fingerprint: Mapped[str] = mapped_column(sa.Text)
    content_sha256: Mapped[str] = mapped_column(sa.Text)
    bytes_done: Mapped[int] = mapped_column(BigInt, default=0)
    lines_done: Mapped[int] = mapped_column(BigInt, default=0)
    loaded: Mapped[int] = mapped_column(BigInt, default=0)
    rejected: Mapped[int] = mapped_column(BigInt, default=0)
    reject_bytes: Mapped[int] = mapped_column(BigInt, default=0)
    state: Mapped[Any | None] = mapped_column(JsonText)
    reading: Mapped[Any | None] = mapped_column(JsonText)
    recognition: Mapped[Any | None] = mapped_column(JsonText)
    is_complete: Mapped[int] = mapped_column(BigInt, default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    __table_args__ = (
        sa.Index("ix_ingest_sources_kind_fingerprint", "kind", "fingerprint"),
        {"sqlite_strict": True},
    )
