"""The gate that a schedule gives to the exports that it creates."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("exports", sa.Column("gate", sa.Text()))


def downgrade() -> None:
    """Drop it."""
    op.drop_column("exports", "gate")
