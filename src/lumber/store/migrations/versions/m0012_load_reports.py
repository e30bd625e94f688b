"""How the lines of each load were recognised."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column, which is null for earlier loads."""
    op.add_column("ingest_sources", sa.Column("recognition", sa.Text()))


def downgrade() -> None:
    """Drop it."""
    op.drop_column("ingest_sources", "recognition")
