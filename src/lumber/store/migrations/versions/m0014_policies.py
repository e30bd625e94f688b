"""Export policies, the shares of exports, and what accounts used of their quotas."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

TIME = sa.TIMESTAMP(timezone=True).with_variant(sa.Integer(), "sqlite")
INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the three tables."""
    op.create_table(
        "export_policies",
        *[sa.Column(name, sa.Text(), nullable=False) for name in ("id", "name", "name_key")],
        *[sa.Column(name, INTEGER, nullable=False) for name in ("version", "is_enabled")],
        sa.Column("rules", sa.Text(), nullable=False),
        *[sa.Column(name, TIME, nullable=False) for name in ("created_at", "updated_at")],
        sa.PrimaryKeyConstraint("id", name="pk_export_policies"),
        sqlite_strict=True,
    )
    op.create_index("uq_export_policies_name_key", "export_policies", ["name_key"], unique=True)
    op.create_table(
        "export_shares",
        *[sa.Column(name, sa.Text(), nullable=False) for name in ("id", "export_id")],
        *[sa.Column(name, sa.Text()) for name in ("user_id", "role")],
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_export_shares"),
        sa.ForeignKeyConstraint(
            ["export_id"], ["exports.id"], name="fk_export_shares_export_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_export_shares_user_id", ondelete="CASCADE"
        ),
        sqlite_strict=True,
    )
    op.create_index("ix_export_shares_export_id", "export_shares", ["export_id"])
    for column in ("user_id", "role"):
        op.create_index(f"ix_export_shares_{column}", "export_shares", [column, "export_id"])
    op.create_table(
        "quota_uses",
        *[sa.Column(name, sa.Text(), nullable=False) for name in ("user_id", "day")],
        *[sa.Column(name, INTEGER, nullable=False) for name in ("rows", "written_bytes", "downloaded_bytes")],
        sa.PrimaryKeyConstraint("user_id", "day", name="pk_quota_uses"),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """Drop them."""
    for table in ("quota_uses", "export_shares", "export_policies"):
        op.drop_table(table)
