"""The audit trail: lines that triggers keep from being changed or deleted, and the head of their chain."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

LINES, HEAD = "audit_lines", "audit_head"
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.TIMESTAMP(timezone=True).with_variant(sa.Integer(), "sqlite")
# The retention moves `first_seq` before it deletes lines. Without a head, nothing can be deleted.
_IS_KEPT = "OLD.seq >= coalesce((SELECT first_seq FROM audit_head WHERE id = 1), 0)"
_IS_TAKEN = "EXISTS (SELECT 1 FROM audit_lines WHERE seq = NEW.seq)"
_REFUSED = "lines of the audit trail can't be changed or deleted"
_HEAD_REFUSED = "the head of the audit trail can't be deleted"


def upgrade() -> None:
    """Create the tables, the head of an empty chain, and the triggers."""
    _create_lines()
    head = op.create_table(
        HEAD,
        *[sa.Column(name, NUMBER, nullable=False) for name in ("last_seq", "first_seq")],
        *[sa.Column(name, sa.Text(), nullable=False) for name in ("last_hash", "first_prev_hash")],
        sa.Column("id", NUMBER, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("id", name=f"pk_{HEAD}"),
        sqlite_strict=True,
    )
    zeros = "0" * 64
    op.bulk_insert(
        head, [{"id": 1, "last_seq": 0, "first_seq": 1, "last_hash": zeros, "first_prev_hash": zeros}]
    )
    (_sqlite_triggers if op.get_bind().dialect.name == "sqlite" else _postgresql_triggers)()


def downgrade() -> None:
    """Drop the trail."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"DROP TABLE {LINES}, {HEAD}")
        op.execute("DROP FUNCTION audit_refuse(), audit_refuse_kept()")
        return
    # Dropping a table drops its triggers, and doesn't fire them.
    op.drop_table(LINES)
    op.drop_table(HEAD)


def _create_lines() -> None:
    needed = ("actor_kind", "actor_name", "action", "result", "details", "prev_hash", "hash")
    optional = ("actor_id", "key_id", "address", "target_kind", "target_id", "reason")
    op.create_table(
        LINES,
        sa.Column("seq", NUMBER, autoincrement=False, nullable=False),
        sa.Column("at", TIME, nullable=False),
        *[sa.Column(name, sa.Text(), nullable=False) for name in needed],
        *[sa.Column(name, sa.Text()) for name in optional],
        sa.PrimaryKeyConstraint("seq", name=f"pk_{LINES}"),
        sqlite_strict=True,
    )
    op.create_index(f"ix_{LINES}_at", LINES, ["at"])
    for column in ("actor_name", "action", "target_id"):
        op.create_index(f"ix_{LINES}_{column}", LINES, [column, "seq"])


def _sqlite_triggers() -> None:
    triggers = {
        f"audit_no_update BEFORE UPDATE ON {LINES}": _REFUSED,
        f"audit_no_delete BEFORE DELETE ON {LINES} WHEN {_IS_KEPT}": _REFUSED,
        # REPLACE deletes a line without firing the triggers of a deletion.
        f"audit_no_replace BEFORE INSERT ON {LINES} WHEN {_IS_TAKEN}": _REFUSED,
        f"audit_head_no_delete BEFORE DELETE ON {HEAD}": _HEAD_REFUSED,
    }
    for trigger, refused in triggers.items():
        op.get_bind().exec_driver_sql(
            f"CREATE TRIGGER {trigger} BEGIN SELECT RAISE(ABORT, '{_quoted(refused)}'); END"
        )


def _postgresql_triggers() -> None:
    refuse = f"RAISE EXCEPTION '{_quoted(_REFUSED)}';"
    for name, body in (
        ("audit_refuse", refuse),
        ("audit_refuse_kept", f"IF {_IS_KEPT} THEN {refuse} END IF; RETURN OLD;"),
    ):
        # A restore sets an empty search_path, and the tables may be in any schema.
        op.get_bind().exec_driver_sql(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS "
            f"$$ BEGIN {body} END $$"
        )
    for name, event in (
        ("audit_no_update", f"BEFORE UPDATE ON {LINES} FOR EACH ROW EXECUTE FUNCTION audit_refuse()"),
        ("audit_no_delete", f"BEFORE DELETE ON {LINES} FOR EACH ROW EXECUTE FUNCTION audit_refuse_kept()"),
        (
            "audit_no_truncate",
            f"BEFORE TRUNCATE ON {LINES} FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()",
        ),
        ("audit_head_no_delete", f"BEFORE DELETE ON {HEAD} FOR EACH ROW EXECUTE FUNCTION audit_refuse()"),
        (
            "audit_head_no_truncate",
            f"BEFORE TRUNCATE ON {HEAD} FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()",
        ),
    ):
        op.get_bind().exec_driver_sql(f"CREATE TRIGGER {name} {event}")


def _quoted(text: str) -> str:
    return text.replace("'", "''")
