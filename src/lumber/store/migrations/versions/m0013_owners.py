"""Who created each export, and the kinds whose rows it reads."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

INDEX, TABLE = "ix_exports_owner_id", "exports"
HAS_OWNER = sa.text("owner_id IS NOT NULL")


def upgrade() -> None:
    """Add both columns, which are null for earlier exports."""
    for name in ("owner_id", "read_kinds"):
        op.add_column(TABLE, sa.Column(name, sa.Text()))
    columns = ["owner_id", "created_at", "id"]
    op.create_index(INDEX, TABLE, columns, sqlite_where=HAS_OWNER, postgresql_where=HAS_OWNER)


def downgrade() -> None:
    """Drop them."""
    op.drop_index(INDEX, TABLE)
    for name in ("owner_id", "read_kinds"):
        op.drop_column(TABLE, name)
