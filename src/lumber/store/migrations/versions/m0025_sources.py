"""Sources: the databases of other programs that rows are read from, and the mappings of their tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

TIME = sa.TIMESTAMP(timezone=True).with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the two tables."""
    op.create_table(
        "sources",
        *[
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("id", "name", "name_key", "url", "password", "options")
        ],
        sa.Column("created_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sources"),
        sqlite_strict=True,
    )
    op.create_index("uq_sources_name_key", "sources", ["name_key"], unique=True)
    op.create_table(
        "source_mappings",
        *[
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("source_id", "kind", "text", "sha256", "types")
        ],
        sa.Column("checked_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("source_id", "kind", name="pk_source_mappings"),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """Drop them."""
    for table in ("source_mappings", "sources"):
        op.drop_table(table)
