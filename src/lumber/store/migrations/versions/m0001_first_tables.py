"""The observed records, the ledger of exports and the ledger of loading."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.types import TypeEngine

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

BIGINT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
DOUBLE: TypeEngine[float] = sa.Double().with_variant(sa.REAL(), "sqlite")
TIME = sa.TIMESTAMP(timezone=True).with_variant(sa.Integer(), "sqlite")
OBSERVED = {"sqlite_strict": True, "sqlite_autoincrement": True}
LEDGER = {"sqlite_strict": True}


def _text(*names: str, nullable: bool = True) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=nullable) for name in names]


def upgrade() -> None:
    """Create every table."""
    _create_observations()
    _create_exports()
    _create_ingest_sources()
    if op.get_bind().dialect.name == "postgresql":
        # The inserting transaction: an export reads exactly what was committed when it was planned.
        op.execute("ALTER TABLE log_entries ADD COLUMN tx xid8 NOT NULL DEFAULT pg_current_xact_id()")


def downgrade() -> None:
    """Drop every table."""
    for table in (
        "ingest_sources",
        "export_files",
        "export_partitions",
        "exports",
        "ip_addresses",
        "anomaly_detections",
        "log_entries",
    ):
        op.drop_table(table)


def _create_observations() -> None:
    op.create_table(
        "log_entries",
        sa.Column("id", BIGINT, nullable=False),
        sa.Column("timestamp", TIME, nullable=False),
        *_text("log_level", "severity_text", "process_name", "message", "device_id", "device_ip"),
        *_text("host_name", "raw_message", "structured_data"),
        sa.PrimaryKeyConstraint("id", name="pk_log_entries"),
        **OBSERVED,
    )
    op.create_index("ix_log_entries_timestamp_id", "log_entries", ["timestamp", "id"])
    op.create_index("ix_log_entries_process_name", "log_entries", ["process_name", "timestamp", "id"])
    op.create_index("ix_log_entries_device_id", "log_entries", ["device_id"])
    level = sa.text("lower(coalesce(severity_text, log_level))")
    op.create_index("ix_log_entries_level", "log_entries", [level])
    op.create_table(
        "anomaly_detections",
        sa.Column("id", BIGINT, nullable=False),
        sa.Column("timestamp", TIME, nullable=False),
        *_text("anomaly_type", "severity"),
        sa.Column("score", DOUBLE),
        sa.Column("score_raw", DOUBLE),
        sa.Column("score_max", DOUBLE),
        *_text("description", "features"),
        sa.Column("log_entry_id", BIGINT),
        *_text("device_id", "detector", "status", "verdict"),
        sa.PrimaryKeyConstraint("id", name="pk_anomaly_detections"),
        **OBSERVED,
    )
    op.create_index("ix_anomaly_detections_timestamp_id", "anomaly_detections", ["timestamp", "id"])
    op.create_index("ix_anomaly_detections_log_entry_id", "anomaly_detections", ["log_entry_id"])
    op.create_table(
        "ip_addresses",
        sa.Column("id", BIGINT, nullable=False),
        *_text("address"),
        sa.Column("first_seen", TIME, nullable=False),
        sa.Column("last_seen", TIME),
        sa.Column("risk_score", DOUBLE),
        sa.Column("sightings", BIGINT),
        *_text("device_id", "tags"),
        sa.PrimaryKeyConstraint("id", name="pk_ip_addresses"),
        sa.UniqueConstraint("address", name="uq_ip_addresses_address"),
        **OBSERVED,
    )
    op.create_index("ix_ip_addresses_first_seen_id", "ip_addresses", ["first_seen", "id"])


def _create_exports() -> None:
    op.create_table(
        "exports",
        *_text("id", "status", nullable=False),
        *_text("phase"),
        *_text("data_version", "config", "config_hash", nullable=False),
        *_text("plan", "counts", "output_path"),
        *[sa.Column(name, BIGINT, nullable=False) for name in ("record_count", "file_size", "attempt")],
        *_text("error_code", "error_message"),
        *[sa.Column(name, TIME, nullable=False) for name in ("created_at", "updated_at")],
        *[sa.Column(name, TIME) for name in ("started_at", "finished_at")],
        sa.PrimaryKeyConstraint("id", name="pk_exports"),
        **LEDGER,
    )
    op.create_index("ix_exports_created_at_id", "exports", ["created_at", "id"])
    op.create_table(
        "export_partitions",
        *_text("export_id", "kind", nullable=False),
        *[sa.Column(name, BIGINT, nullable=False) for name in ("ordinal", "attempt")],
        *_text("result", nullable=False),
        sa.Column("finished_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("export_id", "kind", "ordinal", name="pk_export_partitions"),
        sa.ForeignKeyConstraint(
            ["export_id"], ["exports.id"], name="fk_export_partitions_export_id", ondelete="CASCADE"
        ),
        **LEDGER,
    )
    op.create_table(
        "export_files",
        *_text("id", "export_id", "path", "kind", "split", nullable=False),
        *[sa.Column(name, BIGINT, nullable=False) for name in ("rows", "size_bytes")],
        *_text("sha256", nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_export_files"),
        sa.ForeignKeyConstraint(
            ["export_id"], ["exports.id"], name="fk_export_files_export_id", ondelete="CASCADE"
        ),
        **LEDGER,
    )
    op.create_index("ix_export_files_export_id", "export_files", ["export_id"])


def _create_ingest_sources() -> None:
    op.create_table(
        "ingest_sources",
        *_text("source_id", "kind", "name", "fingerprint", "content_sha256", nullable=False),
        *[
            sa.Column(name, BIGINT, nullable=False)
            for name in ("bytes_done", "lines_done", "loaded", "rejected", "reject_bytes")
        ],
        *_text("state"),
        sa.Column("is_complete", BIGINT, nullable=False),
        *[sa.Column(name, TIME, nullable=False) for name in ("created_at", "updated_at")],
        sa.PrimaryKeyConstraint("source_id", name="pk_ingest_sources"),
        **LEDGER,
    )
    op.create_index("ix_ingest_sources_kind_fingerprint", "ingest_sources", ["kind", "fingerprint"])
