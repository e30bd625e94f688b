"""What was observed: log lines, anomalies found in them, and addresses seen.

Text columns accept any text of a source. Validation checks it when it is exported.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from lumber.store.models.base import Base
from lumber.store.types import BigInt, Double, JsonText, UtcDateTime

# STRICT enforces column types in SQLite; AUTOINCREMENT never assigns an id twice.
_TABLE = {"sqlite_strict": True, "sqlite_autoincrement": True}


class LogEntry(Base):
    """One log line. PostgreSQL adds `tx xid8`, the inserting transaction, which freezes an export's input."""

    __tablename__ = "log_entries"

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    timestamp: Mapped[datetime] = mapped_column(UtcDateTime)
    log_level: Mapped[str | None] = mapped_column(sa.Text)
    severity_text: Mapped[str | None] = mapped_column(sa.Text)
    process_name: Mapped[str | None] = mapped_column(sa.Text)
    message: Mapped[str | None] = mapped_column(sa.Text)
    device_id: Mapped[str | None] = mapped_column(sa.Text)
    device_ip: Mapped[str | None] = mapped_column(sa.Text)
    host_name: Mapped[str | None] = mapped_column(sa.Text)
    raw_message: Mapped[str | None] = mapped_column(sa.Text)
    structured_data: Mapped[Any | None] = mapped_column(JsonText)

    __table_args__ = (
        sa.Index("ix_log_entries_timestamp_id", "timestamp", "id"),
        sa.Index("ix_log_entries_process_name", "process_name", "timestamp", "id"),
        # The migration makes it without the lines that have no device: their entries would slow down every
        # load, and no query uses them. To declare that here would load SQLAlchemy's PostgreSQL code always.
        # On SQLite, the migrations add time and id to this index and the next one.
        sa.Index("ix_log_entries_device_id", "device_id"),
        # The text that a filter on log_level compiles to.
        sa.Index("ix_log_entries_level", sa.text("lower(coalesce(severity_text, log_level))")),
        _TABLE,
    )


class AnomalyDetection(Base):
    """One finding of a detector. `score_max` is the maximum of the detector's scale if it is not 1."""

    __tablename__ = "anomaly_detections"

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    timestamp: Mapped[datetime] = mapped_column(UtcDateTime)
    anomaly_type: Mapped[str | None] = mapped_column(sa.Text)
    severity: Mapped[str | None] = mapped_column(sa.Text)
    score: Mapped[float | None] = mapped_column(Double)
    score_raw: Mapped[float | None] = mapped_column(Double)
    score_max: Mapped[float | None] = mapped_column(Double)
    description: Mapped[str | None] = mapped_column(sa.Text)
    features: Mapped[Any | None] = mapped_column(JsonText)
    log_entry_id: Mapped[int | None] = mapped_column(BigInt)
    device_id: Mapped[str | None] = mapped_column(sa.Text)
    detector: Mapped[str | None] = mapped_column(sa.Text)
    status: Mapped[str | None] = mapped_column(sa.Text)
    verdict: Mapped[str | None] = mapped_column(sa.Text)

    __table_args__ = (
        sa.Index("ix_anomaly_detections_timestamp_id", "timestamp", "id"),
        sa.Index("ix_anomaly_detections_log_entry_id", "log_entry_id"),
        _TABLE,
    )


class IPAddress(Base):
    """One address and when it was seen; kept up to date by ingest."""

    __tablename__ = "ip_addresses"

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    address: Mapped[str | None] = mapped_column(sa.Text)
    first_seen: Mapped[datetime] = mapped_column(UtcDateTime)
    last_seen: Mapped[datetime | None] = mapped_column(UtcDateTime)
    risk_score: Mapped[float | None] = mapped_column(Double)
    sightings: Mapped[int | None] = mapped_column(BigInt)
    device_id: Mapped[str | None] = mapped_column(sa.Text)
    tags: Mapped[Any | None] = mapped_column(JsonText)

    __table_args__ = (
        sa.UniqueConstraint("address", name="uq_ip_addresses_address"),
        sa.Index("ix_ip_addresses_first_seen_id", "first_seen", "id"),
        _TABLE,
    )


class RowChanges(Base):
    """How often rows of an append-only table were changed. SQLite counts it with a trigger."""

    __tablename__ = "row_changes"

    table_name: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    changes: Mapped[int] = mapped_column(BigInt)

    __table_args__ = ({"sqlite_strict": True},)


class RowChanger(Base):
    """The last transaction in which a session of PostgreSQL did more to an append-only table than add rows.

    A trigger notes it. `backend` is the session's process id.
    """

    __tablename__ = "row_changers"

    table_name: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    backend: Mapped[int] = mapped_column(BigInt, primary_key=True)
    tx: Mapped[int] = mapped_column(BigInt)

    __table_args__ = ({"sqlite_strict": True},)
