"""Jobs of running exports that other workers may do."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

BIGINT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.TIMESTAMP(timezone=True).with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the two tables."""
    op.create_table(
        "export_offers",
        sa.Column("export_id", sa.Text(), nullable=False),
        sa.Column("coordinator", BIGINT, nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("offered_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["export_id"], ["exports.id"], name="fk_export_offers_export_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("export_id", name="pk_export_offers"),
        sqlite_strict=True,
    )
    op.create_table(
        "export_jobs",
        sa.Column("export_id", sa.Text(), nullable=False),
        sa.Column("number", BIGINT, nullable=False),
        sa.Column("coordinator", BIGINT, nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text()),
        sa.Column("ordinal", BIGINT),
        sa.Column("parcel", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("fence", BIGINT, server_default="0", nullable=False),
        sa.Column("owner", sa.Text()),
        sa.Column("lease_until", TIME),
        sa.Column("rows", BIGINT, server_default="0", nullable=False),
        sa.Column("batches", BIGINT, server_default="0", nullable=False),
        sa.Column("result", sa.Text()),
        sa.ForeignKeyConstraint(
            ["export_id"], ["exports.id"], name="fk_export_jobs_export_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("export_id", "number", name="pk_export_jobs"),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """Drop them."""
    for table in ("export_jobs", "export_offers"):
        op.drop_table(table)
