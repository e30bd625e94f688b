"""Names, tags and notes of exports, and the history's search for them.

Exports that exist have none, so no row of `export_search` changes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from lumber.store.migrations.versions import m0006_export_search as first
from lumber.store.migrations.versions import m0008_search_defaults as before

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

ADDED = ("name", "tags", "note")
SEARCHED = f"{first.SEARCHED}, {', '.join(ADDED)}"
COLUMNS = (*before.COLUMNS, "tags")
TABLE, INDEX = before.TABLE, "ix_export_search_tags"
HAS_TAGS = "tags <> ''"


def upgrade() -> None:
    """Add the columns, and create the triggers again."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for name in ADDED:
        op.add_column("exports", sa.Column(name, sa.Text()))
    op.add_column(TABLE, sa.Column("tags", sa.Text(), server_default="", nullable=False))
    # Exports without tags cost nothing here.
    where = sa.text(HAS_TAGS)
    op.create_index(INDEX, TABLE, ["tags", "export_id"], sqlite_where=where, postgresql_where=where)
    _drop_triggers(is_sqlite)
    _create_triggers(_row(is_sqlite), COLUMNS, SEARCHED, is_sqlite)


def downgrade() -> None:
    """Drop the columns, and create the former triggers."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    _drop_triggers(is_sqlite)
    op.drop_index(INDEX, TABLE)
    op.drop_column(TABLE, "tags")
    outcome = first._values("exports", is_sqlite)["outcome"]
    before._execute(
        f"UPDATE {TABLE} SET outcome = (SELECT {outcome} FROM exports WHERE exports.id = export_id)"  # noqa: S608
    )
    for name in ADDED:
        op.drop_column("exports", name)
    _create_triggers(before._rows("NEW", is_sqlite), before.COLUMNS, first.SEARCHED, is_sqlite)


def _row(is_sqlite: bool) -> str:
    """Return the query of the row of the export that a trigger calls `NEW`."""
    character = "char" if is_sqlite else "chr"
    before_names = first._values("NEW", is_sqlite)["outcome"]
    # The name and the note come after the error. Tags are stored as JSON in lower case.
    texts = "".join(f" || {character}(31) || coalesce(NEW.{name}, '')" for name in ("name", "note"))
    with_names = f"{before_names.removesuffix(')')}{texts})"
    tags = "substr(coalesce(NEW.tags, '[]'), 2, length(coalesce(NEW.tags, '[]')) - 2)"
    query = before._rows("NEW", is_sqlite).replace(before_names, with_names)
    # Another query around this one would be too deep for the parser of SQLite.
    inner = "FROM (SELECT NEW.id AS id"
    return query.replace(f" {inner}", f", tags {inner}, {tags} AS tags")


def _drop_triggers(is_sqlite: bool) -> None:
    table = "" if is_sqlite else " ON exports"
    for event in ("insert", "update"):
        op.execute(f"DROP TRIGGER {TABLE}_{event}{table}")
    if not is_sqlite:
        op.execute(f"DROP FUNCTION {TABLE}_insert(), {TABLE}_update()")


def _create_triggers(row: str, columns: tuple[str, ...], searched: str, is_sqlite: bool) -> None:
    names = f"export_id, {', '.join(columns)}"
    before._create_trigger("INSERT", f"INSERT INTO {TABLE} ({names}) {row};", is_sqlite)
    changed = f"UPDATE {TABLE} SET ({names}) = ({row}) WHERE export_id = NEW.id;"  # noqa: S608
    before._create_trigger(f"UPDATE OF {searched}", changed, is_sqlite)
