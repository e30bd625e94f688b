"""An index with every column that the history sorts by, so that sorting doesn't read the wide rows."""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

INDEX, TABLE = "ix_exports_orders", "exports"
# Claims and outcomes change them, progress and leases don't.
COLUMNS = ["created_at", "id", "status", "record_count", "file_size", "started_at", "finished_at"]


def upgrade() -> None:
    """Create the index."""
    op.create_index(INDEX, TABLE, COLUMNS)


def downgrade() -> None:
    """Drop the index."""
    op.drop_index(INDEX, TABLE)
