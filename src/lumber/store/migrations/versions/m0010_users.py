"""Users, and the API keys that act for them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TIME = sa.TIMESTAMP(timezone=True).with_variant(sa.Integer(), "sqlite")
INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create both tables."""
    op.create_table(
        "users",
        *[sa.Column(name, sa.Text(), nullable=False) for name in ("id", "name", "name_key")],
        sa.Column("email", sa.Text()),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text()),
        *[sa.Column(name, INTEGER, nullable=False) for name in ("is_service", "is_disabled")],
        *[sa.Column(name, TIME, nullable=False) for name in ("created_at", "updated_at")],
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sqlite_strict=True,
    )
    op.create_index("uq_users_name_key", "users", ["name_key"], unique=True)
    op.create_table(
        "api_keys",
        *[sa.Column(name, sa.Text(), nullable=False) for name in ("id", "user_id", "name", "key_sha256")],
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("kinds", sa.Text()),
        *[sa.Column(name, TIME) for name in ("expires_at", "last_used_at", "revoked_at")],
        sa.Column("created_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_api_keys"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_api_keys_user_id", ondelete="CASCADE"),
        sqlite_strict=True,
    )
    op.create_index("ix_api_keys_user_id", "api_keys", ["user_id"])


def downgrade() -> None:
    """Drop both tables."""
    op.drop_table("api_keys")
    op.drop_table("users")
