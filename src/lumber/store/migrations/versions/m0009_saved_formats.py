"""Formats that users save under a name, and how each source was read, so that a load can be repeated."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TIME = sa.TIMESTAMP(timezone=True).with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the table, and the column, which is null for earlier loads."""
    op.create_table(
        "ingest_formats",
        *[sa.Column(name, sa.Text(), nullable=False) for name in ("name", "definition")],
        *[sa.Column(name, TIME, nullable=False) for name in ("created_at", "updated_at")],
        sa.PrimaryKeyConstraint("name", name="pk_ingest_formats"),
        sqlite_strict=True,
    )
    op.add_column("ingest_sources", sa.Column("reading", sa.Text()))


def downgrade() -> None:
    """Drop both."""
    op.drop_column("ingest_sources", "reading")
    op.drop_table("ingest_formats")
