"""Manual clean-up, and totals over the ledger."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Body
from pydantic import BaseModel, ConfigDict, Field

from lumber.api.access.guarded_route import GuardedRoute
from lumber.api.access.needs import Needs
from lumber.api.access.principal import PrincipalDep
from lumber.api.auditing import ActorDep
from lumber.api.documents import answers
from lumber.api.service import ServiceDep
from lumber.exports.options.json_types import LARGEST_EXACT, NO_TEXT, Flag, Number
from lumber.exports.retention import CleanupReport, RetentionPolicy, clean_up
from lumber.exports.statistics import ExportStats, export_stats
from lumber.exports.stored_bytes import StoredReport, stored_over_time
from lumber.identity.rights import Scope

router = APIRouter(prefix="/export", tags=["housekeeping"], route_class=GuardedRoute)


class CleanupRequest(BaseModel):
    """Limits of a clean-up. Without any of the three, the limits in the settings apply."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    days: Number | None = Field(
        default=None,
        gt=0,
        le=1_000_000,
        allow_inf_nan=False,
        description="Maximum days since an export finished.",
    )
    total_bytes: Annotated[int, Field(ge=0, le=LARGEST_EXACT), NO_TEXT] | None = Field(
        default=None, description="Maximum bytes of all exports in the service's folder."
    )
    keep_last: Annotated[int, Field(ge=0, lt=2**31), NO_TEXT] | None = Field(
        default=None, description="Maximum number of finished exports."
    )
    is_dry_run: Flag = Field(default=False, description="Only report what would be deleted.")

    @property
    def policy(self) -> RetentionPolicy:
        """Return the limits of this request."""
        return RetentionPolicy(self.days, self.total_bytes, self.keep_last)


class RetentionLimits(BaseModel):
    """Retention limits in the settings. The service deletes exports beyond them every hour."""

    model_config = ConfigDict(frozen=True)

    days: float | None = Field(description="Maximum days since an export finished; null: no limit.")
    total_bytes: int | None = Field(
        description="Maximum bytes of all exports in the service's folder; null: no limit."
    )
    keep_last: int | None = Field(description="Maximum number of finished exports; null: no limit.")


class StatsReport(ExportStats):
    """Totals over the ledger and the retention limits. Deleted exports are not counted."""

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
    "withdrawn": [
        {
            "dataset": "plant",
            "number": 3,
            "export_id": "4a1f3c52-7d0e-4b58-9c39-0d8a3f1f7f10",
            "destination": "lake",
            "files": 2,
            "bytes": 1_048_576,
        }
    ],
    "not_withdrawn": [],
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

_STORED = {
    "points": [
        {
            "start": "2026-02-01T00:00:00Z",
            "end": "2026-02-02T00:00:00Z",
            "exports": 3,
            "bytes": 157_286_400,
        }
    ]
}


@router.post(
    "/cleanup",
    dependencies=[Needs(Scope.ADMIN, of_all=True)],
    summary="Delete old exports",
    responses=answers(
        "bad_request", "body_too_large", "config_invalid", "origin_refused", "audit_failed", example=_REPORT
    ),
)
async def clean_up_exports(
    service: ServiceDep,
    by: ActorDep,
    request: Annotated[CleanupRequest | None, Body(examples=[{"days": 30, "is_dry_run": True}])] = None,
) -> CleanupReport:
    """Delete finished exports beyond the limits, oldest first, and folders without an export.

    Queued and running exports and folders that a user chose are never deleted. Versions beyond the limits of
    their dataset also go from their destination, with the files that no other version shares. With accounts,
    only admins may call this: it covers the exports of all accounts.
    """
    asked = request or CleanupRequest()
    policy = asked.policy if asked.policy.is_set else RetentionPolicy.from_settings(service.settings)
    return await clean_up(service.database, service.settings, policy, is_dry_run=asked.is_dry_run, by=by)


@router.get(
    "/stats",
    dependencies=[Needs(Scope.EXPORTS_READ)],
    summary="Show totals",
    responses=answers(example=_STATS),
)
async def get_stats(service: ServiceDep, principal: PrincipalDep) -> StatsReport:
    """Return totals over the ledger: by status, by data type, in the queue, and for the last 24 hours.

    They cover the exports that the account or key may see. Also returns the retention limits in the settings.
    """
    stats = await export_stats(service.database, principal=principal)
    retention = RetentionLimits(**asdict(RetentionPolicy.from_settings(service.settings)))
    return StatsReport(**dict(stats), retention=retention)


@router.get(
    "/stats/stored",
    dependencies=[Needs(Scope.EXPORTS_READ)],
    summary="Show stored bytes over time",
    responses=answers(example=_STORED),
)
async def get_stored(service: ServiceDep, principal: PrincipalDep) -> StoredReport:
    """Return how the bytes of the stored exports that the account or key may see came together over time."""
    return await stored_over_time(service.database, principal=principal)
