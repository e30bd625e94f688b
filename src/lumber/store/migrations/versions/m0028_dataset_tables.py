"""Tables of Delta and Iceberg that the versions of a dataset are committed to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

TIME = sa.TIMESTAMP(timezone=True).with_variant(sa.Integer(), "sqlite")
INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "dataset_tables",
        *[sa.Column(name, sa.Text(), nullable=False) for name in ("dataset_id", "format", "place")],
        sa.Column("catalog", sa.Text()),
        sa.Column("committed", INTEGER),
        sa.Column("failures", INTEGER, nullable=False, server_default="0"),
        sa.Column("error", sa.Text()),
        sa.Column("claim", sa.Text()),
        sa.Column("next_at", TIME),
        sa.Column("created_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("dataset_id", "format", name="pk_dataset_tables"),
        sa.ForeignKeyConstraint(
            ["dataset_id"], ["datasets.id"], name="fk_dataset_tables_dataset_id", ondelete="CASCADE"
        ),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("dataset_tables")
