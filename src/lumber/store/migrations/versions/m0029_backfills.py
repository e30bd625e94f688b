"""Backfills: past ranges that the service adds to datasets window by window."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

TIME = sa.TIMESTAMP(timezone=True).with_variant(sa.Integer(), "sqlite")
INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "dataset_backfills",
        *[sa.Column(name, sa.Text(), nullable=False) for name in ("id", "dataset_id")],
        sa.Column("owner_id", sa.Text()),
        sa.Column("start", sa.Text(), nullable=False),
        sa.Column("end", sa.Text()),
        *[sa.Column(name, sa.Text(), nullable=False) for name in ("window", "state")],
        *[sa.Column(name, INTEGER, nullable=False) for name in ("windows", "done")],
        *[sa.Column(name, sa.Text()) for name in ("export_id", "reason")],
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("finished_at", TIME),
        sa.PrimaryKeyConstraint("id", name="pk_dataset_backfills"),
        sa.ForeignKeyConstraint(
            ["dataset_id"], ["datasets.id"], name="fk_dataset_backfills_dataset_id", ondelete="CASCADE"
        ),
        sqlite_strict=True,
    )
    op.create_index("ix_dataset_backfills_state", "dataset_backfills", ["state", "dataset_id"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("dataset_backfills")
