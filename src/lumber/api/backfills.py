"""Backfills of named datasets: a past range is asked for once, and added window by window."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Body, Path, Request
from pydantic import BaseModel, ConfigDict, Field

from lumber.api.access.guarded_route import GuardedRoute
from lumber.api.access.needs import Needs
from lumber.api.access.policing import require_allowed
from lumber.api.access.principal import PrincipalDep
from lumber.api.access.refusals import require_kinds
from lumber.api.auditing import ActorDep
from lumber.api.documents import answers
from lumber.api.examples import EXPORT
from lumber.api.named_datasets import NamePath, owner_of, visible
from lumber.api.service import Service, ServiceDep
from lumber.errors import ExportNotFound, ExportStateError
from lumber.exports.metadata import ExportMetadata
from lumber.exports.options.json_types import Flag
from lumber.exports.privacy import privacy_rule
from lumber.exports.publishing import address_of
from lumber.exports.versions.backfilling import Backfill, parse_length, plan_backfill
from lumber.exports.visibility import kinds_read
from lumber.identity.policies.document import DOWNLOAD
from lumber.identity.rights import Scope
from lumber.schedules.backfills import (
    RunningBackfill,
    advance_backfill,
    cancel_backfill,
    list_backfills,
    running_backfill,
    start_backfill,
)
from lumber.store.database import Database

router = APIRouter(prefix="/named-datasets", tags=["named datasets"], route_class=GuardedRoute)

_GIVEN: dict[str, Any] = {"start": "2026-01-01", "window": "1month"}
_RUNNING: dict[str, Any] = {
    "backfill_id": "6a0f8f0e-6f1b-4c59-9d5f-0d6c2f9b7a31",
    "start": "2026-01-01",
    "end": None,
    "window": "1month",
    "state": "running",
    "windows": 2,
    "done": 0,
    "export_id": EXPORT["export_id"],
    "reason": None,
    "created_at": "2026-11-29T12:00:00Z",
    "finished_at": None,
}
_BACKFILL: dict[str, Any] = {
    "dataset": "plant",
    "latest": 12,
    "held": ["2026-03-01T00:00:00Z", None],
    "windows": [
        {"start": "2026-02-01T00:00:00Z", "before": "2026-03-01T00:00:00Z", "rows": None},
        {"start": "2026-01-01T00:00:00Z", "before": "2026-02-01T00:00:00Z", "rows": None},
    ],
    "notes": [],
    "export": EXPORT,
    "backfill": _RUNNING,
}


class BackfillRequest(BaseModel):
    """A past range to add to a dataset in windows."""

    model_config = ConfigDict(extra="forbid")

    start: str = Field(max_length=100, description="First moment to add, inclusive; without a zone UTC.")
    end: str | None = Field(
        default=None,
        max_length=100,
        description="Last moment, inclusive; null: where the rows of the dataset begin.",
    )
    window: str = Field(max_length=20, description="Length of a window: 12h, 1d, 7d, 1month and so on.")
    is_preview: Flag = Field(default=False, description="Only count the rows of the windows; queue nothing.")


class WindowReport(BaseModel):
    """A window that the dataset doesn't hold yet."""

    start: datetime = Field(description="First moment.")
    before: datetime = Field(description="First moment after it.")
    rows: int | None = Field(description="Its rows of data types that only grow; null without a preview.")


class RunningReport(BaseModel):
    """A backfill of the service. It survives restarts."""

    backfill_id: str = Field(description="Id of the backfill.")
    start: str = Field(description="First moment, as it was asked for.")
    end: str | None = Field(description="Last moment; null: where the rows of the dataset began.")
    window: str = Field(description="Length of a window.")
    state: str = Field(description="running, completed, failed or cancelled.")
    windows: int = Field(description="Number of windows.")
    done: int = Field(description="Windows that are added.")
    export_id: str | None = Field(description="The export of the last window that was queued.")
    reason: str | None = Field(description="Why it failed or was cancelled, or why it waits.")
    created_at: datetime = Field(description="When it was asked for.")
    finished_at: datetime | None = Field(description="When it ended.")

    @classmethod
    def of(cls, found: RunningBackfill) -> RunningReport:
        """Build the report."""
        return cls(**{name: getattr(found, name) for name in cls.model_fields})


class BackfillList(BaseModel):
    """The last backfills of a dataset, newest first."""

    backfills: list[RunningReport]


class BackfillReport(BaseModel):
    """What is left of a backfill."""

    dataset: str = Field(description="Name of the dataset.")
    latest: int = Field(description="Number of its latest version.")
    held: list[datetime | None] = Field(
        description="First moment that the dataset holds, and the first one after it; null: no limit."
    )
    windows: list[WindowReport] = Field(description="Windows that are left, in their order.")
    notes: list[str] = Field(description="What each window reads besides its own rows.")
    export: ExportMetadata | None = Field(
        description="The export of the first window; null without one, and while another export writes a "
        "version."
    )
    backfill: RunningReport | None = Field(
        description="The backfill that runs; null in a preview, and if no window is left."
    )


