"""The ledger of exports: each export, its partitions and its files."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from lumber.store.models.base import Base, utc_now
from lumber.store.types import BigInt, JsonText, UtcDateTime

_STRICT = {"sqlite_strict": True}


class ExportStatus(Base):
    """One export: its frozen config and plan, its status, its counts, and who works on it.

    `fence` grows with every claim: a process with an older one has lost the export. Leases and waiting times
    are on the database's clock.
    """

    __tablename__ = "exports"

    id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    status: Mapped[str] = mapped_column(sa.Text)
    phase: Mapped[str | None] = mapped_column(sa.Text)
    data_version: Mapped[str] = mapped_column(sa.Text)
    config: Mapped[Any] = mapped_column(JsonText)
    config_hash: Mapped[str] = mapped_column(sa.Text)
    plan: Mapped[Any | None] = mapped_column(JsonText)
    counts: Mapped[Any | None] = mapped_column(JsonText)
    output_path: Mapped[str | None] = mapped_column(sa.Text)
    record_count: Mapped[int] = mapped_column(BigInt, default=0)
    file_size: Mapped[int] = mapped_column(BigInt, default=0)
    attempt: Mapped[int] = mapped_column(BigInt, default=0)
    error_code: Mapped[str | None] = mapped_column(sa.Text)
    error_message: Mapped[str | None] = mapped_column(sa.Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # "service": a worker runs it; "command": the command that created it runs it.
    executor: Mapped[str] = mapped_column(sa.Text, server_default="service", default="service")
    idempotency_key: Mapped[str | None] = mapped_column(sa.Text)
    fence: Mapped[int] = mapped_column(BigInt, server_default="0", default=0)
    lease_owner: Mapped[str | None] = mapped_column(sa.Text)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    not_before: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Attempts that failed or were lost since a user last asked for a retry.
    failures: Mapped[int] = mapped_column(BigInt, server_default="0", default=0)
    cancel_requested_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    planned_rows: Mapped[int | None] = mapped_column(BigInt)
    progress: Mapped[Any | None] = mapped_column(JsonText)
    # No foreign key: an export outlives the account that created it.
    owner_id: Mapped[str | None] = mapped_column(sa.Text)
    read_kinds: Mapped[str | None] = mapped_column(sa.Text)
    # The conditions under which its version of a dataset is held; null: those of the dataset.
    gate: Mapped[Any | None] = mapped_column(JsonText)
    # What people call it: its config and its dataset don't depend on them. Tags are sorted, in lower case.
    name: Mapped[str | None] = mapped_column(sa.Text)
    tags: Mapped[Any | None] = mapped_column(JsonText)
    note: Mapped[str | None] = mapped_column(sa.Text)

    __table_args__ = (
        # Exports without an owner cost nothing here.
        sa.Index(
            "ix_exports_owner_id",
            "owner_id",
            "created_at",
            "id",
            sqlite_where=sa.text("owner_id IS NOT NULL"),
            postgresql_where=sa.text("owner_id IS NOT NULL"),
        ),
        sa.Index("ix_exports_created_at_id", "created_at", "id"),
        sa.Index("ix_exports_status", "status", "created_at", "id"),
        # Every column that the history sorts by, for the same reason as the totals below.
        sa.Index(
            "ix_exports_orders",
            "created_at",
            "id",
            "status",
            "record_count",
            "file_size",
            "started_at",
            "finished_at",
        ),
        # Every column that the totals need, so that they are read from the index alone.
        sa.Index(
            "ix_exports_totals",
            "status",
            "finished_at",
            "started_at",
            "record_count",
            "file_size",
            "planned_rows",
        ),
        sa.Index("uq_exports_idempotency_key", "idempotency_key", unique=True),
        _STRICT,
    )


class ExportSearch(Base):
    """The texts of one export that the history searches, as the database lower-cases them.

    Triggers on `exports` write these rows, so that no code can forget them. `outcome` joins the id, the
    folder, the error, the name and the note with U+001F; `kinds` holds the members of `data_types` as the
    config writes them, and `tags` those of the tags. `config` lacks the default members that the marks in
    `defaults` name.
    """

    __tablename__ = "export_search"

    export_id: Mapped[str] = mapped_column(
        sa.Text, sa.ForeignKey("exports.id", ondelete="CASCADE"), primary_key=True
    )
    kinds: Mapped[str] = mapped_column(sa.Text)
    outcome: Mapped[str] = mapped_column(sa.Text)
    defaults: Mapped[str] = mapped_column(sa.Text)
    config: Mapped[str] = mapped_column(sa.Text)
    tags: Mapped[str] = mapped_column(sa.Text, server_default="")

    __table_args__ = (
        sa.Index("ix_export_search_kinds", "kinds", "export_id"),
        # Exports without tags cost nothing here.
        sa.Index(
            "ix_export_search_tags",
            "tags",
            "export_id",
            sqlite_where=sa.text("tags <> ''"),
            postgresql_where=sa.text("tags <> ''"),
        ),
        _STRICT,
    )


class ExportSearchDefault(Base):
    """A member of configs with its default value, in lower case, and the character that marks it.

    The migration that creates the triggers writes these rows.
    """

    __tablename__ = "export_search_defaults"

    mark: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    member: Mapped[str] = mapped_column(sa.Text)

    __table_args__ = (_STRICT,)


class ExportAttempt(Base):
    """One attempt at an export: who made it, when, and how it ended (null while it runs)."""

    __tablename__ = "export_attempts"

    export_id: Mapped[str] = mapped_column(
        sa.Text, sa.ForeignKey("exports.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(BigInt, primary_key=True)
    owner: Mapped[str] = mapped_column(sa.Text)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    outcome: Mapped[str | None] = mapped_column(sa.Text)
    error_code: Mapped[str | None] = mapped_column(sa.Text)
    error_message: Mapped[str | None] = mapped_column(sa.Text)

    __table_args__ = (_STRICT,)


class ExportPartition(Base):
    """One finished partition of an export: what it counted and which files it left in staging."""

    __tablename__ = "export_partitions"

    export_id: Mapped[str] = mapped_column(
        sa.Text, sa.ForeignKey("exports.id", ondelete="CASCADE"), primary_key=True
    )
    kind: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    ordinal: Mapped[int] = mapped_column(BigInt, primary_key=True)
    attempt: Mapped[int] = mapped_column(BigInt)
    result: Mapped[Any] = mapped_column(JsonText)
    finished_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    __table_args__ = (_STRICT,)


class ExportOffer(Base):
    """The offer of a running export to other workers to do some of its jobs.

    `coordinator` is the fence of the attempt that made it: with another one, the offer is over. `facts` say
    what a worker must have and see.
    """

    __tablename__ = "export_offers"

    export_id: Mapped[str] = mapped_column(
        sa.Text, sa.ForeignKey("exports.id", ondelete="CASCADE"), primary_key=True
    )
    coordinator: Mapped[int] = mapped_column(BigInt)
    facts: Mapped[Any] = mapped_column(JsonText)
    offered_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    __table_args__ = (_STRICT,)


class ExportJob(Base):
    """One job of an offer: a partition, a first pass over one, or a call over staged files.

    `state` is posted, claimed, done or failed. `fence` grows with every claim, so that a worker whose job was
    given to another one can't commit it. `parcel` says in which staged file the job is described. `result`
    names the staged file with what it returned, or its error. The result of a partition is in
    `export_partitions`.
    """

    __tablename__ = "export_jobs"

    export_id: Mapped[str] = mapped_column(
        sa.Text, sa.ForeignKey("exports.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(BigInt, primary_key=True)
    coordinator: Mapped[int] = mapped_column(BigInt)
    stage: Mapped[str] = mapped_column(sa.Text)
    kind: Mapped[str | None] = mapped_column(sa.Text)
    ordinal: Mapped[int | None] = mapped_column(BigInt)
    parcel: Mapped[Any] = mapped_column(JsonText)
    state: Mapped[str] = mapped_column(sa.Text)
    fence: Mapped[int] = mapped_column(BigInt, server_default="0", default=0)
    owner: Mapped[str | None] = mapped_column(sa.Text)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    rows: Mapped[int] = mapped_column(BigInt, server_default="0", default=0)
    batches: Mapped[int] = mapped_column(BigInt, server_default="0", default=0)
    result: Mapped[Any | None] = mapped_column(JsonText)

    __table_args__ = (_STRICT,)


class ExportPublication(Base):
    """Where a completed export was written to, besides its folder.

    No foreign key: what is in a destination outlives the export's record and the registration.
    """

    __tablename__ = "export_publications"

    export_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    destination: Mapped[str] = mapped_column(sa.Text)
    url: Mapped[str] = mapped_column(sa.Text)
    root: Mapped[str] = mapped_column(sa.Text)
    manifest_sha256: Mapped[str] = mapped_column(sa.Text)
    # What the destination couldn't promise, in words.
    not_promised: Mapped[Any] = mapped_column(JsonText)
    files: Mapped[int] = mapped_column(BigInt)
    size_bytes: Mapped[int] = mapped_column("bytes", BigInt)
    uploaded_files: Mapped[int] = mapped_column(BigInt)
    uploaded_bytes: Mapped[int] = mapped_column(BigInt)
    published_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    # The limit of the retention that its version exceeded: a clean-up removes it there, and this row.
    withdraw_cause: Mapped[str | None] = mapped_column(sa.Text)

    __table_args__ = (_STRICT,)


class ExportFile(Base):
    """One file of a finished dataset, as its manifest names it."""

    __tablename__ = "export_files"

    id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    export_id: Mapped[str] = mapped_column(sa.Text, sa.ForeignKey("exports.id", ondelete="CASCADE"))
    path: Mapped[str] = mapped_column(sa.Text)
    kind: Mapped[str] = mapped_column(sa.Text)
    split: Mapped[str] = mapped_column(sa.Text)
    rows: Mapped[int] = mapped_column(BigInt)
    size_bytes: Mapped[int] = mapped_column(BigInt)
    sha256: Mapped[str] = mapped_column(sa.Text)

    __table_args__ = (
        sa.Index("ix_export_files_export_id", "export_id"),
        sa.Index("ix_export_files_totals", "kind", "rows", "size_bytes"),
        _STRICT,
    )
