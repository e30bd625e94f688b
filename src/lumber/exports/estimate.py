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
from lumber.exports.costs import Options, cost_of, have_like_rows, in_words, options_of
from lumber.exports.preview_report import KindPreview
from lumber.exports.status import Status
from lumber.formats import resolve_compression
from lumber.store.database import Database
from lumber.store.models import ExportFile, ExportStatus
from lumber.text import counted

_RECENT = 50
# Smaller exports are ignored: headers dominate their size, and start-up dominates their time.
_TELLING_ROWS = 10_000
# Speed of a small machine, used until there are past exports.
_TYPICAL_ROWS_PER_SECOND = 100_000.0
_START_SECONDS = 1.5


_BytesBasis = Literal["past_exports", "sample", "mixed", "none"]
_BYTES_REASONS: dict[_BytesBasis, str] = {
    "past_exports": "Bytes per row of past exports in this format with the same columns.",
    "sample": "Sample rows, written in this format without labels and templates.",
    "mixed": "Past exports for some data types, sample rows for the others.",
    "none": "",
}


class ExportEstimate(BaseModel):
    """Estimated size and duration. The actual values depend on the rows and on the machine's load."""

    model_config = ConfigDict(frozen=True)

    bytes: int | None = Field(description="Estimated bytes of all data files; null if unknown.")
    bytes_basis: _BytesBasis = Field(
        description="Basis of the size: past exports in this format, sample rows, or both."
    )
    seconds: float = Field(description="Estimated duration from the start of a worker.")
    seconds_basis: Literal["past_exports", "scaled", "typical"] = Field(
        description="Basis of the duration: past exports with the same options; past exports with other "
        "options, scaled by what these cost; or a small machine."
    )
    bytes_reason: str = Field(default="", description="The basis of the size in words.")
    seconds_reason: str = Field(default="", description="The basis of the duration in words.")


@dataclass(frozen=True, slots=True)
class _Past:
    """A completed export with its output and speed (None if it took several attempts)."""

    export_id: str
    is_same_format: bool
    rows_per_second: float | None
    options: Options
    fields: Any


async def estimate_export(
    database: Database, config: ExportConfig, previews: Mapping[str, KindPreview]
) -> ExportEstimate:
    """Estimate an export from its preview per kind and the newest completed exports."""
    stored = config.as_json()
    options = options_of(stored)
    async with database.session() as session:
        past = await _recent(session, config)
        alike = [item for item in past if item.is_same_format and have_like_rows(item.options, options)]
        alike = [item for item in alike if item.fields == (stored.get("fields") or {})]
        per_row = await _bytes_per_row(session, [item.export_id for item in alike])
    size, bytes_basis = _size(config, previews, per_row)
    rows = sum(preview.rows for preview in previews.values())
    speed = _speed_of(past, options)
    return ExportEstimate(
        bytes=size,
        bytes_basis=bytes_basis,
        seconds=round(_START_SECONDS + rows / speed.rows_per_second, 1),
        seconds_basis=speed.basis,
        bytes_reason=_BYTES_REASONS[bytes_basis],
        seconds_reason=speed.reason,
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
            options_of(row.config),
            row.config.get("fields") or {},
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


@dataclass(frozen=True, slots=True)
class _Speed:
    rows_per_second: float
    basis: Literal["past_exports", "scaled", "typical"]
    reason: str


def _speed_of(past: Sequence[_Past], options: Options) -> _Speed:
    """Return the speed of past exports with these options, in the same format if there are any.

    The speed of exports with other options is scaled by what the options cost.
    """
    known = [(item, item.rows_per_second) for item in past if item.rows_per_second]
    same = [(item, speed) for item, speed in known if item.options == options]
    in_format = [speed for item, speed in same if item.is_same_format]
    if in_format:
        reason = f"Median of {counted(len(in_format), 'past export')} in this format {in_words(options)}."
        return _Speed(statistics.median(in_format), "past_exports", reason)
    if same:
        reason = f"Median of {counted(len(same), 'past export')} in other formats {in_words(options)}."
        return _Speed(statistics.median(speed for _, speed in same), "past_exports", reason)
    cost = cost_of(options)
    slower = f"{in_words(options)}, about {cost:.1f} times as long as without".removesuffix(".")
    if not known:
        speed = _TYPICAL_ROWS_PER_SECOND / cost
        reason = f"No past export has {_TELLING_ROWS:,} rows. A small machine is assumed"
        return _Speed(speed, "typical", f"{reason}, {slower}." if options else f"{reason}.")
    plain = statistics.median(speed * cost_of(item.options) for item, speed in known)
    reason = f"No past export has the same options. Scaled from {counted(len(known), 'past export')}"
    return _Speed(plain / cost, "scaled", f"{reason}: {slower}.")


async def _bytes_per_row(session: AsyncSession, export_ids: Sequence[str]) -> dict[str, float]:
    rows, size = sa.func.sum(ExportFile.rows), sa.func.sum(ExportFile.size_bytes)
    of_kind = sa.select(ExportFile.kind, rows, size).where(ExportFile.export_id.in_(export_ids))
    answer = await session.execute(of_kind.where(ExportFile.kind != "").group_by(ExportFile.kind))
    return {row[0]: float(row[2]) / float(row[1]) for row in answer if row[1] >= _TELLING_ROWS}


def _size(
    config: ExportConfig, previews: Mapping[str, KindPreview], per_row: Mapping[str, float]
) -> tuple[int | None, Literal["past_exports", "sample", "mixed", "none"]]:
    total = 0.0
    bases: set[Literal["past_exports", "sample"]] = set()
    for name, preview in previews.items():
        rows = _sampled(config, preview.rows - preview.reject_estimate.rows)
        if name in per_row:
            total += per_row[name] * rows
            bases.add("past_exports")
        elif preview.encoded is not None:
            total += preview.encoded.bytes_of(rows)
            bases.add("sample")
        else:
            return None, "none"
    return round(total), bases.pop() if len(bases) == 1 else "mixed"


def _sampled(config: ExportConfig, rows: int) -> int:
    """Return how many of the rows a sample takes."""
    if config.sample is None:
        return rows
    if config.sample.rows is not None:
        return min(rows, config.sample.rows)
    return rows if config.sample.share is None else round(rows * config.sample.share)
