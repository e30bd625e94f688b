"""On SQLite, the indexes on level and device get the time, so each partition reads its own part of them.

SQLite has no statistics of our tables and uses these indexes for every filter on their columns. Without the
time, each partition read all lines of the level or the device. Loading isn't slower. PostgreSQL reads common
values over the time index, and inserts into wider indexes are slower there, so its indexes stay as they are.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TABLE = "log_entries"
LEVEL, DEVICE = "ix_log_entries_level", "ix_log_entries_device_id"


def upgrade() -> None:
    """Make both indexes again, with time and id."""
    _replace("timestamp", "id")


def downgrade() -> None:
    """Make both indexes again, without time and id."""
    _replace()


def _replace(*columns: str) -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    level = sa.text("lower(coalesce(severity_text, log_level))")
    op.drop_index(LEVEL, TABLE)
    op.create_index(LEVEL, TABLE, [level, *columns])
    op.drop_index(DEVICE, TABLE)
    op.create_index(DEVICE, TABLE, ["device_id", *columns], sqlite_where=sa.text("device_id IS NOT NULL"))
