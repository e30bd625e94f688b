"""The index on devices has only lines with a device: the others are many, and no query looks for them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

NAME = "ix_log_entries_device_id"


def upgrade() -> None:
    """Make the index again without lines that have no device."""
    op.drop_index(NAME, "log_entries")
    is_known = sa.text("device_id IS NOT NULL")
    op.create_index(NAME, "log_entries", ["device_id"], sqlite_where=is_known, postgresql_where=is_known)


def downgrade() -> None:
    """Make the index of all lines again."""
    op.drop_index(NAME, "log_entries")
    op.create_index(NAME, "log_entries", ["device_id"])
