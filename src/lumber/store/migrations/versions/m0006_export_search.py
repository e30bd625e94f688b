"""A table with the texts of each export that the history searches, in lower case, kept by triggers.

Rows of `exports` are wide, and ILIKE folded all of their texts in every search. The new rows are narrow, and
progress doesn't write them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TABLE = "export_search"
# Changes of these columns change the row. Progress and leases change none of them.
SEARCHED = "output_path, error_code, error_message, config"


def upgrade() -> None:
    """Create the table, fill it from the exports, and create the triggers that keep it."""
    op.create_table(
        TABLE,
        sa.Column("export_id", sa.Text(), nullable=False),
        *[sa.Column(name, sa.Text(), nullable=False) for name in ("kinds", "outcome", "config")],
        sa.PrimaryKeyConstraint("export_id", name=f"pk_{TABLE}"),
        sa.ForeignKeyConstraint(
            ["export_id"], ["exports.id"], name=f"fk_{TABLE}_export_id_exports", ondelete="CASCADE"
        ),
        sqlite_strict=True,
    )
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    if not is_sqlite:
        # Without it, configs over 2 kB would be compressed, and each search would decompress them.
        op.execute(f"ALTER TABLE {TABLE} SET (toast_tuple_target = 8160)")
    values = _values("exports", is_sqlite)
    columns = ", ".join(values)
    op.get_bind().exec_driver_sql(
        f"INSERT INTO {TABLE} (export_id, {columns}) SELECT id, {_joined(values)} FROM exports"  # noqa: S608
    )
    op.create_index(f"ix_{TABLE}_kinds", TABLE, ["kinds", "export_id"])
    (_create_sqlite_triggers if is_sqlite else _create_postgresql_triggers)(_values("NEW", is_sqlite))


def downgrade() -> None:
    """Drop the triggers and the table."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER export_search_insert")
        op.execute("DROP TRIGGER export_search_update")
    else:
        op.execute("DROP TRIGGER export_search_insert ON exports")
        op.execute("DROP TRIGGER export_search_update ON exports")
        op.execute("DROP FUNCTION export_search_insert(), export_search_update()")
    op.drop_table(TABLE)


def _values(row: str, is_sqlite: bool) -> dict[str, str]:
    """Return the SQL of each column, from the columns of `row`."""
    position, character, most = ("instr", "char", "max") if is_sqlite else ("strpos", "chr", "greatest")
    head = "'\"data_types\":['"
    types = f"substr({row}.config, {position}({row}.config, {head}) + length({head}))"
    outcome = [f"{row}.id", *[f"coalesce({row}.{name}, '')" for name in SEARCHED.split(", ")[:-1]]]
    return {
        "kinds": f"substr({types}, 1, {most}({position}({types}, ']') - 1, 0))",
        "outcome": "lower(" + f" || {character}(31) || ".join(outcome) + ")",
        "config": f"lower({row}.config)",
    }


def _joined(values: dict[str, str]) -> str:
    return ", ".join(values.values())


def _insert(values: dict[str, str]) -> str:
    columns = ", ".join(values)
    return f"INSERT INTO {TABLE} (export_id, {columns}) VALUES (NEW.id, {_joined(values)});"  # noqa: S608


def _update(values: dict[str, str]) -> str:
    assignments = ", ".join(f"{name} = {value}" for name, value in values.items())
    return f"UPDATE {TABLE} SET {assignments} WHERE export_id = NEW.id;"  # noqa: S608


def _create_sqlite_triggers(values: dict[str, str]) -> None:
    connection = op.get_bind()
    for event, statement in (("INSERT", _insert(values)), (f"UPDATE OF {SEARCHED}", _update(values))):
        name = f"{TABLE}_{event.split()[0].lower()}"
        connection.exec_driver_sql(f"CREATE TRIGGER {name} AFTER {event} ON exports BEGIN {statement} END")


def _create_postgresql_triggers(values: dict[str, str]) -> None:
    connection = op.get_bind()
    for event, statement in (("INSERT", _insert(values)), (f"UPDATE OF {SEARCHED}", _update(values))):
        name = f"{TABLE}_{event.split()[0].lower()}"
        connection.exec_driver_sql(
            # A restore sets an empty search_path, and the tables may be in any schema.
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS "
            f"$$ BEGIN {statement} RETURN NULL; END $$"
        )
        connection.exec_driver_sql(
            f"CREATE TRIGGER {name} AFTER {event} ON exports FOR EACH ROW EXECUTE FUNCTION {name}()"
        )
