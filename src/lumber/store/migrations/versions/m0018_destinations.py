"""Destinations, and which exports are in them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

TIME = sa.TIMESTAMP(timezone=True).with_variant(sa.Integer(), "sqlite")
INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the two tables."""
    texts = ("id", "name", "name_key", "url", "options", "credentials", "promises", "status", "message")
    op.create_table(
        "destinations",
        *[sa.Column(name, sa.Text(), nullable=False) for name in texts],
        *[sa.Column(name, TIME, nullable=False) for name in ("probed_at", "created_at")],
        sa.PrimaryKeyConstraint("id", name="pk_destinations"),
        sqlite_strict=True,
    )
    op.create_index("uq_destinations_name_key", "destinations", ["name_key"], unique=True)
    places = ("export_id", "destination", "url", "root", "manifest_sha256", "not_promised")
    counts = ("files", "bytes", "uploaded_files", "uploaded_bytes")
    op.create_table(
        "export_publications",
        *[sa.Column(name, sa.Text(), nullable=False) for name in places],
        *[sa.Column(name, INTEGER, nullable=False) for name in counts],
        sa.Column("published_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("export_id", name="pk_export_publications"),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """Drop them."""
    for table in ("export_publications", "destinations"):
        op.drop_table(table)
