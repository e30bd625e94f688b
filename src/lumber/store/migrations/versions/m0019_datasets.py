"""Named datasets with their versions and tags, and the index that finds the rows of an increment.

On PostgreSQL an increment selects the rows of transactions that the version before didn't see. Without the
index, each increment would read the whole table. On SQLite the ids are enough.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

TIME = sa.TIMESTAMP(timezone=True).with_variant(sa.Integer(), "sqlite")
INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TX = "ix_log_entries_tx"


def upgrade() -> None:
    """Create the tables and the index."""
    op.create_table(
        "datasets",
        *[sa.Column(name, sa.Text(), nullable=False) for name in ("id", "name", "name_key")],
        sa.Column("owner_id", sa.Text()),
        *[sa.Column(name, INTEGER) for name in ("keep_last", "keep_days")],
        sa.Column("gate", sa.Text()),
        sa.Column("created_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_datasets"),
        sqlite_strict=True,
    )
    op.create_index("uq_datasets_name_key", "datasets", ["name_key"], unique=True)
    op.create_table(
        "dataset_versions",
        sa.Column("dataset_id", sa.Text(), nullable=False),
        sa.Column("number", INTEGER, nullable=False),
        *[sa.Column(name, sa.Text(), nullable=False) for name in ("export_id", "state")],
        sa.Column("data_version", sa.Text()),
        sa.Column("parent_number", INTEGER),
        sa.Column("is_incremental", INTEGER, nullable=False),
        *[sa.Column(name, sa.Text()) for name in ("reason", "watermark", "frozen", "totals", "counts")],
        *[
            sa.Column(name, INTEGER, nullable=False, server_default="0")
            for name in ("rows", "added", "changed", "removed")
        ],
        *[sa.Column(name, sa.Text()) for name in ("path", "manifest_sha256")],
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("published_at", TIME),
        sa.PrimaryKeyConstraint("dataset_id", "number", name="pk_dataset_versions"),
        sa.ForeignKeyConstraint(
            ["dataset_id"], ["datasets.id"], name="fk_dataset_versions_dataset_id", ondelete="CASCADE"
        ),
        sqlite_strict=True,
    )
    op.create_index("ix_dataset_versions_export_id", "dataset_versions", ["export_id"])
    op.create_table(
        "dataset_tags",
        *[sa.Column(name, sa.Text(), nullable=False) for name in ("dataset_id", "tag")],
        sa.Column("number", INTEGER, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("dataset_id", "tag", name="pk_dataset_tags"),
        sa.ForeignKeyConstraint(
            ["dataset_id"], ["datasets.id"], name="fk_dataset_tags_dataset_id", ondelete="CASCADE"
        ),
        sqlite_strict=True,
    )
    if op.get_bind().dialect.name == "postgresql":
        op.create_index(TX, "log_entries", ["tx"])


def downgrade() -> None:
    """Drop them."""
    if op.get_bind().dialect.name == "postgresql":
        op.drop_index(TX, "log_entries")
    for table in ("dataset_tags", "dataset_versions", "datasets"):
        op.drop_table(table)
