"""Notices, and the outbox of their deliveries."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

TIME = sa.TIMESTAMP(timezone=True).with_variant(sa.Integer(), "sqlite")
INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create both tables."""
    op.create_table(
        "notices",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Text()),
        *[sa.Column(name, sa.Text(), nullable=False) for name in ("name", "channel")],
        *[sa.Column(name, sa.Text()) for name in ("url", "recipients")],
        sa.Column("events", sa.Text(), nullable=False),
        sa.Column("datasets", sa.Text()),
        *[sa.Column(name, INTEGER, nullable=False) for name in ("is_for_all", "is_enabled")],
        *[sa.Column(name, sa.Text()) for name in ("secret", "secret_source")],
        *[sa.Column(name, TIME, nullable=False) for name in ("created_at", "updated_at")],
        sa.PrimaryKeyConstraint("id", name="pk_notices"),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name="fk_notices_owner_id", ondelete="CASCADE"),
        sqlite_strict=True,
    )
    op.create_index("ix_notices_owner_id", "notices", ["owner_id"])
    op.create_table(
        "notice_deliveries",
        *[
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("id", "notice_id", "event", "payload", "status")
        ],
        sa.Column("attempts", INTEGER, nullable=False),
        sa.Column("next_attempt_at", TIME),
        sa.Column("claim", sa.Text()),
        sa.Column("lease_until", TIME),
        sa.Column("response_status", INTEGER),
        sa.Column("error", sa.Text()),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("finished_at", TIME),
        sa.PrimaryKeyConstraint("id", name="pk_notice_deliveries"),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["notices.id"], name="fk_notice_deliveries_notice_id", ondelete="CASCADE"
        ),
        sqlite_strict=True,
    )
    is_pending = sa.text("status = 'pending'")
    op.create_index(
        "ix_notice_deliveries_pending",
        "notice_deliveries",
        ["next_attempt_at", "notice_id"],
        sqlite_where=is_pending,
        postgresql_where=is_pending,
    )
    op.create_index("ix_notice_deliveries_notice_id", "notice_deliveries", ["notice_id", "created_at", "id"])
    op.create_index("ix_notice_deliveries_finished_at", "notice_deliveries", ["finished_at"])


def downgrade() -> None:
    """Drop them."""
    for table in ("notice_deliveries", "notices"):
        op.drop_table(table)
