"""Leases and attempts: an export survives the process that works on it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BIGINT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.TIMESTAMP(timezone=True).with_variant(sa.Integer(), "sqlite")
LEDGER = {"sqlite_strict": True}
_FAIL_ACTIVE = """
    UPDATE exports SET status = 'failed', phase = NULL, finished_at = updated_at, error_code = 'command_lost',
        error_message = 'The command that ran it ended without an answer. Run it again, or retry the export.'
    WHERE status IN ('pending', 'running')
"""
_SUMMED = ("started_at", "record_count", "file_size", "planned_rows")


def upgrade() -> None:
    """Add the columns of leases, and the history of attempts."""
    for column in _added():
        op.add_column("exports", column)
    # Before leases, only commands ran exports.
    op.execute("UPDATE exports SET executor = 'command'")
    # These have no lease that could expire, and plans were stored in another form.
    op.execute(_FAIL_ACTIVE)
    op.execute("UPDATE exports SET plan = NULL WHERE status <> 'completed'")
    op.execute("DELETE FROM export_partitions")
    op.create_index("ix_exports_status", "exports", ["status", "created_at", "id"])
    op.create_index("uq_exports_idempotency_key", "exports", ["idempotency_key"], unique=True)
    op.create_index("ix_exports_totals", "exports", ["status", "finished_at", *_SUMMED])
    op.create_index("ix_export_files_totals", "export_files", ["kind", "rows", "size_bytes"])
    op.create_table(
        "export_attempts",
        sa.Column("export_id", sa.Text(), nullable=False),
        sa.Column("number", BIGINT, nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("started_at", TIME, nullable=False),
        sa.Column("finished_at", TIME),
        *[sa.Column(name, sa.Text()) for name in ("outcome", "error_code", "error_message")],
        sa.PrimaryKeyConstraint("export_id", "number", name="pk_export_attempts"),
        sa.ForeignKeyConstraint(
            ["export_id"], ["exports.id"], name="fk_export_attempts_export_id", ondelete="CASCADE"
        ),
        **LEDGER,
    )


def downgrade() -> None:
    """Remove both."""
    op.drop_table("export_attempts")
    op.drop_index("ix_export_files_totals", "export_files")
    op.drop_index("ix_exports_totals", "exports")
    op.drop_index("uq_exports_idempotency_key", "exports")
    op.drop_index("ix_exports_status", "exports")
    for column in reversed(_added()):
        op.drop_column("exports", column.name)


def _added() -> list[sa.Column[Any]]:
    return [
        sa.Column("executor", sa.Text(), nullable=False, server_default="service"),
        sa.Column("idempotency_key", sa.Text()),
        sa.Column("fence", BIGINT, nullable=False, server_default="0"),
        sa.Column("lease_owner", sa.Text()),
        sa.Column("lease_until", TIME),
        sa.Column("not_before", TIME),
        sa.Column("failures", BIGINT, nullable=False, server_default="0"),
        sa.Column("cancel_requested_at", TIME),
        sa.Column("planned_rows", BIGINT),
        sa.Column("progress", sa.Text()),
    ]
