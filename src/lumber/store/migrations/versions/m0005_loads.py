"""What each load wrote: the ids of its rows, and its part in each address. A load can then be deleted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

BIGINT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.TIMESTAMP(timezone=True).with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create both tables, empty: what was loaded before can be listed, but not deleted."""
    op.create_table(
        "ingest_chunks",
        sa.Column("source_id", sa.Text(), nullable=False),
        *[sa.Column(name, BIGINT, nullable=False) for name in ("lines_done", "first_id", "last_id")],
        sa.Column("tx", BIGINT),
        sa.Column("rows", BIGINT, nullable=False),
        sa.PrimaryKeyConstraint("source_id", "lines_done", "first_id", name="pk_ingest_chunks"),
        sqlite_strict=True,
    )
    op.create_table(
        "ingest_addresses",
        *[sa.Column(name, sa.Text(), nullable=False) for name in ("address", "source_id")],
        sa.Column("first_seen", TIME, nullable=False),
        sa.Column("last_seen", TIME),
        sa.Column("sightings", BIGINT),
        sa.PrimaryKeyConstraint("address", "source_id", name="pk_ingest_addresses"),
        sqlite_strict=True,
        sqlite_with_rowid=False,  # one tree instead of two: loading writes here for each address
    )


def downgrade() -> None:
    """Drop both tables."""
    op.drop_table("ingest_addresses")
    op.drop_table("ingest_chunks")
