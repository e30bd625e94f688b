"""Named datasets: each is a series of exports, its versions, of which each is immutable."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from lumber.store.models.base import Base, utc_now
from lumber.store.types import BigInt, JsonText, UtcDateTime

_STRICT = {"sqlite_strict": True}


class NamedDataset(Base):
    """A named series of exports.

    `keep_last` and `keep_days` limit how many old versions are kept; null keeps them all. `gate` has the
    conditions under which a new version is held. `name_key` is the name as it is compared.
    """

    __tablename__ = "datasets"

    id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    name: Mapped[str] = mapped_column(sa.Text)
    name_key: Mapped[str] = mapped_column(sa.Text)
    # No foreign key: a dataset outlives the account that created it.
    owner_id: Mapped[str | None] = mapped_column(sa.Text)
    keep_last: Mapped[int | None] = mapped_column(BigInt)
    keep_days: Mapped[int | None] = mapped_column(BigInt)
    gate: Mapped[Any | None] = mapped_column(JsonText)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    __table_args__ = (sa.Index("uq_datasets_name_key", "name_key", unique=True), _STRICT)


class DatasetVersion(Base):
    """A version of a dataset. The row is inserted when its export is planned, and says what it covers.

    `state` is `building` until the export completes, then `published` or `held`; a held version may become
    `dropped`. `watermark` says which rows of the tables the version has seen, `frozen` what later versions
    must keep. Of the newest versions, `totals` has what the next increment adds to. No foreign key to the
    export: the history of a dataset outlives the files of its versions.
    """

    __tablename__ = "dataset_versions"

    dataset_id: Mapped[str] = mapped_column(
        sa.Text, sa.ForeignKey("datasets.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(BigInt, primary_key=True)
    export_id: Mapped[str] = mapped_column(sa.Text)
    state: Mapped[str] = mapped_column(sa.Text)
    data_version: Mapped[str | None] = mapped_column(sa.Text)
    parent_number: Mapped[int | None] = mapped_column(BigInt)
    is_incremental: Mapped[int] = mapped_column(BigInt)
    # Why the version reads everything again, or why it is held or was dropped.
    reason: Mapped[str | None] = mapped_column(sa.Text)
    watermark: Mapped[Any | None] = mapped_column(JsonText)
    frozen: Mapped[Any | None] = mapped_column(JsonText)
    totals: Mapped[Any | None] = mapped_column(JsonText)
    # By kind: mode, rows, added, changed and removed.
    counts: Mapped[Any | None] = mapped_column(JsonText)
    rows: Mapped[int] = mapped_column(BigInt, server_default="0", default=0)
    added: Mapped[int] = mapped_column(BigInt, server_default="0", default=0)
    changed: Mapped[int] = mapped_column(BigInt, server_default="0", default=0)
    removed: Mapped[int] = mapped_column(BigInt, server_default="0", default=0)
    path: Mapped[str | None] = mapped_column(sa.Text)
    manifest_sha256: Mapped[str | None] = mapped_column(sa.Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (sa.Index("ix_dataset_versions_export_id", "export_id"), _STRICT)


class DatasetTag(Base):
    """A name for one version of a dataset. It may move to another version."""

    __tablename__ = "dataset_tags"

    dataset_id: Mapped[str] = mapped_column(
        sa.Text, sa.ForeignKey("datasets.id", ondelete="CASCADE"), primary_key=True
    )
    tag: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    number: Mapped[int] = mapped_column(BigInt)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    __table_args__ = (_STRICT,)


class DatasetTable(Base):
    """A table format that the published versions of a dataset are committed to.

    `place` is a registered destination, a folder or an address. `committed` is the last version that all
    tables have; the tables themselves decide. Until `next_at`, nobody tries: after a failure, or because the
    process with `claim` does.
    """

    __tablename__ = "dataset_tables"

    dataset_id: Mapped[str] = mapped_column(
        sa.Text, sa.ForeignKey("datasets.id", ondelete="CASCADE"), primary_key=True
    )
    format: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    place: Mapped[str] = mapped_column(sa.Text)
    catalog: Mapped[str | None] = mapped_column(sa.Text)
    committed: Mapped[int | None] = mapped_column(BigInt)
    failures: Mapped[int] = mapped_column(BigInt, server_default="0", default=0)
    error: Mapped[str | None] = mapped_column(sa.Text)
    claim: Mapped[str | None] = mapped_column(sa.Text)
    next_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    __table_args__ = (_STRICT,)


class DatasetBackfill(Base):
    """A past range that the service adds to a dataset, window by window.

    `start`, `end` and `window` are as they were asked for. `done` of `windows` are added; `export_id` is the
    export of the last one that was queued.
    """

    __tablename__ = "dataset_backfills"

    id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    dataset_id: Mapped[str] = mapped_column(sa.Text, sa.ForeignKey("datasets.id", ondelete="CASCADE"))
    # No foreign key: the backfill of a deleted account fails and says why.
    owner_id: Mapped[str | None] = mapped_column(sa.Text)
    start: Mapped[str] = mapped_column(sa.Text)
    end: Mapped[str | None] = mapped_column(sa.Text)
    window: Mapped[str] = mapped_column(sa.Text)
    state: Mapped[str] = mapped_column(sa.Text)
    windows: Mapped[int] = mapped_column(BigInt)
    done: Mapped[int] = mapped_column(BigInt)
    # No foreign key: the backfill outlives the files of its versions.
    export_id: Mapped[str | None] = mapped_column(sa.Text)
    reason: Mapped[str | None] = mapped_column(sa.Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (sa.Index("ix_dataset_backfills_state", "state", "dataset_id"), _STRICT)
