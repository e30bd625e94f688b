"""What each load wrote, so that it can be deleted: the ids of its rows, and its part in each address."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from lumber.store.models.base import Base
from lumber.store.types import BigInt, UtcDateTime

# On PostgreSQL, chunks that write addresses hold this lock together. The deletion of a load holds it alone.
ADDRESS_LOCK = 0x4C554D49


class IngestChunk(Base):
    """The rows of one chunk, written in its transaction: ids from first to last.

    `lines_done` is that of the source after the chunk. With `tx`, ids of other loads may lie between, and
    only the rows of this transaction are meant. Chunks of addresses have the ids 0.
    """

    __tablename__ = "ingest_chunks"

    source_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    lines_done: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)
    first_id: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)
    last_id: Mapped[int] = mapped_column(BigInt)
    tx: Mapped[int | None] = mapped_column(BigInt)
    rows: Mapped[int] = mapped_column(BigInt)

    __table_args__ = ({"sqlite_strict": True},)


class IngestAddress(Base):
    """The part of one source in the row of an address.

    The empty source id stands for what the row had before the first load that is recorded here.
    """

    __tablename__ = "ingest_addresses"

    address: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    source_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    first_seen: Mapped[datetime] = mapped_column(UtcDateTime)
    last_seen: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sightings: Mapped[int | None] = mapped_column(BigInt)

    # No index on the source: it would slow down every load, and only a deletion would use it.
    __table_args__ = ({"sqlite_strict": True, "sqlite_with_rowid": False},)
