"""Estimates the size and duration of an export, and names the basis of each estimate."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncSession

from lumber.exports.config import ExportConfig
from lumber.exports.preview_report import KindPreview
from lumber.exports.status import Status
from lumber.formats import resolve_compression
from lumber.store.database import Database
from lumber.store.models import ExportFile, ExportStatus

_RECENT = 50
# Smaller exports are ignored: headers dominate their size, and start-up dominates their time.
_TELLING_ROWS = 10_000
# Speed of a small machine, used until there are past exports.
_TYPICAL_ROWS_PER_SECOND = 100_000.0
_START_SECONDS = 1.5


class ExportEstimate(BaseModel):
    """Estimated size and duration. The actual values depend on the rows and on the machine's load."""

    model_config = ConfigDict(frozen=True)

    bytes: int | None = Field(description="Estimated bytes of all data files; null if unknown.")
    bytes_basis: Literal["past_exports", "sample", "mixed", "none"] = Field(
        description="Basis of the size: past exports in this format, sample rows, or both."
    )
    seconds: float = Field(description="Estimated duration from the start of a worker.")
    seconds_basis: Literal["past_exports", "typical"] = Field(
        description="Basis of the duration: past exports, or a small machine."
    )


@dataclass(frozen=True, slots=True)
class _Past:
    """A completed export with its output and speed (None if it took several attempts)."""

    export_id: str
    is_same_format: bool
    rows_per_second: float | None


async def estimate_export(
    database: Database, config: ExportConfig, previews: Mapping[str, KindPreview]
) -> ExportEstimate:
    """Estimate an export from its preview per kind and the newest completed exports."""
    async with database.session() as session:
        past = await _recent(session, config)
        per_row = await _bytes_per_row(session, [item.export_id for item in past if item.is_same_format])
    size, basis = _size(previews, per_row)
    rows = sum(preview.rows for preview in previews.values())
    speeds = _speeds(past)
    speed = statistics.median(speeds) if speeds else _TYPICAL_ROWS_PER_SECOND
    return ExportEstimate(
        bytes=size,
        bytes_basis=basis,
        seconds=round(_START_SECONDS + rows / speed, 1),
        seconds_basis="past_exports" if speeds else "typical",
    )


async def _recent(session: AsyncSession, config: ExportConfig) -> list[_Past]:
    columns = (
        ExportStatus.id,
        ExportStatus.config,
        ExportStatus.attempt,
        ExportStatus.planned_rows,
        ExportStatus.started_at,
        ExportStatus.finished_at,
    )
    newest = sa.select(*columns).where(ExportStatus.status == Status.COMPLETED)
    newest = newest.order_by(ExportStatus.created_at.desc(), ExportStatus.id.desc()).limit(_RECENT)
    wanted = (config.output_format, config.resolved_compression)
    return [
        _Past(
            row.id,
            _format(row.config) == wanted,
            _speed(row.planned_rows, row.started_at, row.finished_at) if row.attempt == 1 else None,
        )
        for row in await session.execute(newest)
    ]


def _format(config: Any) -> tuple[Any, Any] | None:
    try:
        output_format = config["output_format"]
        return output_format, resolve_compression(output_format, config["compression"])
    except (KeyError, TypeError, ValueError):
        return None  # config of another version


def _speed(rows: int | None, started_at: datetime | None, finished_at: datetime | None) -> float | None:
    if rows is None or rows < _TELLING_ROWS or started_at is None or finished_at is None:
        return None
    seconds = (finished_at - started_at).total_seconds() - _START_SECONDS
    return rows / max(seconds, 0.1)


def _speeds(past: Sequence[_Past]) -> list[float]:
    """Return the speeds of exports in the same format, or of all if there are none."""
    same = [item.rows_per_second for item in past if item.is_same_format and item.rows_per_second]
    return same or [item.rows_per_second for item in past if item.rows_per_second]


async def _bytes_per_row(session: AsyncSession, export_ids: Sequence[str]) -> dict[str, float]:
    rows, size = sa.func.sum(ExportFile.rows), sa.func.sum(ExportFile.size_bytes)
    of_kind = sa.select(ExportFile.kind, rows, size).where(ExportFile.export_id.in_(export_ids))
    answer = await session.execute(of_kind.where(ExportFile.kind != "").group_by(ExportFile.kind))
    return {row[0]: float(row[2]) / float(row[1]) for row in answer if row[1] >= _TELLING_ROWS}


def _size(
    previews: Mapping[str, KindPreview], per_row: Mapping[str, float]
) -> tuple[int | None, Literal["past_exports", "sample", "mixed", "none"]]:
    total = 0.0
    bases: set[Literal["past_exports", "sample"]] = set()
    for name, preview in previews.items():
        rows = preview.rows - preview.reject_estimate.rows
        if name in per_row:
            total += per_row[name] * rows
            bases.add("past_exports")
        elif preview.encoded is not None:
            total += preview.encoded.bytes_of(rows)
            bases.add("sample")
        else:
            return None, "none"
    return round(total), bases.pop() if len(bases) == 1 else "mixed"
