"""Presets: named configs of exports, for each account."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

TIME = sa.TIMESTAMP(timezone=True).with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "presets",
        *[sa.Column(name, sa.Text(), nullable=False) for name in ("id", "name", "name_key")],
        sa.Column("owner_id", sa.Text()),
        *[sa.Column(name, sa.Text(), nullable=False) for name in ("config", "read_kinds")],
        *[sa.Column(name, TIME, nullable=False) for name in ("created_at", "updated_at")],
        sa.PrimaryKeyConstraint("id", name="pk_presets"),
        sqlite_strict=True,
    )
    op.create_index("uq_presets_name_key", "presets", ["name_key"], unique=True)


def downgrade() -> None:
    """Drop it."""
    op.drop_table("presets")
