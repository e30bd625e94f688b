"""Probes: what the last keys of a mapped table had when its mapping was kept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("source_mappings", sa.Column("probe", sa.Text()))


def downgrade() -> None:
    """Drop it."""
    op.drop_column("source_mappings", "probe")