BackfillBody = Annotated[BackfillRequest, Body(openapi_examples={"by month": {"value": _GIVEN}})]


@router.post(
    "/{name}/backfills",
    dependencies=[Needs(Scope.EXPORTS_WRITE)],
    summary="Start a backfill",
    responses=answers(
        *("bad_request", "body_too_large", "config_invalid", "origin_refused", "dataset_not_found"),
        *("dataset_state", "too_many_exports", "policy_refused", "quota_exceeded", "audit_failed"),
        example=_BACKFILL,
    ),
)
async def post_backfill(
    name: NamePath,
    body: BackfillBody,
    service: ServiceDep,
    principal: PrincipalDep,
    by: ActorDep,
    request: Request,
) -> BackfillReport:
    """Add a past range to a dataset in windows, each as one version.

    The service queues the window next to the rows that the dataset holds, and the others when the one before
    is complete. It goes on after a restart. While it runs, the same call returns the same backfill. Repeated
    after a failure, it goes on with the window that failed.
    """
    await visible(service.database, name, principal)
    await _look(service, name)
    length = parse_length(body.window)
    planned = await plan_backfill(
        service.database,
        name,
        body.start,
        body.end,
        length,
        owner_id=owner_of(principal),
        counts=body.is_preview,
    )
    started = export = None
    if planned.windows and not body.is_preview:
        await _require_allowed(service, request, planned)
        asked = (body.start, body.end, body.window)

        async def start(database: Database) -> RunningBackfill:
            async with database.session() as session:
                return await start_backfill(session, planned, asked, by.id, by=by)

        made = await service.change(start)
        await advance_backfill(service.database, made.backfill_id, service.settings.max_queued)
        service.wake_worker()
        started = await _found(service, name, made.backfill_id)
        if started.export_id is not None:
            export = await service.ledger.with_owner(await service.ledger.get(started.export_id))
    report = {**planned.as_json(), "export": export, "backfill": None}
    if started is not None:
        report["backfill"] = RunningReport.of(started)
    return BackfillReport.model_validate(report)


@router.get(
    "/{name}/backfills",
    dependencies=[Needs(Scope.EXPORTS_READ)],
    summary="List backfills",
    responses=answers("dataset_not_found", example={"backfills": [_RUNNING]}),
)
async def get_backfills(name: NamePath, service: ServiceDep, principal: PrincipalDep) -> BackfillList:
    """Return the last backfills of the dataset that were started over HTTP, newest first."""
    await visible(service.database, name, principal)
    async with service.database.session() as session:
        found = await list_backfills(session, name, owner_of(principal))
    return BackfillList(backfills=[RunningReport.of(each) for each in found])


@router.post(
    "/{name}/backfills/{backfill_id}/cancel",
    dependencies=[Needs(Scope.EXPORTS_WRITE)],
    summary="Cancel a backfill",
    responses=answers(
        *("bad_request", "origin_refused", "dataset_not_found", "dataset_state", "audit_failed"),
        example={**_RUNNING, "state": "cancelled", "reason": "Cancelled by ada."},
    ),
)
async def post_cancel_backfill(
    name: NamePath,
    backfill_id: Annotated[str, Path(description="Id of the backfill.")],
    service: ServiceDep,
    principal: PrincipalDep,
    by: ActorDep,
) -> RunningReport:
    """Queue no further window, and cancel the export of the current one. What was added stays."""
    await visible(service.database, name, principal)

    async def cancel(database: Database) -> RunningBackfill:
        async with database.session() as session:
            return await cancel_backfill(session, name, backfill_id, by=by)

    cancelled = await service.change(cancel)
    if cancelled.export_id is not None:
        # It may have ended meanwhile, and then there is nothing to cancel.
        with suppress(ExportNotFound, ExportStateError):
            await service.ledger.request_cancel(cancelled.export_id, by=by)
    return RunningReport.of(cancelled)


async def _look(service: Service, name: str) -> None:
    """End the backfill of a dataset if its export has ended and nobody looked yet."""
    async with service.database.session() as session:
        known = await running_backfill(session, name)
    if known is not None:
        await advance_backfill(service.database, known.backfill_id, service.settings.max_queued)


async def _require_allowed(service: Service, request: Request, planned: Backfill) -> None:
    """Check what the caller would export now. Raises NotPermitted or PolicyRefused, and records it."""
    config = planned.config_of(planned.windows[0])
    await require_kinds(service, request, kinds_read(config))
    place = DOWNLOAD
    if config.destination is not None:
        async with service.database.session() as session:
            place = await address_of(session, config) or DOWNLOAD
    await require_allowed(service, request, config, place)
    if service.worker is not None:
        # A worker in another process has its own settings.
        privacy_rule(config.privacy, service.settings)


async def _found(service: Service, name: str, backfill_id: str) -> RunningBackfill:
    async with service.database.session() as session:
        found = await list_backfills(session, name)
    return next(each for each in found if each.backfill_id == backfill_id)
