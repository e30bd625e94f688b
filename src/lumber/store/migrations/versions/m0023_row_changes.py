"""SQLite counts how often log lines were changed: an increment then knows that they must be read again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

BIGINT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the table and the trigger. PostgreSQL has the transaction of every row instead."""
    op.create_table(
        "row_changes",
        sa.Column("table_name", sa.Text(), nullable=False),
        sa.Column("changes", BIGINT, nullable=False),
        sa.PrimaryKeyConstraint("table_name", name="pk_row_changes"),
        sqlite_strict=True,
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute("INSERT INTO row_changes (table_name, changes) VALUES ('log_entries', 0)")
        op.execute(
            "CREATE TRIGGER log_entries_changed AFTER UPDATE ON log_entries BEGIN "
            "UPDATE row_changes SET changes = changes + 1 WHERE table_name = 'log_entries'; END"
        )


def downgrade() -> None:
    """Drop both."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER log_entries_changed")
    op.drop_table("row_changes")
