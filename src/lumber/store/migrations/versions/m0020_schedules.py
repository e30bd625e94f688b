"""Schedules, their runs, and when a scheduler last looked for runs to start."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

TIME = sa.TIMESTAMP(timezone=True).with_variant(sa.Integer(), "sqlite")
INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the three tables."""
    texts = ("id", "name", "name_key", "config", "read_kinds", "time_zone", "catch_up", "overlap")
    op.create_table(
        "schedules",
        *[sa.Column(name, sa.Text(), nullable=False) for name in texts],
        *[sa.Column(name, sa.Text()) for name in ("owner_id", "cron", "gate", "pause_reason")],
        *[sa.Column(name, INTEGER, nullable=False) for name in ("jitter_seconds", "is_paused", "failures")],
        *[sa.Column(name, INTEGER) for name in ("every_seconds", "pause_after_failures")],
        *[sa.Column(name, TIME) for name in ("next_at", "due_at")],
        *[sa.Column(name, TIME, nullable=False) for name in ("created_at", "updated_at")],
        sa.PrimaryKeyConstraint("id", name="pk_schedules"),
        sqlite_strict=True,
    )
    op.create_index("uq_schedules_name_key", "schedules", ["name_key"], unique=True)
    op.create_index("ix_schedules_due_at", "schedules", ["due_at"])
    op.create_table(
        "schedule_runs",
        sa.Column("schedule_id", sa.Text(), nullable=False),
        sa.Column("nominal_at", TIME, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        *[sa.Column(name, sa.Text()) for name in ("export_id", "reason")],
        sa.Column("created_at", TIME, nullable=False),
        *[sa.Column(name, TIME) for name in ("started_at", "finished_at")],
        sa.PrimaryKeyConstraint("schedule_id", "nominal_at", name="pk_schedule_runs"),
        sa.ForeignKeyConstraint(
            ["schedule_id"], ["schedules.id"], name="fk_schedule_runs_schedule_id", ondelete="CASCADE"
        ),
        sqlite_strict=True,
    )
    op.create_index("ix_schedule_runs_export_id", "schedule_runs", ["export_id"])
    op.create_index(
        "ix_schedule_runs_open",
        "schedule_runs",
        ["status", "schedule_id", "nominal_at"],
        sqlite_where=sa.text("finished_at IS NULL"),
        postgresql_where=sa.text("finished_at IS NULL"),
    )
    op.create_table(
        "scheduler_ticks",
        sa.Column("id", INTEGER, nullable=False, autoincrement=False),
        sa.Column("at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_scheduler_ticks"),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """Drop them."""
    for table in ("scheduler_ticks", "schedule_runs", "schedules"):
        op.drop_table(table)
