"""Identities of accounts at providers, and sign-ins that aren't finished."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

TIME = sa.TIMESTAMP(timezone=True).with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create both tables."""
    op.create_table(
        "user_identities",
        *[
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("issuer", "subject", "user_id", "provider")
        ],
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("last_login_at", TIME),
        sa.PrimaryKeyConstraint("issuer", "subject", name="pk_user_identities"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_user_identities_user_id", ondelete="CASCADE"
        ),
        sqlite_strict=True,
    )
    op.create_index("ix_user_identities_user_id", "user_identities", ["user_id"])
    texts = ("state_sha256", "browser_sha256", "provider", "redirect_uri", "next_path", "address")
    op.create_table(
        "pending_logins",
        *[sa.Column(name, sa.Text(), nullable=False) for name in texts],
        sa.Column("expires_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("state_sha256", name="pk_pending_logins"),
        sqlite_strict=True,
    )
    op.create_index("ix_pending_logins_expires_at", "pending_logins", ["expires_at"])
    op.create_index("ix_pending_logins_address", "pending_logins", ["address", "expires_at"])


def downgrade() -> None:
    """Drop both tables."""
    op.drop_table("pending_logins")
    op.drop_table("user_identities")
