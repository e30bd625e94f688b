"""Which publications the retention of a dataset withdraws from their destination."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("export_publications", sa.Column("withdraw_cause", sa.Text()))


def downgrade() -> None:
    """Drop it."""
    op.drop_column("export_publications", "withdraw_cause")
