"""The secret that a webhook had before, which also signs for a while."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

TIME = sa.TIMESTAMP(timezone=True).with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the columns."""
    op.add_column("notices", sa.Column("old_secret", sa.Text()))
    op.add_column("notices", sa.Column("old_secret_until", TIME))


def downgrade() -> None:
    """Drop them."""
    op.drop_column("notices", "old_secret_until")
    op.drop_column("notices", "old_secret")
