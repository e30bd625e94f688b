"""The audit trail: lines that are only ever added, and the head of their chain.

Tables without classes: every export writes lines, and mapping classes would slow down its start.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

from lumber.store.models.base import Base
from lumber.store.types import BigInt, UtcDateTime


class _ReadableTime(UtcDateTime):
    """A time that can be read whatever somebody has written into the table."""

    cache_ok = True

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Turn a time outside of the calendar into the last one: the hash of its line shows the change."""
        try:
            return super().process_result_value(value, dialect)
        except OverflowError:
            return datetime.max.replace(tzinfo=UTC)


# Triggers refuse changes and deletions of lines. Only the retention deletes lines, before `first_seq`.
AUDIT_LINES = sa.Table(
    "audit_lines",
    Base.metadata,
    sa.Column("seq", BigInt, primary_key=True, autoincrement=False),
    sa.Column("at", _ReadableTime, nullable=False),
    *[sa.Column(name, sa.Text, nullable=False) for name in ("actor_kind", "actor_name")],
    *[sa.Column(name, sa.Text) for name in ("actor_id", "key_id", "address")],
    sa.Column("action", sa.Text, nullable=False),
    *[sa.Column(name, sa.Text) for name in ("target_kind", "target_id")],
    sa.Column("result", sa.Text, nullable=False),
    sa.Column("reason", sa.Text),
    # Canonical JSON: the hash covers this text.
    *[sa.Column(name, sa.Text, nullable=False) for name in ("details", "prev_hash", "hash")],
    sa.Index("ix_audit_lines_at", "at"),
    sa.Index("ix_audit_lines_actor_name", "actor_name", "seq"),
    sa.Index("ix_audit_lines_action", "action", "seq"),
    sa.Index("ix_audit_lines_target_id", "target_id", "seq"),
    sqlite_strict=True,
)

# One row. Whoever adds lines holds its lock until the end of the transaction, so the chain has no fork.
# `first_seq` and `first_prev_hash` are the anchor: the oldest line that is kept, and the hash before it.
AUDIT_HEAD = sa.Table(
    "audit_head",
    Base.metadata,
    *[sa.Column(name, BigInt, nullable=False) for name in ("last_seq", "first_seq")],
    *[sa.Column(name, sa.Text, nullable=False) for name in ("last_hash", "first_prev_hash")],
    sa.Column("id", BigInt, primary_key=True, autoincrement=False),
    sqlite_strict=True,
)
