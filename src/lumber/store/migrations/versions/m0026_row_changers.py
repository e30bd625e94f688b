"""Notes every change of a log line that isn't an addition, so that an increment needn't look at all of them.

PostgreSQL notes for each session the last transaction in which it changed, deleted or truncated lines, or
added some under the number of another transaction. A row for each session, and not one for all: no session
waits for another. SQLite has no sessions, and another trigger.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

BIGINT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TRIGGERS = {
    "log_entries_changed": "AFTER UPDATE OR DELETE ON log_entries FOR EACH STATEMENT",
    "log_entries_emptied": "AFTER TRUNCATE ON log_entries FOR EACH STATEMENT",
    "log_entries_copied": "AFTER INSERT ON log_entries FOR EACH ROW "
    "WHEN (NEW.tx IS DISTINCT FROM pg_current_xact_id())",
}
# It runs with the rights of its owner: who may change log lines need not know this table.
FUNCTION = """
CREATE FUNCTION lumber_rows_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  EXECUTE format(
    'INSERT INTO %I.row_changers AS known (table_name, backend, tx) VALUES ($1, $2, $3) '
    'ON CONFLICT (table_name, backend) DO UPDATE SET tx = EXCLUDED.tx WHERE known.tx <> EXCLUDED.tx',
    TG_TABLE_SCHEMA
  ) USING TG_TABLE_NAME, pg_backend_pid(), pg_current_xact_id()::text::bigint;
  RETURN NULL;
END $$
"""


def upgrade() -> None:
    """Create the table and the triggers."""
    op.create_table(
        "row_changers",
        sa.Column("table_name", sa.Text(), nullable=False),
        sa.Column("backend", BIGINT, nullable=False),
        sa.Column("tx", BIGINT, nullable=False),
        sa.PrimaryKeyConstraint("table_name", "backend", name="pk_row_changers"),
        sqlite_strict=True,
    )
    if op.get_bind().dialect.name == "sqlite":
        return
    op.execute(FUNCTION)
    for name, when in TRIGGERS.items():
        op.execute(f"CREATE TRIGGER {name} {when} EXECUTE FUNCTION lumber_rows_changed()")
        # Also for a session that applies the changes of another server.
        op.execute(f"ALTER TABLE log_entries ENABLE ALWAYS TRIGGER {name}")


def downgrade() -> None:
    """Drop all of it."""
    if op.get_bind().dialect.name != "sqlite":
        for name in TRIGGERS:
            op.execute(f"DROP TRIGGER {name} ON log_entries")
        op.execute("DROP FUNCTION lumber_rows_changed()")
    op.drop_table("row_changers")
