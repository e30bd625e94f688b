"""The searched texts of exports without the members of their configs that almost all exports share.

Two thirds of a typical config are defaults, and each search read them for every export. A row now names the
default members that it had by marks, and `export_search_defaults` has the text of each mark once. Nothing is
lost: JSON escapes the quotes of a searched text, so a match never crosses the quotes that start a member.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from lumber.store.migrations.versions import m0006_export_search as before

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TABLE, DEFAULTS = "export_search", "export_search_defaults"
COLUMNS = ("kinds", "outcome", "defaults", "config")
# As a lower-cased config writes them: from the quote of a key to the comma before the next key. A member that
# has others in it comes before them.
MEMBERS = (
    '"split":{"by":"device_id","dates":{},"embargo_seconds":0.0,"mode":"none",'
    '"ratios":{"test":0.1,"train":0.8,"validation":0.1},"seed":0,"stratify":null,"unseen":0.1},',
    '"ratios":{"test":0.1,"train":0.8,"validation":0.1},',
    '"deduplicate":{"burst_seconds":60,"mode":"off"},',
    '"order":{"by":"time","seed":0},',
    '"unseen":0.1},',
    '"by":"device_id",',
    '"dates":{},',
    '"embargo_seconds":0.0,',
    '"stratify":null,',
    '"batch_size":1000,',
    '"compression":false,',
    '"csv_escape_formulas":true,',
    '"end_before":null,',
    '"end_date":null,',
    '"fields":{},',
    '"include_metadata":true,',
    '"labels":null,',
    '"max_reject_ratio":1.0,',
    '"partition_by":null,',
    '"privacy":null,',
    '"processes":[],',
    '"sample":null,',
    '"sequences":null,',
    '"start_date":null,',
    '"templates":null,',
)
MARKED = {chr(ord("a") + number): text for number, text in enumerate(MEMBERS)}


def upgrade() -> None:
    """Create both tables anew, fill them, and create the triggers."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    before.downgrade()
    _create_tables(is_sqlite)
    _execute(f"INSERT INTO {TABLE} (export_id, {', '.join(COLUMNS)}) {_rows('exports', is_sqlite)}")
    op.create_index(f"ix_{TABLE}_kinds", TABLE, ["kinds", "export_id"])
    rows = _rows("NEW", is_sqlite)
    _create_trigger("INSERT", f"INSERT INTO {TABLE} (export_id, {', '.join(COLUMNS)}) {rows};", is_sqlite)
    changed = f"UPDATE {TABLE} SET (export_id, {', '.join(COLUMNS)}) = ({rows}) WHERE export_id = NEW.id;"  # noqa: S608
    _create_trigger(f"UPDATE OF {before.SEARCHED}", changed, is_sqlite)


def downgrade() -> None:
    """Drop both tables, and create the one with whole configs again."""
    before.downgrade()
    op.drop_table(DEFAULTS)
    before.upgrade()


def _create_tables(is_sqlite: bool) -> None:
    members = op.create_table(
        DEFAULTS,
        sa.Column("mark", sa.Text(), nullable=False),
        sa.Column("member", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("mark", name=f"pk_{DEFAULTS}"),
        sqlite_strict=True,
    )
    op.bulk_insert(members, [{"mark": mark, "member": member} for mark, member in MARKED.items()])
    op.create_table(
        TABLE,
        sa.Column("export_id", sa.Text(), nullable=False),
        *[sa.Column(name, sa.Text(), nullable=False) for name in COLUMNS],
        sa.PrimaryKeyConstraint("export_id", name=f"pk_{TABLE}"),
        sa.ForeignKeyConstraint(
            ["export_id"], ["exports.id"], name=f"fk_{TABLE}_export_id_exports", ondelete="CASCADE"
        ),
        sqlite_strict=True,
    )
    if not is_sqlite:
        # Without it, configs over 2 kB would be compressed, and each search would decompress them.
        op.execute(f"ALTER TABLE {TABLE} SET (toast_tuple_target = 8160)")


def _rows(source: str, is_sqlite: bool) -> str:
    """Return the query of the rows of all `exports`, or of the one that a trigger calls `NEW`."""
    values = before._values(source, is_sqlite)
    table = " FROM exports" if source == "exports" else ""
    # With a limit, both databases compute the lower-cased config once, and not for each default member.
    limit = "LIMIT -1 OFFSET 0" if is_sqlite else "OFFSET 0"
    lowered = ", ".join(f"{value} AS {name}" for name, value in values.items())
    position = "instr" if is_sqlite else "strpos"
    marks = " || ".join(
        f"CASE WHEN {position}(config, '{member}') > 0 THEN '{mark}' ELSE '' END"
        for mark, member in MARKED.items()
    )
    rest = "config"
    for member in MEMBERS:
        rest = f"replace({rest}, '{member}', '')"
    return (
        f"SELECT id, kinds, outcome, {marks}, {rest} "  # noqa: S608
        f"FROM (SELECT {source}.id AS id, {lowered}{table} {limit}) AS lowered"
    )


def _create_trigger(event: str, statement: str, is_sqlite: bool) -> None:
    name = f"{TABLE}_{event.split()[0].lower()}"
    if is_sqlite:
        _execute(f"CREATE TRIGGER {name} AFTER {event} ON exports BEGIN {statement} END")
        return
    # A restore sets an empty search_path, and the tables may be in any schema.
    _execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS "
        f"$$ BEGIN {statement} RETURN NULL; END $$"
    )
    _execute(f"CREATE TRIGGER {name} AFTER {event} ON exports FOR EACH ROW EXECUTE FUNCTION {name}()")


def _execute(statement: str) -> None:
    """Run SQL as it is: its colons are no parameters."""
    op.get_bind().exec_driver_sql(statement)
