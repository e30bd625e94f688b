"""Sessions of browsers, failed sign-ins, tokens for the first admin, and when users last signed in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

TIME = sa.TIMESTAMP(timezone=True).with_variant(sa.Integer(), "sqlite")
INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the three tables, and add the column."""
    op.create_table(
        "user_sessions",
        *[sa.Column(name, sa.Text(), nullable=False) for name in ("id", "token_sha256", "user_id", "method")],
        *[sa.Column(name, sa.Text()) for name in ("address", "user_agent")],
        *[sa.Column(name, TIME, nullable=False) for name in ("created_at", "last_used_at", "expires_at")],
        sa.PrimaryKeyConstraint("id", name="pk_user_sessions"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_user_sessions_user_id", ondelete="CASCADE"
        ),
        sqlite_strict=True,
    )
    op.create_index("uq_user_sessions_token_sha256", "user_sessions", ["token_sha256"], unique=True)
    for column in ("user_id", "expires_at"):
        op.create_index(f"ix_user_sessions_{column}", "user_sessions", [column])
    op.create_table(
        "login_failures",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("failures", INTEGER, nullable=False),
        *[sa.Column(name, TIME, nullable=False) for name in ("failed_at", "blocked_until")],
        sa.PrimaryKeyConstraint("key", name="pk_login_failures"),
        sqlite_strict=True,
    )
    op.create_index("ix_login_failures_failed_at", "login_failures", ["failed_at"])
    op.create_table(
        "setup_tokens",
        sa.Column("token_sha256", sa.Text(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("token_sha256", name="pk_setup_tokens"),
        sqlite_strict=True,
    )
    op.add_column("users", sa.Column("last_login_at", TIME))


def downgrade() -> None:
    """Drop them."""
    op.drop_column("users", "last_login_at")
    for table in ("setup_tokens", "login_failures", "user_sessions"):
        op.drop_table(table)
