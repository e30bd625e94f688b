"""Retention by hand, and the ledger in numbers."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Body
from pydantic import BaseModel, ConfigDict, Field

from lumber.api.documents import answers
from lumber.api.service import ServiceDep
from lumber.exports.retention import CleanupReport, RetentionPolicy, clean_up
from lumber.exports.statistics import ExportStats, export_stats

router = APIRouter(prefix="/export", tags=["housekeeping"])


class CleanupRequest(BaseModel):
    """What may stay. Without any of the three limits, those of the settings hold."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    days: float | None = Field(
        default=None, gt=0, le=1_000_000, allow_inf_nan=False, description="Days since an export ended."
    )
    total_bytes: int | None = Field(
        default=None, ge=0, lt=2**63, description="Bytes of all exports in the service's folder together."
    )
    keep_last: int | None = Field(default=None, ge=0, lt=2**31, description="Ended exports.")
    is_dry_run: bool = Field(default=False, description="Only say what would be deleted.")

    @property
    def policy(self) -> RetentionPolicy:
        """The limits of this request."""
        return RetentionPolicy(self.days, self.total_bytes, self.keep_last)


class RetentionLimits(BaseModel):
    """What the settings let stay; the service deletes the rest by itself, every hour."""

    model_config = ConfigDict(frozen=True)

    days: float | None = Field(description="Days since an export ended; null: no limit.")
    total_bytes: int | None = Field(
        description="Bytes of all exports in the service's folder together; null: no limit."
    )
    keep_last: int | None = Field(description="Ended exports; null: no limit.")


class StatsReport(ExportStats):
    """The ledger in numbers, and what of it is to stay. A deleted export no longer counts."""

    retention: RetentionLimits


_REPORT = {
    "is_dry_run": True,
    "exports": [
        {
            "export_id": "4a1f3c52-7d0e-4b58-9c39-0d8a3f1f7f10",
            "status": "completed",
            "finished_at": "2026-02-01T09:05:00Z",
            "file_size": 52_428_800,
            "reason": "days",
            "files_deleted": True,
        }
    ],
    "orphans": [],
    "unknown_datasets": [],
    "freed_bytes": 52_428_800,
    "kept": 12,
    "skipped": [],
}
_TOTALS = {
    "exports": 8,
    "rows": 4_000_000,
    "rejected_rows": 120,
    "bytes": 620_000_000,
    "seconds": 96.5,
    "exports_by_seconds": {"1": 1, "5": 3, "15": 6, "60": 8, "300": 8, "900": 8, "3600": 8, "+Inf": 8},
}
_STATS = {
    "by_status": {"pending": 1, "running": 1, "completed": 8, "failed": 2, "cancelled": 0},
    "queue": {"waiting": 1, "running": 1, "oldest_waiting_seconds": 3.2},
    "totals": _TOTALS,
    "kinds": {"logs": {"rows": 4_000_000, "bytes": 619_000_000, "files": 16}},
    "last_day": {
        "ended_by_status": {"completed": 8, "failed": 2, "cancelled": 0},
        "totals": _TOTALS,
        "average_seconds": 12.1,
        "rows_by_kind": {
            "logs": {"read": 4_000_120, "written": 4_000_000, "rejected": 120, "deduplicated": 0}
        },
    },
    "retention": {"days": 30, "total_bytes": 107_374_182_400, "keep_last": 500},
}


@router.post(
    "/cleanup",
    summary="Delete old exports",
    responses=answers("bad_request", "body_too_large", "config_invalid", "origin_refused", example=_REPORT),
)
async def clean_up_exports(
    service: ServiceDep,
    request: Annotated[CleanupRequest | None, Body(examples=[{"days": 30, "is_dry_run": True}])] = None,
) -> CleanupReport:
    """Delete ended exports that the limits do not keep, the oldest first, and folders of no export.

    Exports that wait or run are never touched, and neither is a folder that a user chose.
    """
    asked = request or CleanupRequest()
    policy = asked.policy if asked.policy.is_set else RetentionPolicy.from_settings(service.settings)
    return await clean_up(service.database, service.settings, policy, is_dry_run=asked.is_dry_run)


@router.get("/stats", summary="The exports in numbers", responses=answers(example=_STATS))
async def get_stats(service: ServiceDep) -> StatsReport:
    """Count what the ledger holds: by status, in all, by kind, in the queue, and of the last 24 hours.

    Also says which limits of the settings clean it up.
    """
    stats = await export_stats(service.database)
    retention = RetentionLimits(**asdict(RetentionPolicy.from_settings(service.settings)))
    return StatsReport(**dict(stats), retention=retention)
